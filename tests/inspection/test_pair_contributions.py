import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_dissim import (
    DichotomyTransformer,
    IndexedPairs,
    ItemTransformer,
    MaxMarginPairClassifier,
    PairWhitening,
    make_pairs,
)
from sklearn_dissim.inspection import pair_contributions
from tests.conftest import KINDS, convert


def assert_sums_up(model, pairs, found, atol=1e-12):
    np.testing.assert_allclose(found.scores, model.decision_function(pairs), rtol=0, atol=atol)
    total = found.intercept + found.contributions.sum(axis=1)
    np.testing.assert_array_equal(total, found.scores)
    assert found.contributions.shape == (len(pairs), len(found.feature_names))


def test_hand_solved():
    clf = MaxMarginPairClassifier().fit([[[0.0, 0.0], [1.0, 2.0]], [[0.0, 0.0], [0, 0]]], [0, 1])
    clf.coef_, clf.intercept_ = np.array([[-2.0, 0.5]]), np.array([3.0])
    found = pair_contributions(clf, [[[1.0, 5.0], [4.0, 1.0]]])
    assert found.contributions.tolist() == [[-6.0, 2.0]]
    assert found.feature_names.tolist() == ["x0", "x1"]
    assert (found.intercept, found.scores.tolist()) == (3.0, [-1.0])


@pytest.mark.parametrize("difference", ["absolute", "squared"])
def test_sums_to_the_score_in_every_container(any_kind, difference):
    X, y, _ = any_kind
    clf = MaxMarginPairClassifier(difference=difference).fit(X, y)
    assert_sums_up(clf, X, pair_contributions(clf, X))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(["absolute", "squared"]))
def test_sums_to_the_score_whatever_the_weights(seed, difference):
    rng = np.random.default_rng(seed)
    n_features = rng.integers(1, 30)
    pairs = IndexedPairs(rng.standard_normal((8, n_features)), rng.integers(0, 8, (20, 2)))
    clf = MaxMarginPairClassifier(difference=difference).fit(pairs, np.arange(20) % 2)
    clf.coef_, clf.intercept_ = rng.standard_normal((1, n_features)), rng.standard_normal(1)
    assert_sums_up(clf, pairs, pair_contributions(clf, pairs))


def test_single_precision(iris):
    pairs, y, _ = iris
    pairs = pairs.over(pairs.items.astype(np.float32))
    clf = MaxMarginPairClassifier().fit(pairs, y)
    found = pair_contributions(clf, pairs)
    assert found.contributions.dtype == np.float64
    assert_sums_up(clf, pairs, found, atol=1e-6 * abs(found.contributions).max())


@pytest.mark.parametrize(
    ("steps", "names"),
    [
        ([ItemTransformer(PCA(2))], ["pca0", "pca1"]),
        ([PairWhitening(2)], ["pairwhitening0", "pairwhitening1"]),
        ([ItemTransformer(PCA(2)), DichotomyTransformer()], ["pca0__absolute", "pca1__absolute"]),
        ([DichotomyTransformer("squared"), StandardScaler()], None),
        (["passthrough", ItemTransformer(StandardScaler())], None),
        ([DichotomyTransformer(), FunctionTransformer(np.sqrt)], ["x0", "x1", "x2", "x3"]),
    ],
)
def test_pipelines_name_their_features(iris, steps, names):
    pairs, y, _ = iris
    model = make_pipeline(*steps, MaxMarginPairClassifier()).fit(pairs, y)
    found = pair_contributions(model, pairs)
    assert_sums_up(model, pairs, found)
    assert found.feature_names.tolist() == (names or model[:-1].get_feature_names_out().tolist())


def test_names_of_columns(iris):
    pairs, y, _ = iris
    frame = convert(pairs, "frame")
    clf = MaxMarginPairClassifier().fit(frame, y)
    assert pair_contributions(clf, frame).feature_names.tolist() == ["f0", "f1", "f2", "f3"]
    items = pd.DataFrame(pairs.items, columns=["a", "b", "c", "d"])
    model = make_pipeline(ItemTransformer(StandardScaler()), MaxMarginPairClassifier())
    pairs = pairs.over(items)
    assert pair_contributions(model.fit(pairs, y), pairs).feature_names.tolist() == list("abcd")


def test_searches_frozen_and_nested_models(iris):
    pairs, y, _ = iris
    inner = make_pipeline(PairWhitening(2), MaxMarginPairClassifier())
    search = GridSearchCV(inner, {"maxmarginpairclassifier__C": [0.1, 1.0]}, cv=2).fit(pairs, y)
    outer = make_pipeline(ItemTransformer(StandardScaler()), inner).fit(pairs, y)
    for model in (search, FrozenEstimator(search), outer):
        assert_sums_up(model, pairs, pair_contributions(model, pairs))


def test_backbone(digit_pairs):
    pairs, y, _ = digit_pairs
    flat = pairs.over(pairs.items.reshape(len(pairs.items), -1))
    options = {"max_epochs": 1, "backbone__n_components": 5, "random_state": 0, "device": "cpu"}
    clf = MaxMarginPairClassifier(backbone="linear", **options).fit(flat, y)
    found = pair_contributions(clf, flat)
    assert_sums_up(clf, flat, found, atol=1e-5)
    assert found.feature_names.tolist() == [f"embedding{i}" for i in range(5)]


def test_against_a_reference(iris):
    pairs, y, _ = iris
    clf = MaxMarginPairClassifier().fit(pairs, y)
    usual = pairs[y == 0]
    found = pair_contributions(clf, pairs, reference=usual)
    assert_sums_up(clf, pairs, found)
    assert found.intercept == pytest.approx(clf.decision_function(usual).mean())
    about_itself = pair_contributions(clf, usual, reference=usual)
    np.testing.assert_allclose(about_itself.contributions.mean(axis=0), 0, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_items_with_nonpositive_weights(iris, kind):
    pairs, y, _ = iris
    clf = MaxMarginPairClassifier(nonpositive=True).fit(convert(pairs, kind), y)
    alike = convert(IndexedPairs(pairs.items, [[3, 3]]), kind)
    found = pair_contributions(clf, alike)
    assert not found.contributions.any()
    assert not np.signbit(found.contributions).any()
    assert found.scores == clf.intercept_


def test_refuses_other_models(iris):
    pairs, y, _ = iris
    model = make_pipeline(DichotomyTransformer(), LogisticRegression()).fit(pairs, y)
    with pytest.raises(
        TypeError, match=r"must be a MaxMarginPairClassifier, .* got LogisticRegression"
    ):
        pair_contributions(model, pairs)


def test_images(digits):
    items, identities = digits
    pairs, y, _ = make_pairs(items[:60], identities[:60], positives=80, random_state=0)
    clf = MaxMarginPairClassifier(C=0.01).fit(pairs, y)
    found = pair_contributions(clf, pairs)
    assert_sums_up(clf, pairs, found, atol=1e-6)
    assert len(found.feature_names) == 64
