import numpy as np
from sklearn.metrics import (
    DetCurveDisplay,
    PrecisionRecallDisplay,
    RocCurveDisplay,
    det_curve,
    precision_recall_curve,
    roc_curve,
)
from sklearn.pipeline import make_pipeline

from sklearn_dissim import (
    MaxMarginPairClassifier,
    PairWhitening,
)


def test_scikit_learns_displays_take_pairs(any_kind):
    X, y, _ = any_kind
    clf = MaxMarginPairClassifier().fit(X, y)
    scores = clf.decision_function(X)

    display = RocCurveDisplay.from_estimator(clf, X, y)
    false, true, _ = roc_curve(y, scores)
    np.testing.assert_array_equal(np.ravel(display.fpr), false)
    np.testing.assert_array_equal(np.ravel(display.tpr), true)

    display = DetCurveDisplay.from_estimator(clf, X, y)
    false, missed, _ = det_curve(y, scores)
    on_curve = set(zip(false.round(12), missed.round(12), strict=True))
    drawn = set(zip(display.fpr.round(12), display.fnr.round(12), strict=True))
    assert len(drawn) > 10
    assert drawn <= on_curve

    display = PrecisionRecallDisplay.from_estimator(clf, X, y)
    precision, recall, _ = precision_recall_curve(y, scores)
    np.testing.assert_array_equal(display.precision, precision)
    np.testing.assert_array_equal(display.recall, recall)


def test_scikit_learns_displays_take_words_as_labels(iris):
    pairs, y, _ = iris
    words = np.array(["different", "same"])[y]
    model = make_pipeline(PairWhitening(), MaxMarginPairClassifier()).fit(pairs, words)
    display = DetCurveDisplay.from_estimator(model, pairs, words)
    assert display.pos_label == "same"
