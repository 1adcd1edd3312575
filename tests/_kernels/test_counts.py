"""Counts of gallery rows that reach given scores, against counting in the matrix of all scores."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dissim._kernels import kernels_for
from sklearn_dissim._kernels.dissimilarity import DIFFERENCES, LinearScore
from sklearn_dissim._kernels.torch_backend import TorchBackend
from tests._kernels.test_search import all_scores, problems

COMPILED = kernels_for("cpu")


def drawn_rows(n_queries, n_gallery, rng):
    """Some rows for each query, for some none; and where those of each begin."""
    sizes = rng.integers(0, min(n_gallery, 6) + 1, n_queries)
    rows = [rng.choice(n_gallery, size, replace=False) for size in sizes]
    return np.concatenate(rows).astype(int), np.append(0, np.cumsum(sizes))


def rising(scores, offsets):
    """Each query's scores sorted."""
    parts = [np.sort(part) for part in np.split(scores, offsets[1:-1])]
    return np.concatenate(parts)


def matrix_of(queries, gallery, score, kernels=COMPILED):
    pairs = np.indices((len(queries), len(gallery))).reshape(2, -1)
    return kernels.scores_of(queries, gallery, score, *pairs).reshape(len(queries), -1)


def expected_counts(matrix, scores, offsets):
    owner = np.repeat(np.arange(len(matrix)), np.diff(offsets))
    counts = [(matrix[i] >= score).sum() for i, score in zip(owner, scores, strict=True)]
    return np.array(counts, int)


@settings(deadline=None, max_examples=150)
@given(problems(), st.booleans(), st.integers(0, 99), st.sampled_from([1, 2]))
def test_counts_are_those_in_the_matrix(problem, some, seed, n_threads):
    queries, gallery, weights, difference = problem
    score = LinearScore(weights, difference, 0.5)
    rng = np.random.default_rng(seed)
    rows, offsets = drawn_rows(len(queries), len(gallery), rng)
    counted = rng.random(len(gallery)) < 0.7 if some else None
    owner = np.repeat(np.arange(len(queries)), np.diff(offsets))
    scores = COMPILED.scores_of(queries, gallery, score, owner, rows)
    matrix = all_scores(queries, gallery, weights, difference) + 0.5
    np.testing.assert_array_equal(scores, matrix[owner, rows])
    limits = rising(scores, offsets)
    counts = COMPILED.count_reaching(
        queries, gallery, score, limits, offsets, counted=counted, n_threads=n_threads
    )
    kept = matrix if counted is None else matrix[:, counted]
    np.testing.assert_array_equal(counts, expected_counts(kept, limits, offsets))


@settings(deadline=None, max_examples=50)
@given(problems(), st.booleans(), st.integers(0, 99))
def test_counts_by_torch_are_those_in_its_matrix(problem, some, seed):
    """Equal pairs have equal bits, whether they are scored alone or in blocks."""
    queries, gallery, weights, difference = problem
    kernels, score = TorchBackend("cpu"), LinearScore(weights, difference, 0.5)
    rng = np.random.default_rng(seed)
    rows, offsets = drawn_rows(len(queries), len(gallery), rng)
    counted = rng.random(len(gallery)) < 0.7 if some else None
    owner = np.repeat(np.arange(len(queries)), np.diff(offsets))
    scores = kernels.scores_of(queries, gallery, score, owner, rows)
    matrix = kernels.cross_scores(queries, gallery, score)
    np.testing.assert_array_equal(scores, matrix[owner, rows])
    np.testing.assert_allclose(
        scores, COMPILED.scores_of(queries, gallery, score, owner, rows), atol=1e-9
    )
    limits = rising(scores, offsets)
    counts = kernels.count_reaching(queries, gallery, score, limits, offsets, counted=counted)
    kept = matrix if counted is None else matrix[:, counted]
    np.testing.assert_array_equal(counts, expected_counts(kept, limits, offsets))


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
    score = LinearScore(weights, difference)
    limits = rising(COMPILED.scores_of(queries, gallery, score, owner, rows), offsets)
    matrix = matrix_of(queries, gallery, score)
    for n_threads in (1, 2, None):
        counts = COMPILED.count_reaching(
            queries, gallery, score, limits, offsets, n_threads=n_threads
        )
        np.testing.assert_array_equal(counts, expected_counts(matrix, limits, offsets))


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_more_limits_than_are_compared_one_by_one(difference):
    rng = np.random.default_rng(0)
    queries, gallery = rng.integers(-3, 4, (5, 6)), rng.integers(-3, 4, (1500, 6))
    queries, gallery = queries.astype(float), gallery + rng.choice([0.0, 1e-9], (1500, 1))
    score = LinearScore(rng.standard_normal(6), difference, 0.25)
    matrix = matrix_of(queries, gallery, score)
    limits = np.sort(matrix, axis=1)[:, ::3]
    offsets = np.arange(6) * limits.shape[1]
    counts = COMPILED.count_reaching(queries, gallery, score, limits.ravel(), offsets)
    np.testing.assert_array_equal(counts, expected_counts(matrix, limits.ravel(), offsets))


@pytest.mark.parametrize("weight", [1e-200, 1.0, 1e40])
@pytest.mark.parametrize("scale", [1e-30, 1e18, 1e36])
@pytest.mark.parametrize("difference", ["absolute", "squared"])
@pytest.mark.parametrize("n_queries", [2, 9])
def test_scales_beyond_single_precision(scale, weight, difference, n_queries):
    rng = np.random.default_rng(0)
    queries = (scale * rng.standard_normal((n_queries, 40))).astype(np.float32)
    gallery = (scale * rng.standard_normal((300, 40))).astype(np.float32)
    weights = weight * rng.standard_normal(40)
    score = LinearScore(weights, difference)
    limits = np.sort(matrix_of(queries, gallery, score), axis=1)[:, ::60]
    offsets = np.arange(n_queries + 1) * limits.shape[1]
    counts = COMPILED.count_reaching(queries, gallery, score, limits.ravel(), offsets)
    np.testing.assert_array_equal(counts, np.tile(300 - np.arange(0, 300, 60), n_queries))
