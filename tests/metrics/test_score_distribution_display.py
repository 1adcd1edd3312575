import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.calibration import CalibratedClassifierCV

from sklearn_dissim import (
    MaxMarginPairClassifier,
)
from sklearn_dissim.metrics import (
    ScoreDistributionDisplay,
    equal_error_rate_score,
    threshold_at_fmr,
)
from tests.helpers.displays import texts


def fitted(iris, **parameters):
    pairs, y, _ = iris
    return MaxMarginPairClassifier(**parameters).fit(pairs, y), pairs, y


def top_of_data_and_bottom_of_legend(display, top):
    display.figure_.canvas.draw()
    legend = display.legend_.get_window_extent()
    return display.ax_.transData.transform((0, top))[1], legend.y0


def test_score_distribution_counts_its_pairs():
    y, scores = [0, 0, 0, 0, 1, 1], [-2.5, -1.5, -1.4, 1.5, 0.5, 2.5]
    display = ScoreDistributionDisplay.from_predictions(
        y, scores, threshold=1.0, bins=[-3, -2, -1, 0, 1, 2, 3]
    )
    assert display.different_.get_data().values.tolist() == [0.25, 0.5, 0, 0, 0.25, 0]
    assert display.same_.get_data().values.tolist() == [0, 0, 0, 0.5, 0, 0.5]
    assert display.threshold_line_.get_xdata() == [1.0, 1.0]
    assert texts(display.legend_) == [
        "same: 2 pairs, 50.0% called different",
        "different: 4 pairs, 25.0% called same",
        "threshold 1",
    ]
    assert display.equal_error_rate == equal_error_rate_score(y, scores)


def test_score_distribution_counts_as_the_thresholds_of_metrics_do():
    y, scores = [0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 6, 4, 5, 7, 8]
    threshold = threshold_at_fmr(y, scores, fmr=0.25)
    display = ScoreDistributionDisplay.from_predictions(y, scores, threshold=threshold)
    assert texts(display.legend_)[:2] == [
        "same: 4 pairs, 0.0% called different",
        "different: 4 pairs, 25.0% called same",
    ]


def test_score_distribution_of_any_pairs(any_kind):
    X, y, _ = any_kind
    clf = MaxMarginPairClassifier().fit(X, y)
    display = ScoreDistributionDisplay.from_estimator(clf, X, y)
    scores = clf.decision_function(X)
    np.testing.assert_array_equal(display.same_scores, scores[y == 1])
    np.testing.assert_array_equal(display.different_scores, scores[y == 0])
    assert display.threshold == 0
    called_same = f"{np.mean(clf.predict(X)[y == 0] == 1):.1%} called same"
    assert called_same in texts(display.legend_)[1]
    rate = f"equal error rate {equal_error_rate_score(y, scores):.1%}"
    assert display.legend_.get_title().get_text() == f"MaxMarginPairClassifier: {rate}"


def test_score_distribution_of_probabilities(iris):
    pairs, y, _ = iris
    model = CalibratedClassifierCV(MaxMarginPairClassifier(), cv=2).fit(pairs, y)
    display = ScoreDistributionDisplay.from_estimator(model, pairs, y, name="calibrated")
    assert display.threshold == 0.5
    np.testing.assert_array_equal(display.same_scores, model.predict_proba(pairs)[y == 1, 1])


def test_score_distribution_without_threshold_on_given_axes():
    ax = plt.subplots()[1]
    labels = np.array(["different", "same"])
    display = ScoreDistributionDisplay.from_predictions(labels[[0, 1, 0, 1]], [1, 2, 3, 4], ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert display.threshold_line_ is None
    assert texts(display.legend_) == ["same: 2 pairs", "different: 2 pairs"]
    assert display.same_scores.tolist() == [2, 4]


def test_the_legend_lies_above_the_histograms(iris):
    display = ScoreDistributionDisplay.from_estimator(*fitted(iris))
    highest = max(display.same_.get_data().values.max(), display.different_.get_data().values.max())
    top, legend = top_of_data_and_bottom_of_legend(display, highest)
    assert top < legend


def test_score_distribution_refuses():
    with pytest.raises(ValueError, match="y_score contains NaN"):
        ScoreDistributionDisplay.from_predictions([0, 1], [0.0, np.nan])
    with pytest.raises(ValueError, match="y must hold both labels"):
        ScoreDistributionDisplay.from_predictions([1, 1], [0.0, 1.0])
