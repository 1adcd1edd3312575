"""What all splitters of pairs by identity have in common."""

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings

from sklearn_dissim import make_pairs
from sklearn_dissim.model_selection import (
    LeavePIdentitiesOut,
    PairGroupKFold,
    PairGroupShuffleSplit,
    StratifiedPairGroupKFold,
)
from tests.helpers.splits import pairs_of_few_identities, splits

SPLITTERS = [
    PairGroupKFold(3),
    PairGroupKFold(4, shuffle=True, random_state=0),
    StratifiedPairGroupKFold(3),
    StratifiedPairGroupKFold(2, shuffle=True, random_state=1),
    PairGroupShuffleSplit(4, random_state=0),
    PairGroupShuffleSplit(3, test_size=2, train_size=0.4, random_state=0),
    LeavePIdentitiesOut(2),
    LeavePIdentitiesOut(3),
]


@pytest.fixture(params=SPLITTERS, ids=str)
def cv(request):
    return deepcopy(request.param)


@pytest.mark.filterwarnings("ignore:Split ")
@pytest.mark.parametrize("cv", SPLITTERS, ids=str)
@settings(deadline=None, max_examples=25)
@given(pairs_of_few_identities())
def test_no_identity_on_both_sides_and_every_pair_accounted_for(cv, drawn):
    groups, y = drawn
    parts = splits(cv, groups, y)
    assert len(parts) == cv.get_n_splits(groups, y, groups) == len(cv.n_dropped_)
    for (train, test), n_dropped in zip(parts, cv.n_dropped_, strict=True):
        assert not set(groups[train].ravel()) & set(groups[test].ravel())
        assert len(set(train) | set(test)) == len(train) + len(test) == len(groups) - n_dropped


@pytest.mark.filterwarnings("ignore:Split ")
def test_same_parameters_same_splits(cv):
    identities = np.repeat(np.arange(9), 4)
    pairs, y, groups = make_pairs(identities, identities, random_state=0)
    first, again, stored = (
        [(train.tolist(), test.tolist()) for train, test in each.split(pairs, y, groups)]
        for each in (cv, cv, pickle.loads(pickle.dumps(cv)))
    )
    assert first == again == stored


@pytest.mark.filterwarnings("ignore:Split ")
def test_names_do_not_matter(cv):
    identities = np.repeat(np.arange(9), 4)
    _, y, groups = make_pairs(identities, identities, random_state=0)
    names = np.array([f"person {code}" for code in range(9)])[groups]
    expected = splits(cv, groups, y)
    nullable = pd.DataFrame(groups).astype("Int64")
    for given_as in (
        names,
        names.astype(object),
        groups.tolist(),
        names.tolist(),
        groups.astype(np.uint8),
        groups.astype(float),
        pd.DataFrame(groups),
        pd.DataFrame(names),
        nullable,
        pd.DataFrame(names).astype("category"),
        pl.DataFrame(names),
    ):
        for (train, test), (train_again, test_again) in zip(
            expected, splits(cv, given_as, y), strict=True
        ):
            np.testing.assert_array_equal(train, train_again)
            np.testing.assert_array_equal(test, test_again)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (None, "groups must be given"),
        (np.zeros(4), r"\(n_pairs, 2\) = \(4, 2\); got \(4,\)"),
        (np.zeros((3, 2)), r"\(n_pairs, 2\) = \(4, 2\); got \(3, 2\)"),
        ([[0, 1], [1], [0, 1], [0, 1]], r"got \(4,\)"),
        (np.zeros((4, 2)), "at least two identities; got 1"),
        (np.array([[0, 1], [1, 1], [2, -1], [-1, 3]]), r"2 pairs have .* pair 2, right\)"),
        ([["a", "b"], ["a", -1], ["c", "c"], ["d", "d"]], r"1 pairs .* pair 1, right\)"),
        (np.array([[0, 1], [1, 1], [np.nan, 1], [2, 3]]), r"missing or -1.* pair 2, left\)"),
        ([["a", "b"], ["a", "b"], ["a", "b"], [None, "b"]], r"pair 3, left\)"),
        (pd.DataFrame({"l": [0, 1, None, 3], "r": [0, 1, 2, 3]}, dtype="Int64"), "pair 2, left"),
        (np.array([[0, 1], [1, 1], [2, np.inf], [2, 3]]), "pair 2, right"),
        (np.array([[0, 1], [1, 1], [2, 0.5], [2, 3]]), "integers or strings; got fractions"),
        (np.ma.masked_equal([[0, 1], [1, 2], [2, 3], [3, 9]], 9), "pair 3, right"),
    ],
)
def test_bad_groups(cv, groups, message):
    with pytest.raises(ValueError, match=message):
        next(cv.split(np.zeros((4, 2, 3)), [0, 0, 1, 1], groups))


