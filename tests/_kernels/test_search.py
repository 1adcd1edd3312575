"""Scores and rankings of whole galleries, against sorting all scores in double precision."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dissim._kernels import kernels_for
from sklearn_dissim._kernels.dissimilarity import DIFFERENCES, LinearScore, dissimilarity
from sklearn_dissim._kernels.few_query_scores import FewQueryScores
from sklearn_dissim._kernels.many_query_scores import ManyQueryScores

KERNELS = kernels_for("cpu")


def top_k(queries, gallery, weights, difference, k, n_threads=None):
    score = LinearScore(weights, difference)
    return KERNELS.top_k(queries, gallery, score, k, n_threads=n_threads)


def cross_scores(queries, gallery, weights, difference, n_threads=None):
    score = LinearScore(weights, difference)
    return KERNELS.cross_scores(queries, gallery, score, n_threads=n_threads)


def all_scores(queries, gallery, weights, difference):
    queries, gallery = queries.astype(np.float64), gallery.astype(np.float64)
    vectors = dissimilarity(queries[:, np.newaxis], gallery, difference)
    return vectors @ np.asarray(weights, np.float64)


def best(scores, k):
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(scores, order, axis=1), order


@st.composite
def problems(draw, whole=True):
    """Queries, a gallery and weights; of small whole numbers, so that scores tie exactly."""
    n_queries = draw(st.integers(1, 9))
    n_gallery = draw(st.integers(1, 80))
    n_features = draw(st.sampled_from([1, 2, 3, 4, 5, 7, 16, 33, 101, 130]))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))

    def make(*shape):
        if whole:
            return rng.integers(-3, 4, shape).astype(np.float64)
        return rng.standard_normal(shape)

    queries, gallery, weights = make(n_queries, n_features), make(n_gallery, n_features), None
    kind = draw(st.sampled_from(["mixed", "nonpositive", "zero", "one-hot"]))
    weights = {
        "mixed": make(n_features),
        "nonpositive": -np.abs(make(n_features)),
        "zero": np.zeros(n_features),
        "one-hot": np.eye(n_features)[0],
    }[kind]
    if draw(st.booleans()):  # duplicates, and queries that are in the gallery
        gallery[rng.integers(0, n_gallery, n_gallery // 2)] = queries[0]
    form = draw(st.sampled_from(["float64", "float32", "float16", "strided", "fortran", "fixed"]))
    if form.startswith("float"):
        gallery = gallery.astype(form)
        queries = queries.astype(form)
    elif form == "strided":
        gallery = np.repeat(gallery, 2, axis=0)[::2]
        queries = np.hstack([queries, queries])[:, :n_features]
    elif form == "fortran":
        gallery, queries = np.asfortranarray(gallery), np.asfortranarray(queries)
    else:
        gallery.flags.writeable = queries.flags.writeable = False
    return queries, gallery, weights, draw(st.sampled_from(["absolute", "squared"]))


@settings(deadline=None, max_examples=150)
@given(problems(), st.integers(1, 100), st.sampled_from([1, 2]))
def test_top_k_is_that_of_sorting_all_scores(problem, k, n_threads):
    scores, rows = top_k(*problem, k, n_threads=n_threads)
    expected_scores, expected_rows = best(all_scores(*problem), k)
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_array_equal(scores, expected_scores)


@settings(deadline=None, max_examples=60)
@given(problems(whole=False), st.sampled_from([1, 2]))
def test_scores_of_all_pairs(problem, n_threads):
    expected = all_scores(*problem)
    scores = cross_scores(*problem, n_threads=n_threads)
    np.testing.assert_allclose(scores, expected, atol=2e-4 * (expected.std() + 1e-6), rtol=1e-5)


@pytest.mark.parametrize("difference", DIFFERENCES)
@pytest.mark.parametrize("n_queries", [2, 70])
def test_top_k_of_a_gallery_of_several_blocks(difference, n_queries):
    rng = np.random.default_rng(0)
    queries, gallery = rng.random((n_queries, 130)), rng.random((5000, 130))
    weights = rng.standard_normal(130)
    expected_scores, expected_rows = best(all_scores(queries, gallery, weights, difference), 20)
    for n_threads in (1, 2, None):
        scores, rows = top_k(queries, gallery, weights, difference, 20, n_threads=n_threads)
        np.testing.assert_array_equal(rows, expected_rows)
        # Terms of either sign cancel: what is left can be near zero.
        np.testing.assert_allclose(scores, expected_scores, rtol=1e-12, atol=1e-13)


def test_a_thousand_equal_items():
    rng = np.random.default_rng(0)
    gallery = np.repeat(rng.random((3, 12)), 1000, axis=0)[rng.permutation(3000)]
    queries, weights = rng.random((6, 12)), -rng.random(12)
    scores, rows = top_k(queries, gallery, weights, "absolute", 30)
    np.testing.assert_array_equal(
        rows, best(all_scores(queries, gallery, weights, "absolute"), 30)[1]
    )
    assert (np.diff(rows, axis=1) > 0).all()
    assert (scores == scores[:, :1]).all()


@pytest.mark.parametrize("difference", ["absolute", "squared"])
def test_far_from_zero(difference):
    rng = np.random.default_rng(0)
    queries, gallery = 1e4 + rng.random((8, 64)), 1e4 + rng.random((500, 64))
    weights = rng.standard_normal(64)
    expected = all_scores(queries, gallery, weights, difference)
    scores = cross_scores(queries, gallery, weights, difference)
    np.testing.assert_allclose(scores, expected, atol=2e-4 * expected.std())
    rows = top_k(queries, gallery, weights, difference, 5)[1]
    np.testing.assert_array_equal(rows, best(expected, 5)[1])


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("few", [False, True])
def test_errors_are_bounded(squared, few):
    rng = np.random.default_rng(0)
    queries = rng.standard_normal((3, 300)).astype(np.float32).astype(np.float64)
    gallery = rng.standard_normal((400, 300)).astype(np.float32)
    weights = rng.standard_normal(300)
    score = (
        FewQueryScores(queries, weights, squared)
        if few
        else ManyQueryScores(queries, weights, squared, gallery.mean(axis=0))
    )
    ((_, _, scores),) = score([(0, gallery)])
    difference = "squared" if squared else "absolute"
    off = np.abs(scores - all_scores(queries, gallery, weights, difference)).max()
    assert 0 < off < np.max(score.error_bounds()) < 0.05 * scores.std()


def test_scores_are_those_of_pair_lists_bit_by_bit():
    rng = np.random.default_rng(0)
    items, weights = rng.random((300, 70)), rng.standard_normal(70)
    scores, rows = top_k(items[:50], items[50:], weights, "absolute", 5)
    pairs = np.stack([np.repeat(np.arange(50), 5), 50 + rows.ravel()], axis=1)
    np.testing.assert_array_equal(
        scores.ravel(), KERNELS.pair_scores(items, pairs, weights, "absolute")
    )


def test_a_mapped_gallery(tmp_path):
    rng = np.random.default_rng(0)
    gallery = rng.random((3000, 20), np.float32)
    np.save(tmp_path / "gallery.npy", gallery)
    mapped = np.load(tmp_path / "gallery.npy", mmap_mode="r")
    queries, weights = rng.random((9, 20), np.float32), rng.standard_normal(20)
    for a, b in zip(
        top_k(queries, mapped, weights, "squared", 7),
        top_k(queries, gallery, weights, "squared", 7),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("weight", [1e-200, 1e-44, 1.0, 1e40])
@pytest.mark.parametrize("scale", [1e-30, 1e-20, 1e18, 1e25, 1e36])
@pytest.mark.parametrize("difference", ["absolute", "squared"])
@pytest.mark.parametrize("n_queries", [2, 9])
def test_scales_beyond_single_precision(scale, weight, difference, n_queries):
    rng = np.random.default_rng(0)
    queries = (scale * rng.standard_normal((n_queries, 40))).astype(np.float32)
    gallery = (scale * rng.standard_normal((300, 40))).astype(np.float32)
    weights = weight * rng.standard_normal(40)
    expected_scores, expected = best(all_scores(queries, gallery, weights, difference), 6)
    scores, rows = top_k(queries, gallery, weights, difference, 6)
    np.testing.assert_array_equal(rows, expected)
    np.testing.assert_allclose(scores, expected_scores, rtol=1e-9, atol=0)


@pytest.mark.parametrize("dtype_and_size", [("f4", 1e20), ("f4", 3e38), ("f8", 1e39), ("f8", 1e60)])
@pytest.mark.parametrize("weight", [0.0, -1.0])
@pytest.mark.parametrize("difference", ["absolute", "squared"])
@pytest.mark.parametrize("n_queries", [1, 9])
@pytest.mark.parametrize("row", [7, 1])  # in the sample that the centre is made of, or not
def test_one_value_that_overflows(dtype_and_size, weight, difference, n_queries, row):
    dtype, size = dtype_and_size
    gallery = np.random.default_rng(0).standard_normal((3000, 8)).astype(dtype)
    gallery[row, 0] = size
    weights = np.append(weight, -np.ones(7))
    queries = np.repeat(gallery[row : row + 1].astype(float), n_queries, axis=0)
    queries[:, 1] += np.arange(n_queries)
    for of_queries in (0.0, size):
        queries[:, 0] = of_queries
        expected_scores, expected = best(all_scores(queries, gallery, weights, difference), 3)
        scores, rows = top_k(queries, gallery, weights, difference, 3)
        np.testing.assert_array_equal(scores, expected_scores)
        np.testing.assert_array_equal(rows, expected)


@pytest.mark.parametrize("n_queries", [1, 3, 5])
@pytest.mark.parametrize("far", [1e3, 1e5])
def test_queries_far_from_the_gallery(n_queries, far):
    rng = np.random.default_rng(0)
    gallery, weights = rng.standard_normal((2000, 64)).astype(np.float32), rng.standard_normal(64)
    queries = gallery[:n_queries] + np.float32(far)
    expected = all_scores(queries, gallery, weights, "absolute")
    scores = cross_scores(queries, gallery, weights, "absolute")
    np.testing.assert_allclose(scores, expected, atol=2e-4 * expected.std(axis=1).min(), rtol=0)
