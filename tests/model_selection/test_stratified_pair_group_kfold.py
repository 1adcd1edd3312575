import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dissim import make_pairs
from sklearn_dissim.model_selection import (
    PairGroupKFold,
    StratifiedPairGroupKFold,
)
from tests.helpers.splits import sampled_pairs


def spread_of_rates(cv, pairs, y, groups):
    return np.std([y[test].mean() for _, test in cv.split(pairs, y, groups)])


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.integers(2, 6), st.booleans())
def test_rates_are_never_further_apart_than_before(seed, n_splits, shuffle):
    data = sampled_pairs(seed=seed)
    params = {"shuffle": shuffle, "random_state": seed if shuffle else None}
    before = spread_of_rates(PairGroupKFold(n_splits, **params), *data)
    after = spread_of_rates(StratifiedPairGroupKFold(n_splits, **params), *data)
    assert after <= before
    assert after < 0.02


def test_the_few_who_have_several_items_are_spread_over_the_folds():
    # The same pairs of the few are a twentieth of theirs: numbers of pairs do not show them.
    identities = np.concatenate([np.arange(100), np.arange(10)])
    pairs, y, groups = make_pairs(identities, identities, negatives_per_positive=40, random_state=1)
    counts = [
        [int(y[test].sum()) for _, test in cv.split(pairs, y, groups)]
        for cv in (PairGroupKFold(5), StratifiedPairGroupKFold(5))
    ]
    assert sum(counts[1]) == 10
    assert max(counts[1]) - min(counts[1]) <= max(counts[0]) - min(counts[0])
    assert spread_of_rates(StratifiedPairGroupKFold(5), pairs, y, groups) < 0.01


def test_stratified_folds_stay_alike_in_identities():
    _, y, groups = sampled_pairs(n_identities=23)
    for _, test in StratifiedPairGroupKFold(4).split(groups, y, groups):
        assert len(np.unique(groups[test])) in (5, 6)


def test_labels_count_not_identities():
    _, y, groups = sampled_pairs()
    swapped = ["different" if label == 0 else "same" for label in y]
    wrong = np.where(np.random.default_rng(0).random(len(y)) < 0.3, 1 - y, y)
    cv = StratifiedPairGroupKFold(5)
    for (_, test), (_, again) in zip(
        cv.split(groups, y, groups), cv.split(groups, swapped, groups), strict=True
    ):
        np.testing.assert_array_equal(test, again)
    assert spread_of_rates(cv, groups, wrong, groups) < 0.02


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "y must be given"),
        ([0, 1], "inconsistent numbers of samples"),
        ([1, 1, 1], "both labels"),
        ([0, 1, 2], "expected 2"),
    ],
)
def test_labels_that_cannot_be_stratified(y, message):
    with pytest.raises(ValueError, match=message):
        next(StratifiedPairGroupKFold(2).split(np.zeros((3, 2)), y, [[0, 1], [1, 1], [2, 2]]))
