import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import det_curve
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
    cross_validate,
)
from sklearn.pipeline import make_pipeline

from sklearn_dissim import DichotomyTransformer, MaxMarginPairClassifier
from sklearn_dissim.metrics import (
    ScoreDistributionDisplay,
    equal_error_rate_score,
    equal_error_rate_scorer,
    equal_error_rate_threshold,
    fnmr_at_fmr_score,
    fnmr_at_fmr_scorer,
    tar_at_far_score,
    threshold_at_fmr,
)
from sklearn_dissim.model_selection import PairGroupKFold

METRICS = (
    equal_error_rate_score,
    fnmr_at_fmr_score,
    tar_at_far_score,
    equal_error_rate_threshold,
    threshold_at_fmr,
)


@st.composite
def scored_pairs(draw):
    """Labels, scores with ties, weights."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_pairs = draw(st.integers(2, 40))
    y = rng.permutation(np.arange(n_pairs) % draw(st.integers(2, 5)) == 0).astype(int)
    scores = np.round(rng.standard_normal(n_pairs) + y, draw(st.integers(0, 3)))
    return y, scores, rng.integers(1, 4, n_pairs).astype(float)


def rates_at(y, scores, weights, threshold):
    """Both error rates, counted."""
    passed, same = scores >= threshold, y == 1
    false_match = weights[passed & ~same].sum() / weights[~same].sum()
    return false_match, weights[~passed & same].sum() / weights[same].sum()


def curve(y, scores, weights):
    """Both error rates at each threshold, from all refused to all passed."""
    thresholds = [np.inf, *np.unique(scores)[::-1]]
    return np.array([rates_at(y, scores, weights, t) for t in thresholds]).T, thresholds


@settings(deadline=None)
@given(scored_pairs())
def test_equal_error_rate_is_the_root_of_the_difference(pairs):
    y, scores, weights = pairs
    (false_match, false_non_match), _ = curve(y, scores, weights)
    along = np.arange(len(false_match))  # a parameter of the curve, one a point
    where = brentq(lambda at: np.interp(at, along, false_match - false_non_match), 0, along[-1])
    rate = equal_error_rate_score(y, scores, sample_weight=weights)
    assert rate == pytest.approx(np.interp(where, along, false_match), abs=1e-9)


@settings(deadline=None)
@given(scored_pairs(), st.floats(0, 1))
def test_fnmr_lies_on_the_curve(pairs, fmr):
    y, scores, weights = pairs
    (false_match, false_non_match), _ = curve(y, scores, weights)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        rate = fnmr_at_fmr_score(y, scores, fmr=fmr, sample_weight=weights)
        accepted = tar_at_far_score(y, scores, far=fmr, sample_weight=weights)
    assert accepted == pytest.approx(1 - rate)
    before = np.flatnonzero(false_match <= fmr)[-1]
    if before == len(false_match) - 1:
        assert rate == 0
        return
    ends = slice(before, before + 2)
    expected = np.interp(fmr, false_match[ends], false_non_match[ends])
    assert rate == pytest.approx(expected)


@settings(deadline=None)
@given(scored_pairs(), st.integers(0, 40))
def test_fnmr_at_the_points_of_the_det_curve(pairs, point):
    y, scores, _ = pairs
    false_match, false_non_match, _ = det_curve(y, scores)
    fmr = false_match[point % len(false_match)]
    least = false_non_match[false_match == fmr].min()
    assert fnmr_at_fmr_score(y, scores, fmr=fmr) == pytest.approx(least)


@settings(deadline=None)
@given(scored_pairs(), st.floats(0, 1))
def test_no_lower_threshold_keeps_the_false_match_rate(pairs, fmr):
    y, scores, weights = pairs
    threshold = threshold_at_fmr(y, scores, fmr=fmr, sample_weight=weights)
    assert rates_at(y, scores, weights, threshold)[0] <= fmr
    for lower in np.unique(scores[scores < threshold]):
        assert rates_at(y, scores, weights, lower)[0] > fmr


@settings(deadline=None)
@given(scored_pairs())
def test_no_threshold_has_error_rates_closer_to_each_other(pairs):
    y, scores, weights = pairs
    threshold = equal_error_rate_threshold(y, scores, sample_weight=weights)
    assert threshold in scores
    gap = abs(np.subtract(*rates_at(y, scores, weights, threshold)))
    gaps = [abs(np.subtract(*rates_at(y, scores, weights, other))) for other in scores]
    assert gap == pytest.approx(min(gaps))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@settings(deadline=None)
@given(scored_pairs())
def test_weights_are_repetitions(pairs):
    y, scores, weights = pairs
    often = np.repeat(np.arange(len(y)), weights.astype(int))
    for metric in METRICS:
        weighted = metric(y, scores, sample_weight=weights)
        assert weighted == pytest.approx(metric(y[often], scores[often]))


def test_infinite_threshold_where_every_score_lets_too_many_pass():
    assert threshold_at_fmr([0, 0, 1], [3.0, 1.0, 2.0], fmr=0.1) == np.inf


@pytest.mark.parametrize(("fmr", "warned"), [(0.0, False), (0.019, True), (1 / 49, False)])
def test_a_rate_below_one_pair_of_n_is_said_to_be_too_low(fmr, warned):
    y, scores = np.r_[np.zeros(49), np.ones(10)], np.arange(59.0)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        fnmr_at_fmr_score(y, scores, fmr=fmr)
        tar_at_far_score(y, scores, far=fmr)
    assert len(said) == 2 * warned
    if warned:
        assert "fmr=0.019 cannot be resolved: 49 different pairs" in str(said[0].message)
        assert "far=0.019" in str(said[1].message)
        assert said[0].filename == __file__


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("y", "scores", "weights", "message"),
    [
        ([1, 1], [0.1, 0.2], None, "y_true must hold two labels"),
        ([0, 1, 2], [0.1, 0.2, 0.3], None, "y_true must hold two labels"),
        ([0, 1, 1], [0.1, 0.2, 0.3], [0, 1, 1], "y_true must hold two labels"),
        ([0, 1, np.nan], [0.1, 0.2, 0.3], None, "y_true contains NaN"),
        ([0, 1], [0.1, np.nan], None, "contains NaN"),
        ([0, 1], [0.1, 0.2, 0.3], None, "inconsistent numbers of samples"),
        ([0, 1], [0.1, 0.2], [1, -1], "Negative values"),
        ([0, 1], [0.1, 0.2], [1], "sample_weight"),
    ],
)
def test_bad_input(metric, y, scores, weights, message):
    with pytest.raises(ValueError, match=message):
        metric(y, scores, sample_weight=weights)


@pytest.mark.parametrize("rate", [-0.1, 1.5, np.nan, "low", True])
def test_bad_rates(rate):
    y, scores = [0, 1], [0.1, 0.2]
    with pytest.raises(ValueError, match="fmr must be a number from 0 to 1"):
        fnmr_at_fmr_score(y, scores, fmr=rate)
    with pytest.raises(ValueError, match="far must be a number from 0 to 1"):
        tar_at_far_score(y, scores, far=rate)
    with pytest.raises(ValueError, match="fmr must be a number from 0 to 1"):
        threshold_at_fmr(y, scores, fmr=rate)


def test_scorers_in_a_search_over_pairs(iris):
    pairs, y, groups = iris
    scoring = {"eer": equal_error_rate_scorer, "fnmr": fnmr_at_fmr_scorer}
    search = GridSearchCV(
        MaxMarginPairClassifier(class_weight="balanced"),
        {"C": [1e-4, 1e-2]},
        scoring=scoring,
        refit="eer",
        cv=list(PairGroupKFold(3, shuffle=True, random_state=0).split(pairs, y, groups)),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        results = search.fit(pairs, y).cv_results_
        scores = search.decision_function(pairs)
        assert -fnmr_at_fmr_scorer(search.best_estimator_, pairs, y) == fnmr_at_fmr_score(y, scores)
    assert -equal_error_rate_scorer(search, pairs, y) == equal_error_rate_score(y, scores)
    best = np.argmax(results["mean_test_eer"])
    assert search.best_index_ == best
    assert -0.5 < results["mean_test_eer"][best] < 0


def test_scorers_take_probabilities_where_there_is_no_decision_function(iris):
    from sklearn.ensemble import RandomForestClassifier

    pairs, y, groups = iris
    labels = np.array(["different", "same"])[y]
    model = make_pipeline(
        DichotomyTransformer(), RandomForestClassifier(n_estimators=10, random_state=0)
    )
    scores = cross_validate(
        model,
        pairs,
        labels,
        groups=groups,
        cv=PairGroupKFold(3, shuffle=True, random_state=0),
        scoring=equal_error_rate_scorer,
        error_score="raise",
    )["test_score"]
    assert (scores < 0).all()
    assert (scores > -0.5).all()


def test_thresholds_go_into_fixed_threshold_classifiers(iris):
    pairs, y, _ = iris
    model = MaxMarginPairClassifier(class_weight="balanced").fit(pairs, y)
    scores = model.decision_function(pairs)
    for threshold in (threshold_at_fmr(y, scores, fmr=0.05), equal_error_rate_threshold(y, scores)):
        fixed = FixedThresholdClassifier(
            FrozenEstimator(model), threshold=threshold, response_method="decision_function"
        ).fit(pairs, y)
        np.testing.assert_array_equal(fixed.predict(pairs), scores >= threshold)


def test_the_tuner_finds_the_least_half_total_error(iris):
    pairs, y, _ = iris
    model = make_pipeline(DichotomyTransformer(), LogisticRegression()).fit(pairs, y)
    tuned = TunedThresholdClassifierCV(
        FrozenEstimator(model),
        scoring="balanced_accuracy",
        response_method="decision_function",
        cv="prefit",
        refit=False,
        thresholds=1000,
    ).fit(pairs, y)
    scores, ones = model.decision_function(pairs), np.ones(len(y))
    least = min(np.mean(rates_at(y, scores, ones, t)) for t in np.unique(scores))
    half_total_error = np.mean(rates_at(y, scores, ones, tuned.best_threshold_))
    assert half_total_error == pytest.approx(least, abs=0.002)
    assert 1 - tuned.best_score_ == pytest.approx(half_total_error)


@settings(deadline=None, max_examples=40)
@given(scored_pairs(), st.sampled_from([1 / 3, 0.3, 7.0]))
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_equal_weights_change_nothing(pairs, weight):
    y, scores, _ = pairs
    for metric in METRICS:
        assert metric(y, scores, sample_weight=np.full(len(y), weight)) == metric(y, scores)


def test_a_score_at_the_threshold_is_accepted():
    y, scores = [0, 0, 0, 1, 1, 1], np.array([0.0, 1.0, 1.0, 1.0, 1.0, 2.0])
    threshold = threshold_at_fmr(y, scores, fmr=2 / 3)
    assert threshold == 1.0
    assert rates_at(np.array(y), scores, np.ones(6), threshold) == (2 / 3, 0)
    assert threshold_at_fmr(y, scores, fmr=0.5) == 2.0  # 1.0 would accept both ties
    assert fnmr_at_fmr_score(y, scores, fmr=2 / 3) == 0
    display = ScoreDistributionDisplay.from_predictions(y, scores, threshold=threshold)
    labels = [text.get_text() for text in display.legend_.get_texts()]
    assert labels[0] == "same: 3 pairs, 0.0% called different"
    assert labels[1] == "different: 3 pairs, 66.7% called same"
