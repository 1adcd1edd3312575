"""Stratified folds, random shares, sets of identities, one split, and leaks of other splits."""

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from sklearn_dissim import IndexedPairs, make_pairs
from sklearn_dissim.model_selection import (
    LeavePIdentitiesOut,
    PairGroupKFold,
    PairGroupShuffleSplit,
    StratifiedPairGroupKFold,
    check_identity_leakage,
    pair_train_test_split,
)


def sampled(n_identities=60, n_items=6, positives=200, negatives_per_positive=3.0, seed=0):
    identities = np.repeat(np.arange(n_identities), n_items)
    return make_pairs(
        identities,
        identities,
        positives=positives,
        negatives_per_positive=negatives_per_positive,
        random_state=seed,
    )


def spread_of_rates(cv, pairs, y, groups):
    return np.std([y[test].mean() for _, test in cv.split(pairs, y, groups)])


# StratifiedPairGroupKFold


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.integers(2, 6), st.booleans())
def test_rates_are_never_further_apart_than_before(seed, n_splits, shuffle):
    data = sampled(seed=seed)
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
    _, y, groups = sampled(n_identities=23)
    for _, test in StratifiedPairGroupKFold(4).split(groups, y, groups):
        assert len(np.unique(groups[test])) in (5, 6)


def test_labels_count_not_identities():
    _, y, groups = sampled()
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


# PairGroupShuffleSplit


@pytest.mark.filterwarnings("ignore:Split ")
@settings(deadline=None, max_examples=50)
@given(st.integers(2, 30), st.floats(0.05, 0.95), st.integers(0, 100))
def test_sizes_are_shares_of_the_identities(n_identities, test_size, seed):
    everyone = np.arange(n_identities)
    groups = np.stack([everyone, everyone], axis=1)
    cv = PairGroupShuffleSplit(2, test_size=test_size, random_state=seed)
    n_test = int(np.ceil(test_size * n_identities))
    if n_test == n_identities:
        with pytest.raises(ValueError, match=f"samples are the {n_identities} identities"):
            next(cv.split(groups, groups=groups))
        return
    for train, test in cv.split(groups, groups=groups):
        assert len(test) == n_test
        assert len(train) == n_identities - n_test


def test_identities_of_neither_share_count_as_dropped_without_warning(recwarn):
    _, _, groups = sampled()
    cv = PairGroupShuffleSplit(1, test_size=6, train_size=6, random_state=0)
    ((train, test),) = cv.split(groups, groups=groups)
    assert len(np.unique(groups[train])) <= 6
    assert cv.n_dropped_ == [len(groups) - len(train) - len(test)]
    assert not [w for w in recwarn if "max_dropped" in str(w.message)]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"test_size": 1.5}, "test_size=1.5 should be"),
        ({"test_size": 0}, "test_size=0 should be"),
        ({"test_size": 61}, "test_size=61 should be"),
        ({"train_size": 60}, "train_size=60 should be"),
        ({"test_size": 0.7, "train_size": 0.7}, "sum of test_size and train_size"),
        ({"test_size": "half"}, "Invalid value for test_size: half"),
        ({"train_size": 0.001}, "train set will be empty"),
    ],
)
def test_sizes_out_of_range(sizes, message):
    _, _, groups = sampled()
    with pytest.raises(ValueError, match=f"(?s){message}.*samples are the 60 identities"):
        next(PairGroupShuffleSplit(**sizes).split(groups, groups=groups))
    with pytest.raises(ValueError, match=message):
        pair_train_test_split(groups, groups=groups, **sizes)


def test_each_draw_is_another():
    _, _, groups = sampled()
    draws = [
        frozenset(np.unique(groups[test]).tolist())
        for _, test in PairGroupShuffleSplit(5, random_state=0).split(groups, groups=groups)
    ]
    assert len(set(draws)) == 5


@pytest.mark.parametrize("params", [{"n_splits": 0}, {"max_dropped": -1}])
def test_bad_parameters_of_shuffle_split(params):
    with pytest.raises(ValueError, match=next(iter(params))):
        PairGroupShuffleSplit(**params)


# LeavePIdentitiesOut


@pytest.mark.parametrize("p", [2, 3, 4])
def test_each_set_is_held_out_once(p):
    _, _, groups = sampled(7, 2, "all", "all")
    cv = LeavePIdentitiesOut(p)
    held = [set(np.unique(groups[test]).tolist()) for _, test in cv.split(groups, groups=groups)]
    assert held == [set(chosen) for chosen in combinations(range(7), p)]
    assert cv.get_n_splits(groups=groups) == comb(7, p)