def test_identities_of_two_types(cv):
    with pytest.raises(TypeError, match="groups must all be of one type"):
        next(cv.split(np.zeros((2, 2, 3)), [0, 1], [["a", 1], ["b", 2]]))


@pytest.mark.parametrize("n_splits", [2, 3, 5, 10])
@pytest.mark.parametrize("n_items", [1, 4])
def test_ordinary_pairs_do_not_warn(n_splits, n_items, recwarn):
    identities = np.concatenate([np.repeat(np.arange(40), n_items), np.arange(40)])
    _, y, groups = make_pairs(identities, identities, negatives_per_positive="all", random_state=0)
    for cv in (
        PairGroupKFold(n_splits),
        PairGroupKFold(n_splits, shuffle=True, random_state=0),
        StratifiedPairGroupKFold(n_splits),
        PairGroupShuffleSplit(n_splits, test_size=1 / n_splits, random_state=0),
        PairGroupShuffleSplit(n_splits, test_size=0.1, train_size=0.1, random_state=0),
    ):
        splits(cv, groups, y)
    assert not recwarn.list


def test_repr_shows_the_parameters():
    assert repr(PairGroupKFold(3)) == (
        "PairGroupKFold(max_dropped=0.75, n_splits=3, random_state=None, shuffle=False)"
    )
    assert repr(StratifiedPairGroupKFold(3)).startswith("StratifiedPairGroupKFold(max_dropped=0.75")
    assert repr(LeavePIdentitiesOut(3)) == "LeavePIdentitiesOut(max_dropped=0.75, p=3)"
    assert "test_size=0.3" in repr(PairGroupShuffleSplit(test_size=0.3))


def test_a_fold_of_one_identity_warns_once():
    groups = np.array([[0, 1], [1, 2], [2, 2], [0, 0], [1, 1]])
    with pytest.warns(UserWarning, match="no pair labelled 'different' to test on") as record:
        splits(PairGroupKFold(3), groups)
    assert len(record) == 1


def test_labels_say_what_a_side_lacks(recwarn):
    groups = np.repeat(np.arange(4), 6)[:, None].repeat(2, axis=1)  # units larger than identities
    splits(PairGroupKFold(4), groups, np.tile(["same", "different"], 12))
    assert not recwarn.list
    with pytest.warns(UserWarning, match="Split 0: no pair labelled 1 to test on; scores may be"):
        splits(PairGroupKFold(4), groups, np.arange(24) // 23)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        splits(PairGroupKFold(4), groups, [0, 1])


def test_an_identity_in_most_pairs_warns():
    opponents = np.arange(1, 21)
    groups = np.concatenate(
        [
            np.stack([np.zeros(20, int), opponents], axis=1),  # 0 against everyone
            np.stack([opponents, opponents], axis=1),
            np.stack([opponents, np.roll(opponents, 5)], axis=1)[:2],
            [[0, 0]],
        ]
    )
    with pytest.warns(UserWarning, match=r"of 22 pairs of two .* max_dropped=0.6; 0 is in"):
        splits(PairGroupKFold(5, max_dropped=0.6), groups)


def test_text_minus_one_is_a_name():
    groups = [["-1", "-1"], ["a", "a"], ["b", "-1"], ["c", "a"]]
    assert sum(len(test) for _, test in splits(PairGroupKFold(2), groups)) == 4


def test_dropped_pairs_by_hand():
    groups = [["a", "a"], ["a", "b"], ["a", "c"], ["c", "b"], ["d", "d"], ["d", "b"], ["c", "d"]]
    cv = PairGroupKFold(2)  # a and d are on four sides of pairs, b and c on three
    first, second = ((train.tolist(), test.tolist()) for train, test in splits(cv, groups))
    assert first == ([4, 6], [0, 1])
    assert second == ([0, 1], [4, 6])
    assert cv.n_dropped_ == [3, 3]
