"""No identity on both sides, and both labels on each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dissim._max_margin.training.validation_split import (
    identities_of_pairs,
    split_items,
    split_pairs,
)

RNG = np.random.default_rng


def test_items_that_same_pairs_link_are_one_identity():
    indices = np.array([[0, 1], [1, 2], [3, 4], [2, 3], [5, 5]])
    signs = np.array([1.0, 1.0, 1.0, -1.0, -1.0])
    left, right = identities_of_pairs(indices, signs).T
    of = dict(zip(indices.ravel(), np.stack([left, right], axis=1).ravel(), strict=True))
    assert of[0] == of[1] == of[2]
    assert of[3] == of[4]
    assert len({of[0], of[3], of[5]}) == 3


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1000), st.floats(0.2, 0.7))
def test_pairs_share_no_identity(seed, fraction):
    rng = RNG(seed)
    identities = rng.integers(0, 30, (600, 2))
    identities[:200, 1] = identities[:200, 0]
    signs = np.where(identities[:, 0] == identities[:, 1], 1.0, -1.0)
    train, valid = split_pairs(identities, signs, fraction, rng)
    assert not set(identities[train].ravel()) & set(identities[valid].ravel())
    assert set(signs[train]) == set(signs[valid]) == {-1.0, 1.0}


def test_items_share_neither_identity_nor_group():
    rng = RNG(0)
    codes = rng.integers(-1, 40, 300)
    groups = (codes // 4) % 8
    train, valid = split_items(codes, groups, 0.3, rng)
    assert not set(codes[train]) & set(codes[valid])
    assert not set(groups[train][codes[train] >= 0]) & set(groups[valid])
    assert -1 not in codes[valid]
    assert sorted([*train, *valid]) == list(range(300))


def test_groups_that_share_an_identity_stay_together():
    codes = np.repeat(np.arange(8), 3)
    groups = codes // 2
    groups[0] = 3  # identity 0 is also in the group of identities 6 and 7
    for seed in range(20):
        train, valid = split_items(codes, groups, 0.3, RNG(seed))
        assert not set(codes[train]) & set(codes[valid])
        assert not set(groups[train]) & set(groups[valid])


def test_too_few_identities():
    identities = np.array([[0, 0], [1, 1], [0, 1], [2, 2], [0, 2]])
    signs = np.array([1.0, 1.0, -1.0, 1.0, -1.0])
    with pytest.raises(ValueError, match=r"validation_fraction=0.4 leaves no different pair for"):
        split_pairs(identities, signs, 0.4, RNG(0))


def test_unknown_items_of_a_group_held_out_are_in_neither_part():
    codes = np.append(np.repeat(np.arange(8), 2), [-1] * 8)
    groups = np.append(np.repeat(np.arange(4), 4), np.repeat(np.arange(4), 2))
    train, valid = split_items(codes, groups, 0.5, np.random.default_rng(0))
    assert not set(groups[train]) & set(groups[valid])
    assert (codes[valid] >= 0).all()
    assert (codes[train] == -1).sum() == 4