def test_with_two_each_different_pair_is_tested_once():
    _, y, groups = sampled(7, 3, "all", "all")
    tested = np.concatenate([t for _, t in LeavePIdentitiesOut().split(groups, groups=groups)])
    times = np.bincount(tested, minlength=len(y))
    assert set(times[y == 0]) == {1}
    assert set(times[y == 1]) == {6}


def test_sets_without_both_kinds_of_pairs_are_left_out():
    groups = [[0, 0], [0, 1], [1, 2], [2, 3], [3, 0], [4, 3], [4, 4]]
    cv = LeavePIdentitiesOut(2)
    held = [
        sorted({member for row in test for member in groups[row]})
        for _, test in cv.split(groups, groups=groups)
    ]
    assert held == [[0, 1], [0, 3], [3, 4]]  # 1-2 and 2-3 have no same pair
    assert cv.get_n_splits(groups=groups) == 3


@pytest.mark.parametrize(
    ("p", "groups", "message"),
    [
        (2, [[0, 0], [0, 1], [1, 2]], "p=2 leaves fewer than two of the 3 identities"),
        (3, [[0, 0], [0, 1], [2, 3]], "p=3 leaves fewer than two of the 4 identities"),
        (2, [[0, 1], [1, 2], [2, 3]], "no 2 identities that have both same and different pairs"),
    ],
)
def test_nothing_to_hold_out(p, groups, message):
    cv = LeavePIdentitiesOut(p)
    with pytest.raises(ValueError, match=message):
        next(cv.split(groups, groups=groups))
    with pytest.raises(ValueError, match=message):
        cv.get_n_splits(groups=groups)


def test_one_identity_cannot_be_left_out():
    with pytest.raises(ValueError, match="p must be a whole number of at least 2; got 1"):
        LeavePIdentitiesOut(1)


# pair_train_test_split


def test_one_split_of_everything():
    pairs, y, groups = sampled()
    frame = pd.DataFrame({"y": y}, index=np.arange(len(y)) + 1000)
    arrays = [pairs, y, frame, pl.DataFrame({"y": y}), sparse.csr_array(y[:, None]), y.tolist()]
    parts = pair_train_test_split(
        *arrays, groups=pd.DataFrame(groups), test_size=0.3, random_state=0
    )
    assert len(parts) == 14
    for array, train, test in zip([*arrays, pd.DataFrame()], parts[::2], parts[1::2], strict=True):
        assert type(train) is type(array)
        assert type(test) is type(array)
    check_identity_leakage(parts[-2], parts[-1])
    assert len(np.unique(parts[-1])) == 18
    for side in (0, 1):
        mine = parts[side::2]
        np.testing.assert_array_equal(
            mine[0].items[mine[0].indices], np.asarray(mine[-1])
        )  # each item is its identity
        for labels in (mine[2]["y"], mine[3]["y"], mine[4].toarray().ravel(), mine[5]):
            np.testing.assert_array_equal(np.asarray(labels), mine[1])
    assert parts[0].items is pairs.items
    assert isinstance(parts[0], IndexedPairs)


def test_a_quarter_by_default_and_the_same_by_seed():
    _, y, groups = sampled()
    first, again, other = (
        pair_train_test_split(y, groups=groups, random_state=seed) for seed in (3, 3, 4)
    )
    assert len(np.unique(first[-1])) == 15
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert set(np.unique(first[-1])) != set(np.unique(other[-1]))


@pytest.mark.parametrize(
    ("arrays", "groups", "message"),
    [
        ((), [[0, 1]], "At least one array"),
        (([0],), None, "groups must be given"),
        (([0, 1, 0],), [[0, 1], [1, 1]], "inconsistent numbers of samples"),
        (([0, 1],), [0, 1], r"shape \(n_pairs, 2\) = \(2, 2\); got \(2,\)"),
        (([0, 1],), [[0, 0], [1, -1]], "missing or -1"),
        (([0, 1],), [[0, 0], [0, 0]], "at least two identities"),
    ],
)
def test_what_cannot_be_split_once(arrays, groups, message):
    with pytest.raises(ValueError, match=message):
        pair_train_test_split(*arrays, groups=groups)


@pytest.mark.filterwarnings("ignore:Split ")
def test_a_part_without_pairs():
    chain = [[k, k + 1] for k in range(8)]
    with pytest.raises(ValueError, match="No pair is left for the test"):
        pair_train_test_split(chain, groups=chain, test_size=1, random_state=0)


# check_identity_leakage


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
