import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dissim.model_selection import (
    check_identity_leakage,
)


def test_sound_splits_pass():
    assert check_identity_leakage([["a", "b"]], [["c", "c"]]) is None
    assert check_identity_leakage(np.array([[0, 1]]), pd.DataFrame([[2, 3], [4, 4]])) is None
    assert check_identity_leakage(np.empty((0, 2), int), [[0, 1]]) is None


def test_shared_identities_are_named_and_counted():
    train = np.arange(16).reshape(8, 2)
    test = np.array([[15, 14], [3, 99], [98, 2], [7, 7], [98, 99], [1, 97]])
    with pytest.raises(ValueError, match="6 of the 9 identities") as caught:
        check_identity_leakage(train, test)
    assert str(caught.value) == (
        "6 of the 9 identities of the test pairs are in training pairs, too: 1, 2, 3, 7, 14 "
        "and 1 more. Of 6 test pairs, 5 have such an identity, 2 on both sides of the pair."
    )


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=8),
)
def test_leaks_are_found_as_by_sets(train, test):
    shared = {i for pair in train for i in pair} & {i for pair in test for i in pair}
    if not shared:
        check_identity_leakage(train, test)
        return
    with pytest.raises(ValueError, match=rf"^{len(shared)} of the .*: {min(shared)}\b"):
        check_identity_leakage(train, test)


def test_numbers_and_names_are_not_compared():
    with pytest.raises(TypeError, match="groups_train and groups_test must all be of one type"):
        check_identity_leakage(np.array([[1, 2]]), np.array([["1", "2"]]))


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ([[0, -1]], [[1, 2]], "groups_train must name both"),
        ([[0, 1]], [[1, None]], "groups_test must name both"),
        ([0, 1], [[1, 2]], r"groups_train must have shape \(n_pairs, 2\); got \(2,\)"),
        ([[0, 1]], None, "groups_test must be given"),
    ],
)
def test_groups_that_cannot_be_compared(train, test, message):
    with pytest.raises(ValueError, match=message):
        check_identity_leakage(train, test)
