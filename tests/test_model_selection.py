import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dissim import make_pairs
from sklearn_dissim.model_selection import PairGroupKFold


@pytest.mark.filterwarnings("ignore:With .* some fold has one identity")
@given(st.integers(2, 6), st.booleans(), st.integers(0, 100))
def test_no_identity_on_both_sides(n_splits, shuffle, seed):
    rng = np.random.default_rng(seed)
    identities = rng.integers(0, 12, 60)
    if len(np.unique(identities)) < n_splits:
        return
    pairs, y, groups = make_pairs(identities, identities, random_state=seed)
    cv = PairGroupKFold(n_splits, shuffle=shuffle, random_state=seed)
    tested = []
    for train, test in cv.split(pairs, y, groups):
        assert not set(groups[train].ravel()) & set(groups[test].ravel())
        tested.extend(test)
    assert len(set(tested)) == len(tested)
    same = np.flatnonzero(y)
    assert set(same) <= set(tested)  # only pairs of two identities can cross
    assert cv.get_n_splits() == n_splits


def test_a_fold_of_one_identity_warns():
    groups = np.array([[0, 1], [1, 2], [2, 2]])
    with pytest.warns(UserWarning, match="With 3 identities in 2 folds"):
        list(PairGroupKFold(2).split(np.zeros((3, 2, 1)), None, groups))


def test_same_seed_same_folds():
    identities = np.repeat(np.arange(9), 4)
    pairs, y, groups = make_pairs(identities, identities, random_state=0)
    first, second = (
        [test.tolist() for _, test in cv.split(pairs, y, groups)]
        for cv in (PairGroupKFold(3, shuffle=True, random_state=5) for _ in range(2))
    )
    assert first == second


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (None, "groups must be given"),
        (np.zeros(4), r"\(n_pairs, 2\) = \(4, 2\); got \(4,\)"),
        (np.zeros((3, 2)), r"got \(3, 2\)"),
        (np.zeros((4, 2)), "n_splits=5 is more than the number of identities in groups, 1"),
    ],
)
def test_bad_groups(groups, message):
    with pytest.raises(ValueError, match=message):
        next(PairGroupKFold().split(np.zeros((4, 2, 3)), None, groups))


@pytest.mark.parametrize("n_splits", [1, 2.5, "five"])
def test_bad_number_of_folds(n_splits):
    with pytest.raises(ValueError, match="n_splits must be"):
        PairGroupKFold(n_splits)
