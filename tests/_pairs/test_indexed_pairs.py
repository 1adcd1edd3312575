import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.utils import _safe_indexing

from sklearn_dissim import IndexedPairs

ITEMS = np.arange(12.0).reshape(4, 3)
INDICES = np.array([[0, 1], [2, 3], [3, 0], [1, 1], [0, 3]])


@pytest.fixture
def pairs():
    return IndexedPairs(ITEMS, INDICES)


def test_looks_like_an_array(pairs):
    assert pairs.shape == (5, 2, 3)
    assert (pairs.ndim, len(pairs), pairs.dtype) == (3, 5, np.float64)
    np.testing.assert_array_equal(np.asarray(pairs), ITEMS[INDICES])
    assert np.asarray(pairs, dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize(
    "key",
    [
        slice(1, 4),
        np.array([True, False, True, False, True]),
        [True, False, True, False, True],
        np.array([3, 0]),
        [4, 4, 1],
        range(0, 5, 2),
        [],
        np.array([], dtype=int),
    ],
    ids=repr,
)
@pytest.mark.parametrize("ellipsis", [False, True])
def test_slices_are_lazy_and_share_items(pairs, key, ellipsis):
    part = pairs[(key, Ellipsis)] if ellipsis else pairs[key]
    rows = np.arange(5)[list(key) if isinstance(key, range) else key] if len(key_list(key)) else []
    assert isinstance(part, IndexedPairs)
    assert part.items is ITEMS
    np.testing.assert_array_equal(part.indices, INDICES[np.asarray(rows, dtype=int)])


def key_list(key):
    return np.arange(5)[key] if isinstance(key, slice) else list(key)


def test_one_pair(pairs):
    np.testing.assert_array_equal(pairs[2], ITEMS[[3, 0]])
    np.testing.assert_array_equal(pairs[-1], ITEMS[[0, 3]])
    np.testing.assert_array_equal(pairs[np.int64(0), ...], ITEMS[[0, 1]])


def test_iterates_over_pairs(pairs):
    np.testing.assert_array_equal(np.stack(list(pairs)), ITEMS[INDICES])


def test_other_keys_are_refused(pairs):
    with pytest.raises(IndexError, match="by pair only"):
        pairs[:, 0]
    with pytest.raises(IndexError):
        pairs[5]


def test_scikit_learn_indexes_it_lazily(pairs):
    assert isinstance(_safe_indexing(pairs, np.array([0, 2])), IndexedPairs)


def test_pickles_and_hashes(pairs):
    again = pickle.loads(pickle.dumps(pairs))
    np.testing.assert_array_equal(again.indices, pairs.indices)
    np.testing.assert_array_equal(again.items, pairs.items)
    assert joblib.hash(again) == joblib.hash(pairs)
    assert joblib.hash(pairs[:2]) != joblib.hash(pairs)


def test_compact_keeps_the_pairs_and_drops_unused_items(pairs):
    part = pairs[[1, 2]].compact()
    assert part.items.shape == (3, 3)
    np.testing.assert_array_equal(np.asarray(part), ITEMS[INDICES[[1, 2]]])
    assert pairs.compact() is pairs


@pytest.mark.parametrize(
    ("items", "shape", "one"),
    [
        (sparse.csr_array(ITEMS), (5, 2, 3), lambda rows: rows.toarray()),
        (pd.DataFrame(ITEMS), (5, 2, 3), np.asarray),
        (np.array(["a", "b", "c", "d"]), (5, 2), np.asarray),
        (ITEMS.tolist(), (5, 2, 3), np.asarray),
    ],
    ids=["sparse", "frame", "texts", "list"],
)
def test_items_of_other_kinds(items, shape, one):
    pairs = IndexedPairs(items, INDICES)
    assert pairs.shape == shape
    whole = np.asarray(pairs)
    assert whole.shape == shape
    np.testing.assert_array_equal(one(pairs[1]), whole[1])


def test_indices_are_copied_to_the_machines_own_integers():
    indices = INDICES.astype(">i4")
    pairs = IndexedPairs(ITEMS, indices)
    indices[0] = 99
    assert pairs.indices.dtype == np.intp
    np.testing.assert_array_equal(pairs.indices, INDICES)


def test_over_other_items(pairs):
    np.testing.assert_array_equal(np.asarray(pairs.over(-ITEMS)), -ITEMS[INDICES])
    with pytest.raises(ValueError, match="4 rows expected, got 3"):
        pairs.over(ITEMS[:3])


@pytest.mark.parametrize(
    ("indices", "error", "message"),
    [
        ([[0, 4]], ValueError, r"between 0 and 3.*pair 0 has \[0, 4\]"),
        ([[0, 1], [-1, 2]], ValueError, r"pair 1 has \[-1, 2\]"),
        ([0, 1], ValueError, r"\(n_pairs, 2\); got \(2,\)"),
        ([[0, 1, 2]], ValueError, r"got \(1, 3\)"),
        ([[0.0, 1.0]], TypeError, "integers; got dtype float64"),
        ([["a", "b"]], TypeError, "integers"),
        ([[True, False]], TypeError, "integers; got dtype bool"),
    ],
)
def test_bad_indices(indices, error, message):
    with pytest.raises(error, match=message):
        IndexedPairs(ITEMS, indices)


def test_no_items_at_all():
    with pytest.raises(ValueError, match="items must be"):
        IndexedPairs(3.0, [[0, 0]])
