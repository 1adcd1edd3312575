import numpy as np
import pytest
from matplotlib.colors import to_hex

from sklearn_dissim import (
    MaxMarginPairClassifier,
)
from sklearn_dissim.inspection import (
    PairContributionsDisplay,
    pair_contributions,
)
from tests.helpers.displays import DIFFERENT, SAME


def fitted(iris, **parameters):
    pairs, y, _ = iris
    return MaxMarginPairClassifier(**parameters).fit(pairs, y), pairs, y


def test_bars_are_the_contributions_largest_first(iris):
    clf, pairs, _ = fitted(iris)
    explanation = pair_contributions(clf, pairs)
    display = PairContributionsDisplay.from_estimator(clf, pairs, pair=5)
    values = [bar.get_width() for bar in display.bars_]
    order = np.argsort(-abs(explanation.contributions[5]))
    np.testing.assert_array_equal(
        values, [*explanation.contributions[5][order], explanation.intercept]
    )
    assert sum(values) == pytest.approx(clf.decision_function(pairs[5:6])[0])
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == [*(f"x{i}" for i in order), "intercept"]
    colors = [to_hex(bar.get_facecolor()) for bar in display.bars_]
    assert colors[:-1] == [SAME if value > 0 else DIFFERENT for value in values[:-1]]
    assert display.ax_.yaxis_inverted()


def test_other_features_share_a_bar():
    display = PairContributionsDisplay(
        contributions=np.array([0.5, -3.0, 0.25, 2.0]),
        feature_names=["a", "b", "c", "d"],
        intercept=1.0,
        name="two towns",
    ).plot(max_features=2)
    assert [bar.get_width() for bar in display.bars_] == [-3, 2, 0.75, 1]
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == ["b", "d", "2 other features", "intercept"]
    assert display.ax_.get_title() == "two towns, score +0.75: same"


def test_contributions_of_any_pairs(any_kind):
    X, y, _ = any_kind
    clf = MaxMarginPairClassifier().fit(X, y)
    display = PairContributionsDisplay.from_estimator(clf, X, pair=2, reference=X)
    assert display.intercept == pytest.approx(clf.decision_function(X).mean())
    total = sum(bar.get_width() for bar in display.bars_)
    assert total == pytest.approx(clf.decision_function(X)[2])


def test_contributions_refuse_a_pair_that_is_not_there(iris):
    clf, pairs, _ = fitted(iris)
    with pytest.raises(IndexError, match="pair must be a whole number from 0 to 899; got 900"):
        PairContributionsDisplay.from_estimator(clf, pairs, pair=900)


def test_a_score_of_exactly_0_is_called_same():
    display = PairContributionsDisplay(
        contributions=np.array([-1.5, -0.5]), feature_names=["a", "b"], intercept=2.0
    ).plot()
    assert display.ax_.get_title() == "score +0: same"


def test_bars_are_counted_in_whole_numbers():
    display = PairContributionsDisplay(
        contributions=np.array([-1.5, -0.5]), feature_names=["a", "b"], intercept=2.0
    )
    with pytest.raises(ValueError, match="max_features must be a whole number of at least 0"):
        display.plot(max_features=-1)
    display.plot(max_features=0)
    assert [bar.get_width() for bar in display.bars_] == [-2, 2]
