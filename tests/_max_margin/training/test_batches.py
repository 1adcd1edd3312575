"""What batches hold, and that an epoch is a function of its seed and number."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dissim._max_margin.training.batches import IdentityBatches, PairBatches

CPU = torch.device("cpu")


def pair_batches(indices, batch_size):
    signs = np.where(np.arange(len(indices)) % 2, 1.0, -1.0)
    weights = 1.0 + np.arange(len(indices))
    return PairBatches(indices, signs, weights, batch_size, torch.float64, CPU)


def identity_batches(codes, n_identities, n_samples):
    return IdentityBatches(
        np.asarray(codes), n_identities, n_samples, (1.0, 2.0), torch.float64, CPU
    )


def listed(batches, seed=0, epoch=0):
    return [(rows.tolist(), pairs) for rows, pairs in batches.epoch(seed, epoch)]


def test_an_epoch_holds_each_pair_once_and_a_batch_each_item_once():
    rng = np.random.default_rng(0)
    indices = rng.integers(0, 20, (50, 2))
    batches = pair_batches(indices, 8)
    seen = []
    for rows, pairs in batches.epoch(0, 0):
        assert len(set(rows)) == len(rows)
        assert 7 <= len(pairs.signs) <= 8  # batches of one size, as near as can be
        members = np.stack([rows[pairs.left], rows[pairs.right]], axis=1)
        numbers = np.rint(pairs.weights.numpy() * 25.5) - 1  # 1 to 50, divided by their mean
        np.testing.assert_array_equal(indices[numbers.astype(int)], members)
        seen += numbers.tolist()
    assert len(batches) == 7
    assert sorted(seen) == list(range(50))


def test_vectors_are_rows_themselves():
    batches = PairBatches(None, np.ones(5), np.ones(5), 2, torch.float32, CPU)
    rows = [r for rows, pairs in batches.epoch(0, 0) for r in rows if pairs.left is None]
    assert sorted(rows) == list(range(5))


@pytest.mark.parametrize(
    "batches",
    [pair_batches(np.arange(40).reshape(20, 2), 6), identity_batches(np.arange(40) // 4, 3, 2)],
    ids=["pairs", "identities"],
)
def test_an_epoch_follows_from_seed_and_number(batches):
    def rows(seed, epoch):
        return [rows for rows, _ in listed(batches, seed, epoch)]

    assert rows(0, 3) == rows(0, 3)
    assert rows(0, 3) != rows(0, 4)
    assert rows(0, 3) != rows(1, 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-1, 9), min_size=8, max_size=60), st.integers(2, 5), st.integers(2, 4))
def test_batches_of_identities(codes, n_identities, n_samples):
    codes = np.array(codes)
    repeated = {c for c in codes[codes >= 0] if (codes == c).sum() > 1}
    if len(repeated) < n_identities:
        return
    seen = set()
    for rows, pairs in identity_batches(codes, n_identities, n_samples).epoch(0, 0):
        assert len(set(rows)) == len(rows)
        inside = codes[rows]
        sampled = [c for c in inside if c in repeated]
        assert len(set(sampled)) == n_identities
        for c in set(sampled):
            assert sampled.count(c) == min(n_samples, (codes == c).sum())
        seen |= set(sampled)
        assert_all_pairs(inside, pairs)
    assert seen == repeated


def assert_all_pairs(codes, pairs):
    expected = {
        (i, j): (2.0, 1.0) if codes[i] == codes[j] else (1.0, -1.0)
        for j in range(len(codes))
        for i in range(j)
        if not codes[i] == codes[j] == -1
    }
    rows = zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
    values = zip(pairs.weights.tolist(), pairs.signs.tolist(), strict=True)
    assert dict(zip(rows, values, strict=True)) == expected


def test_an_epoch_draws_about_as_many_samples_as_there_are():
    batches = identity_batches(np.arange(200) // 20, 5, 4)  # 10 identities of 20 samples
    rows = np.concatenate([rows for rows, _ in batches.epoch(0, 0)])
    assert len(rows) == 200
    # An identity's samples are drawn in a circle: each as often as the others.
    assert set(np.bincount(rows)) == {1}


def test_unknown_items_take_part_in_each_epoch():
    codes = np.concatenate([np.arange(24) // 3, np.full(10, -1), [77]])
    rows = np.concatenate([rows for rows, _ in identity_batches(codes, 4, 3).epoch(0, 0)])
    assert set(range(24, 35)) <= set(rows)


def test_different_pairs_by_their_items():
    (_, pairs), *_ = identity_batches([0, 0, 1, 1], 2, 2).epoch(0, 0)
    table = pairs.table
    for number, (i, j) in enumerate(zip(pairs.left, pairs.right, strict=True)):
        expected = number if pairs.signs[number] < 0 else -1
        assert table[i, j] == table[j, i] == expected
