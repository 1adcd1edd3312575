from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dissim import make_pairs


def all_pairs(identities, across=None):
    """(same, different) sets of unordered pairs, the slow and obvious way."""
    same, different = set(), set()
    for i, j in combinations(range(len(identities)), 2):
        if -1 in (identities[i], identities[j]):
            continue
        if across is not None and across[i] == across[j]:
            continue
        (same if identities[i] == identities[j] else different).add((i, j))
    return same, different


@st.composite
def labelled_items(draw):
    n_items = draw(st.integers(4, 25))
    identities = draw(st.lists(st.integers(-1, 4), min_size=n_items, max_size=n_items))
    cameras = st.lists(st.integers(0, 2), min_size=n_items, max_size=n_items)
    return identities, draw(st.none() | cameras)


@given(labelled_items(), st.integers(0, 1000), st.floats(0, 1), st.floats(0, 1))
def test_draws_what_was_asked_for_from_what_exists(data, seed, share_same, share_different):
    identities, across = data
    same, different = all_pairs(identities, across)
    n_same = int(share_same * len(same))
    if not n_same:
        return
    ratio = int(share_different * len(different)) / n_same
    pairs, y, groups = make_pairs(
        np.arange(len(identities)),
        identities,
        positives=n_same,
        negatives_per_positive=ratio,
        across=across,
        random_state=seed,
    )
    drawn = [tuple(p) for p in pairs.indices.tolist()]
    assert drawn == sorted(set(drawn))
    assert {p for p, label in zip(drawn, y, strict=True) if label} <= same
    assert {p for p, label in zip(drawn, y, strict=True) if not label} <= different
    assert (y.sum(), len(y)) == (n_same, n_same + round(n_same * ratio))
    np.testing.assert_array_equal(groups, np.asarray(identities)[pairs.indices])


@given(labelled_items())
def test_all_means_all(data):
    identities, across = data
    same, different = all_pairs(identities, across)
    if not same:
        return
    pairs, y, _ = make_pairs(
        np.arange(len(identities)), identities, negatives_per_positive="all", across=across
    )
    assert {tuple(p) for p in pairs.indices[y == 1].tolist()} == same
    assert {tuple(p) for p in pairs.indices[y == 0].tolist()} == different


def test_every_pair_is_as_likely():
    counts = np.zeros((6, 6))
    rng = np.random.RandomState(0)
    for _ in range(4000):
        pairs, _, _ = make_pairs(
            np.arange(6),
            [0, 0, 0, 1, 1, 2],
            positives=1,
            across=[0, 1, 2, 0, 1, 2],
            random_state=rng,
        )
        counts[tuple(pairs.indices.T)] += 1
    _, different = all_pairs([0, 0, 0, 1, 1, 2], [0, 1, 2, 0, 1, 2])
    seen = np.array([counts[p] for p in different])
    expected = 4000 / len(different)
    assert (np.square(seen - expected) / expected).sum() < 25  # chi-square, 7 degrees


def test_same_seed_same_pairs():
    identities = np.repeat(np.arange(20), 5)
    first, second, other = (
        make_pairs(identities, identities, positives=30, random_state=s)[0].indices
        for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_many_items_few_pairs_in_little_memory():
    identities = np.repeat(np.arange(1000), 200)  # 2e10 pairs exist
    pairs, y, _ = make_pairs(identities, identities, positives=1000, random_state=0)
    assert len(pairs) == 2000
    assert y.sum() == 1000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"positives": 7}, "asks for 7 pairs of the same identity; 2 exist"),
        ({"negatives_per_positive": 10}, "asks for 20 pairs of different identities; 8 exist"),
        ({"positives": "some"}, "positives must be 'all' or a whole number; got 'some'"),
        ({"positives": -1}, "got -1"),
        ({"positives": 1.5}, "got 1.5"),
        ({"negatives_per_positive": -1}, "negatives_per_positive.*got -1"),
        ({"negatives_per_positive": np.nan}, "negatives_per_positive.*got nan"),
        ({"across": [0, 0, 0, 0, 0]}, "0 exist"),
        ({"across": [0, 1]}, "inconsistent numbers of samples: 5 items, 2 across"),
        ({"across": [0, 1, np.nan, 1, 1]}, "across contain NaN"),
        ({"negatives_per_positive": np.inf}, "negatives_per_positive.*got inf"),
        ({"negatives_per_positive": True}, "negatives_per_positive.*got True"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        make_pairs(np.eye(5), [0, 0, 1, 1, 2], **options)


@pytest.mark.parametrize(
    ("identities", "error", "message"),
    [
        ([0, 0, 1], ValueError, "inconsistent numbers of samples"),
        ([[0, 0, 1, 1, 2]] * 5, ValueError, "1d"),
        ([0, 0, 1, 1, np.nan], ValueError, "NaN"),
        ([0, 0, 1, 1.5, 2], ValueError, "fractions"),
        ([-1] * 5, ValueError, "0 exist"),
        (np.array([0, "a", None, 1, 1], dtype=object), ValueError, "missing value"),
        ([0, "a", 0, "a", 1], TypeError, "identities must all be of one type"),
        (None, ValueError, "identities must be a 1d array"),
    ],
)
def test_bad_identities(identities, error, message):
    with pytest.raises(error, match=message):
        make_pairs(np.eye(5), identities)


def test_unknown_among_strings():
    _, _, groups = make_pairs(np.eye(5), ["a", "a", -1, -1, "b"], negatives_per_positive="all")
    assert set(groups.ravel()) == {"a", "b"}


def test_numpy_numbers_are_numbers():
    _, y, _ = make_pairs(
        np.eye(5), [0, 0, 1, 1, 2], positives=np.int64(1), negatives_per_positive=np.float32(3)
    )
    assert y.tolist().count(0) == 3


def test_strings_are_identities():
    _, y, groups = make_pairs(np.eye(3), ["ann", "ann", "bob"], negatives_per_positive="all")
    assert groups[y == 1].tolist() == [["ann", "ann"]]
