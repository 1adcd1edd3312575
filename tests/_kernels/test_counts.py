"""Counts of gallery rows that reach given scores, against counting in the matrix of all scores."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dissim._kernels.counts import count_reaching, scores_of
from sklearn_dissim._kernels.dissimilarity import DIFFERENCES
from tests._kernels.test_search import all_scores, problems


def drawn_rows(n_queries, n_gallery, rng):
    """Some rows for each query, for some none; and where those of each begin."""
    sizes = rng.integers(0, min(n_gallery, 6) + 1, n_queries)
    rows = [rng.choice(n_gallery, size, replace=False) for size in sizes]
    return np.concatenate(rows).astype(int), np.append(0, np.cumsum(sizes))


def rising(scores, offsets):
    """Each query's scores sorted."""
    parts = [np.sort(part) for part in np.split(scores, offsets[1:-1])]
    return np.concatenate(parts)


def matrix_of(queries, gallery, weights, difference):
    pairs = np.indices((len(queries), len(gallery))).reshape(2, -1)
    return scores_of(queries, gallery, weights, difference, *pairs).reshape(len(queries), -1)


def expected_counts(matrix, scores, offsets):
    owner = np.repeat(np.arange(len(matrix)), np.diff(offsets))
    counts = [(matrix[i] >= score).sum() for i, score in zip(owner, scores, strict=True)]
    return np.array(counts, int)


@settings(deadline=None, max_examples=150)
@given(problems(), st.booleans(), st.integers(0, 99), st.sampled_from([1, 2]))
def test_counts_are_those_in_the_matrix(problem, some, seed, n_threads):
    queries, gallery, weights, difference = problem
    rng = np.random.default_rng(seed)
    rows, offsets = drawn_rows(len(queries), len(gallery), rng)
    counted = rng.random(len(gallery)) < 0.7 if some else None
    owner = np.repeat(np.arange(len(queries)), np.diff(offsets))
    scores = scores_of(queries, gallery, weights, difference, owner, rows, 0.5)
    matrix = all_scores(queries, gallery, weights, difference) + 0.5
    np.testing.assert_array_equal(scores, matrix[owner, rows])
    scores = rising(scores, offsets)
    counts = count_reaching(
        queries,
        gallery,
        weights,
        difference,
        scores,
        offsets,
        0.5,
        counted=counted,
        n_threads=n_threads,
    )
    kept = matrix if counted is None else matrix[:, counted]
    np.testing.assert_array_equal(counts, expected_counts(kept, scores, offsets))


@pytest.mark.parametrize("difference", DIFFERENCES)
@pytest.mark.parametrize("n_queries", [2, 70])
def test_several_blocks_and_threads(difference, n_queries):
    rng = np.random.default_rng(0)
    queries, gallery = rng.random((n_queries, 130)), rng.random((5000, 130))
    gallery[rng.integers(0, 5000, 300)] = gallery[0]  # ties
    weights = rng.standard_normal(130)
    rows, offsets = drawn_rows(n_queries, 5000, rng)
    rows[::3] = 0
    owner = np.repeat(np.arange(n_queries), np.diff(offsets))
    scores = scores_of(queries, gallery, weights, difference, owner, rows)
    scores = rising(scores, offsets)
    matrix = matrix_of(queries, gallery, weights, difference)
    for n_threads in (1, 2, None):
        counts = count_reaching(
            queries, gallery, weights, difference, scores, offsets, n_threads=n_threads
        )
        np.testing.assert_array_equal(counts, expected_counts(matrix, scores, offsets))


@pytest.mark.parametrize("weight", [1e-200, 1.0, 1e40])
@pytest.mark.parametrize("scale", [1e-30, 1e18, 1e36])
@pytest.mark.parametrize("difference", ["absolute", "squared"])
@pytest.mark.parametrize("n_queries", [2, 9])
def test_scales_beyond_single_precision(scale, weight, difference, n_queries):
    rng = np.random.default_rng(0)
    queries = (scale * rng.standard_normal((n_queries, 40))).astype(np.float32)
    gallery = (scale * rng.standard_normal((300, 40))).astype(np.float32)
    weights = weight * rng.standard_normal(40)
    about = queries, gallery, weights, difference
    limits = np.sort(matrix_of(*about), axis=1)[:, ::60]
    offsets = np.arange(n_queries + 1) * limits.shape[1]
    counts = count_reaching(*about, limits.ravel(), offsets)
    np.testing.assert_array_equal(counts, np.tile(300 - np.arange(0, 300, 60), n_queries))
