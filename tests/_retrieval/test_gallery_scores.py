"""Ranks counted in blocks of a gallery, against those in the matrix of all scores."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline

from sklearn_dissim import (
    DichotomyTransformer,
    DissimilarityRetriever,
    IndexedPairs,
    MaxMarginPairClassifier,
    make_pairs,
)
from sklearn_dissim._retrieval import gallery_scores as gallery_scores_module
from sklearn_dissim.metrics import (
    average_precision,
    cmc_curve,
    leave_one_out_mean_average_precision_scorer,
    leave_one_out_rank1_scorer,
    mean_average_precision_score,
    mean_inverse_negative_penalty_score,
)

DIGITS, DIGIT = load_digits(return_X_y=True)


def fitted(difference="absolute"):
    rng = np.random.default_rng(0)
    names = np.repeat(np.arange(30), 4)
    items = rng.integers(-3, 4, (30, 6))[names] + rng.integers(-1, 2, (120, 6))
    pairs, y, _ = make_pairs(items.astype(float), names, random_state=0)
    return MaxMarginPairClassifier(difference=difference).fit(pairs, y)


def exact_matrix(difference, queries, gallery):
    """Scores of all pairs, by the classifier itself."""
    left, right = np.indices((len(queries), len(gallery))).reshape(2, -1)
    indices = np.stack([left, len(queries) + right], axis=1)
    pairs = IndexedPairs(np.concatenate([queries, gallery]), indices)
    return MATCHERS[difference].decision_function(pairs).reshape(len(queries), -1)


MATCHERS = {difference: fitted(difference) for difference in ("absolute", "squared")}


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 10_000), st.sampled_from(sorted(MATCHERS)), st.integers(1, 3), st.booleans(),
    st.sampled_from([1, 3, 4096]),
)  # fmt: skip
def test_average_precision_of_whole_numbers(seed, difference, n_parts, grouped, n_at_once):
    """Small whole numbers tie; parts are added one by one; identity -1 is ignored."""
    rng = np.random.default_rng(seed)
    parts = [rng.integers(-3, 4, (rng.integers(1, 30), 6)).astype(float) for _ in range(n_parts)]
    names = [np.append(rng.integers(-1, 4, len(part) - 1), 1) for part in parts]
    queries, wanted = rng.integers(-3, 4, (7, 6)).astype(float), rng.integers(-1, 4, 7)
    wanted[0] = 1
    retriever = DissimilarityRetriever(FrozenEstimator(MATCHERS[difference]))
    retriever.index(parts[0], names[0])
    for part, of_part in zip(parts[1:], names[1:], strict=True):
        retriever.add(part, of_part)
    groups = {}
    if grouped:
        cameras = rng.integers(0, 2, len(retriever.identities_))
        groups = {"query_groups": np.zeros(7), "gallery_groups": np.append(cameras[:-1], 1)}
    about = wanted, retriever.identities_
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gallery_scores_module, "_QUERIES", n_at_once)
        scores = retriever.gallery_scores(queries)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            counted = average_precision(scores, *about, **groups)
            matrix = exact_matrix(difference, queries, np.concatenate(parts))
            expected = average_precision(matrix, *about, **groups)
    np.testing.assert_array_equal(counted, expected)


@pytest.mark.parametrize("device", ["cpu", "torch"])
def test_each_item_in_turn_as_the_query(device, monkeypatch):
    if device == "torch":
        monkeypatch.setattr("sklearn_dissim._kernels.has_numba", lambda: False)
    retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-4), random_state=0)
    scores = retriever.fit(DIGITS[:400], DIGIT[:400]).gallery_scores()
    assert scores.shape == (400, 400)
    matrix = np.asarray(scores, dtype=np.float64)
    for metric in (mean_average_precision_score, mean_inverse_negative_penalty_score):
        assert metric(scores, DIGIT[:400]) == pytest.approx(metric(matrix, DIGIT[:400]), abs=1e-6)
    curve, expected = (cmc_curve(s, DIGIT[:400], max_rank=5) for s in (scores, matrix))
    np.testing.assert_allclose(curve, expected)


def test_a_classifier_that_scores_pair_by_pair(monkeypatch):
    monkeypatch.setattr(gallery_scores_module, "_SCORES", 1000)
    pairs, y, _ = make_pairs(DIGITS[:200], DIGIT[:200], random_state=0)
    matcher = make_pipeline(DichotomyTransformer(), LogisticRegression(C=1e-3)).fit(pairs, y)
    retriever = DissimilarityRetriever(FrozenEstimator(matcher)).index(DIGITS[:90], DIGIT[:90])
    scores = retriever.gallery_scores(DIGITS[100:130])
    about = DIGIT[100:130], DIGIT[:90]
    matrix = np.asarray(scores)
    assert matrix.shape == (30, 90)
    np.testing.assert_allclose(average_precision(scores, *about), average_precision(matrix, *about))


def test_ranks_are_kept_for_the_next_metric(monkeypatch):
    retriever = DissimilarityRetriever(FrozenEstimator(MATCHERS["absolute"]))
    rng = np.random.default_rng(0)
    items, names = rng.normal(size=(50, 6)), np.arange(50) % 5
    scores = retriever.index(items, names).gallery_scores(items[:9] + 0.1)
    first = average_precision(scores, names[:9], names)
    monkeypatch.setattr(scores, "_queries", None)  # would fail if it were used
    np.testing.assert_array_equal(average_precision(scores, names[:9], names), first)
    with pytest.raises(TypeError):
        average_precision(scores, names[:9], names[::-1])


def test_no_copy_is_refused():
    scores = DissimilarityRetriever(FrozenEstimator(MATCHERS["absolute"])).index(np.eye(6))
    with pytest.raises(ValueError, match="become an array only by computing"):
        np.asarray(scores.gallery_scores(), copy=False)


def test_leave_one_out_scorer_is_the_metric_of_the_held_out_gallery():
    retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-4), random_state=0)
    retriever.fit(DIGITS[:400], DIGIT[:400])
    X, y = DIGITS[400:500], DIGIT[400:500].copy()
    y[0] = 77  # alone: in the gallery, no query
    matrix = np.asarray(
        DissimilarityRetriever(FrozenEstimator(retriever.matcher_)).index(X).gallery_scores()
    )
    with pytest.warns(UndefinedMetricWarning, match="1 of 100 queries"):
        expected = mean_average_precision_score(matrix, y)
    found = leave_one_out_mean_average_precision_scorer(retriever, X, y)
    assert found == pytest.approx(expected, abs=1e-6)
    assert len(retriever.identities_) == 400
    with pytest.raises(ValueError, match="y must hold some identity twice"):
        leave_one_out_mean_average_precision_scorer(retriever, X[:3], [1, 2, 3])


@pytest.mark.parametrize("difference", ["absolute", "squared"])
def test_identities_of_many_items(difference, monkeypatch):
    monkeypatch.setattr(gallery_scores_module, "_PAIRS", 5000)
    rng = np.random.default_rng(0)
    items = rng.integers(-3, 4, (1500, 6)).astype(float)  # which tie
    items[::2] += rng.normal(size=(750, 6))
    names = rng.integers(0, 2, 1500)
    retriever = DissimilarityRetriever(FrozenEstimator(MATCHERS[difference])).index(items, names)
    scores = retriever.gallery_scores(items[:40])
    exact = MATCHERS[difference]
    left, right = np.indices((40, 1500)).reshape(2, -1)
    matrix = exact.decision_function(IndexedPairs(items, np.stack([left, right], 1)))
    found = average_precision(scores, names[:40], names)
    np.testing.assert_allclose(
        found, average_precision(matrix.reshape(40, 1500), names[:40], names)
    )


def test_scorers_take_what_a_retriever_is_wrapped_in():
    search = GridSearchCV(
        DissimilarityRetriever(MaxMarginPairClassifier(), random_state=0),
        {"matcher__C": [1e-4, 1e-2]},
        cv=GroupKFold(3),
        scoring=leave_one_out_mean_average_precision_scorer,
    ).fit(DIGITS[:300], DIGIT[:300], groups=DIGIT[:300])
    about = DIGITS[300:400], DIGIT[300:400]
    inside = leave_one_out_mean_average_precision_scorer(search.best_estimator_, *about)
    assert leave_one_out_mean_average_precision_scorer(search, *about) == inside
    with pytest.raises(TypeError, match="must be a DissimilarityRetriever"):
        leave_one_out_rank1_scorer(MATCHERS["absolute"], *about)


def test_rank_1_counts_ties_against_the_retriever():
    retriever = DissimilarityRetriever(FrozenEstimator(MATCHERS["absolute"]))
    assert leave_one_out_rank1_scorer(retriever, np.zeros((6, 6)), [0, 1, 0, 1, 0, 1]) == 0.0
    unknown = [0, 0, -1, -1, 1, 2]
    assert leave_one_out_rank1_scorer(retriever, np.eye(6) * [0, 0, 1, 2, 3, 4], unknown) == 1.0
