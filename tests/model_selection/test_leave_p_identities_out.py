from itertools import combinations
from math import comb

import numpy as np
import pytest

from sklearn_dissim.model_selection import (
    LeavePIdentitiesOut,
)
from tests.helpers.splits import sampled_pairs


@pytest.mark.parametrize("p", [2, 3, 4])
def test_each_set_is_held_out_once(p):
    _, _, groups = sampled_pairs(7, 2, "all", "all")
    cv = LeavePIdentitiesOut(p)
    held = [set(np.unique(groups[test]).tolist()) for _, test in cv.split(groups, groups=groups)]
    assert held == [set(chosen) for chosen in combinations(range(7), p)]
    assert cv.get_n_splits(groups=groups) == comb(7, p)


def test_with_two_each_different_pair_is_tested_once():
    _, y, groups = sampled_pairs(7, 3, "all", "all")
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
