"""Approximate search: features, candidates, and what is missed."""

import pickle

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from sklearn_dissim import (
    DichotomyTransformer,
    DissimilarityRetriever,
    MaxMarginPairClassifier,
    make_pairs,
)
from sklearn_dissim._kernels.dissimilarity import dissimilarity
from sklearn_dissim._retrieval.inner_products import InnerProducts
from sklearn_dissim._retrieval.shortlists import FlatIndex

X, DIGIT = load_digits(return_X_y=True)


def scores_of(queries, gallery, weights, difference):
    return dissimilarity(queries[:, np.newaxis], gallery, difference) @ weights


@pytest.mark.parametrize("signs", ["nonpositive", "mixed"])
@pytest.mark.parametrize(("difference", "n_components"), [("absolute", 640), ("squared", 10)])
def test_all_features_together_give_the_scores(signs, difference, n_components):
    rng = np.random.default_rng(0)
    gallery, queries = rng.standard_normal((5000, 10)), rng.standard_normal((30, 10))
    weights = -rng.random(10) if signs == "nonpositive" else rng.standard_normal(10)
    products = InnerProducts(gallery, weights, difference, n_components)
    found = products.of_queries(queries) @ products.of_gallery(gallery).T
    expected = scores_of(queries, gallery, weights, difference)
    off = found - expected
    off -= off.mean(axis=1, keepdims=True)  # a constant of each query is left out
    assert off.std() < (0.03 if difference == "absolute" else 1e-6) * expected.std()


def test_on_the_quantiles_the_expansion_is_exact():
    grid = (np.arange(64) + 0.5)[:, np.newaxis] ** 2
    products = InnerProducts(np.repeat(grid, 200, axis=0), np.array([-1.0]), "absolute", 64)
    found = products.of_queries(grid) @ products.of_gallery(grid).T
    off = found + np.abs(grid - grid.T)
    np.testing.assert_allclose(off - off.mean(axis=1, keepdims=True), 0.0, atol=0.02)


def test_more_components_come_nearer():
    rng = np.random.default_rng(0)
    gallery, weights = rng.standard_normal((3000, 20)), -rng.random(20)
    expected = scores_of(gallery[:50], gallery, weights, "absolute")
    errors = []
    for n_components in (10, 20, 60, 200):
        products = InnerProducts(gallery, weights, "absolute", n_components)
        off = products.of_queries(gallery[:50]) @ products.of_gallery(gallery).T - expected
        errors.append((off - off.mean(axis=1, keepdims=True)).std())
    assert (np.diff(errors) < 0).all()


def test_flat_index_is_sorting():
    rng = np.random.default_rng(0)
    features, queries = rng.random((300, 5), np.float32), rng.random((7, 5), np.float32)
    index = FlatIndex(5)
    index.add(features[:100])
    index.add(features[100:])
    products = queries @ features.T
    scores, rows = index.search(queries, 9)
    np.testing.assert_array_equal(rows, np.argsort(-products, axis=1, kind="stable")[:, :9])
    np.testing.assert_allclose(scores, -np.sort(-products, axis=1)[:, :9], rtol=1e-6)


@pytest.fixture(scope="module")
def matcher():
    pairs, y, _ = make_pairs(X[:600], DIGIT[:600], positives=3000, random_state=0)
    return FrozenEstimator(MaxMarginPairClassifier(C=1e-4, nonpositive=True).fit(pairs, y))


def indices():
    yield None
    faiss = pytest.importorskip("faiss")
    yield faiss.IndexFlatIP
    yield lambda n: faiss.IndexHNSWFlat(n, 32, faiss.METRIC_INNER_PRODUCT)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_nearly_all_of_the_best_are_found(matcher, number):
    make_index = list(indices())[number] if number else None
    exact = DissimilarityRetriever(matcher).index(X[:1500], DIGIT[:1500])
    rough = DissimilarityRetriever(matcher, n_candidates=60, candidate_index=make_index)
    rough.index(X[:1500], DIGIT[:1500])
    expected_scores, expected = exact.search(X[1500:], 10)
    scores, rows = rough.search(X[1500:], 10)
    recall = np.mean([np.isin(a, b).mean() for a, b in zip(expected, rows, strict=True)])
    assert recall > 0.97
    assert abs(rough.recall_ - recall) < 0.03
    same = rows == expected
    np.testing.assert_array_equal(scores[same], expected_scores[same])  # rescored exactly
    rough.add(X[1500:1600], DIGIT[1500:1600]).remove([3])
    assert rough.recall_ > 0.95
    assert not (rough.identities_[rough.search(X[1600:])[1]] == 3).any()


def test_all_candidates_are_an_exact_search(matcher, tmp_path):
    exact = DissimilarityRetriever(matcher).index(X[:500])
    rough = DissimilarityRetriever(matcher, n_candidates=500).index(X[:500])
    assert rough.recall_ == 1.0
    rough.save(tmp_path / "gallery")
    loaded = DissimilarityRetriever(matcher, n_candidates=500).load(tmp_path / "gallery")
    for retriever in (rough, loaded, pickle.loads(pickle.dumps(rough))):
        for a, b in zip(retriever.search(X[500:540]), exact.search(X[500:540]), strict=True):
            np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(
        rough.decision_function(X[500:540]), exact.decision_function(X[500:540])
    )


def test_matchers_that_cannot(matcher):
    pairs, y, _ = make_pairs(X[:100], DIGIT[:100], random_state=0)
    slow = make_pipeline(DichotomyTransformer(), MaxMarginPairClassifier()).fit(pairs, y)
    with pytest.raises(ValueError, match="n_candidates=5 needs a matcher"):
        DissimilarityRetriever(FrozenEstimator(slow), n_candidates=5).index(X[:100])
