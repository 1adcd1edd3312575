import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dissim.model_selection import (
    PairGroupKFold,
    StratifiedPairGroupKFold,
)
from tests.helpers.splits import pairs_of_few_identities, splits


@pytest.mark.filterwarnings("ignore:Split ")
@pytest.mark.parametrize("kind", [PairGroupKFold, StratifiedPairGroupKFold])
@settings(deadline=None, max_examples=40)
@given(pairs_of_few_identities(), st.integers(2, 6), st.sampled_from([None, 0, 1]))
def test_folds_test_what_lies_within_them_once(kind, drawn, n_splits, seed):
    groups, y = drawn
    parts = splits(kind(n_splits, shuffle=seed is not None, random_state=seed), groups, y)
    tested = np.concatenate([test for _, test in parts])
    assert len(set(tested)) == len(tested)
    assert set(np.flatnonzero(y)) <= set(tested)  # only pairs of two identities can cross


@pytest.mark.filterwarnings("ignore:Split ")
@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.integers(1, 50), min_size=2, max_size=40),
    st.integers(2, 6),
    st.sampled_from([None, 0, 1, 2]),
)
def test_folds_are_alike_in_identities_and_in_pairs(sizes, n_splits, seed):
    n_splits = min(n_splits, len(sizes))
    groups = np.repeat(np.arange(len(sizes)), sizes)[:, None].repeat(2, axis=1)  # same pairs only
    cv = PairGroupKFold(n_splits, shuffle=seed is not None, random_state=seed)
    tested = [groups[test, 0] for _, test in splits(cv, groups)]
    n_identities = [len(np.unique(fold)) for fold in tested]
    n_pairs = [len(fold) for fold in tested]
    assert max(n_identities) - min(n_identities) <= 1
    assert max(n_pairs) - min(n_pairs) <= max(sizes)


def test_the_largest_goes_to_the_lightest_fold():
    groups = np.repeat([0, 1, 2, 3, 4, 5], [9, 8, 5, 4, 2, 1])[:, None].repeat(2, axis=1)
    parts = splits(PairGroupKFold(2), groups)
    # 9 | 8, then 5 to the fold with 8 and 4 to that with 9: both have 13, the first comes first.
    assert [np.unique(groups[test]).tolist() for _, test in parts] == [[0, 3, 4], [1, 2, 5]]


def test_shuffled_folds_differ_by_seed():
    groups = np.arange(20)[:, None].repeat(2, axis=1)
    first, second = (
        [t.tolist() for _, t in splits(PairGroupKFold(4, shuffle=True, random_state=s), groups)]
        for s in (0, 1)
    )
    assert first != second


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_splits": 1}, "n_splits must be a whole number of at least 2; got 1"),
        ({"n_splits": 2.5}, "n_splits must be"),
        ({"n_splits": "five"}, "n_splits must be"),
        ({"n_splits": True}, "n_splits must be"),
        ({"shuffle": "yes"}, "shuffle must be True or False; got 'yes'"),
        ({"random_state": 0}, "random_state=0 has no effect without shuffle=True"),
        ({"max_dropped": 1.5}, "max_dropped must be a number from 0 to 1; got 1.5"),
        ({"max_dropped": "half"}, "max_dropped must be"),
    ],
)
@pytest.mark.parametrize("kind", [PairGroupKFold, StratifiedPairGroupKFold])
def test_bad_parameters(kind, params, message):
    with pytest.raises(ValueError, match=message):
        kind(**params)


@pytest.mark.parametrize("kind", [PairGroupKFold, StratifiedPairGroupKFold])
def test_more_folds_than_identities(kind):
    with pytest.raises(ValueError, match="n_splits=4 is more than the number of identities"):
        next(kind(4).split(np.zeros((3, 2)), [0, 1, 1], [[0, 1], [1, 1], [2, 2]]))
