import numpy as np
import pytest
from matplotlib.colors import to_hex
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_dissim import (
    DichotomyTransformer,
    MaxMarginPairClassifier,
    PairWhitening,
)
from sklearn_dissim.inspection import (
    DissimilaritySpaceDisplay,
)
from sklearn_dissim.inspection._dissimilarity_space_display import score_view
from tests.conftest import convert
from tests.helpers.displays import DIFFERENT, SAME, texts


def fitted(iris, **parameters):
    pairs, y, _ = iris
    return MaxMarginPairClassifier(**parameters).fit(pairs, y), pairs, y


def test_space_shows_each_pair_on_the_side_it_is_put(any_kind):
    X, y, _ = any_kind
    clf = MaxMarginPairClassifier().fit(X, y)
    display = DissimilaritySpaceDisplay.from_estimator(clf, X, y, max_pairs=5000)
    np.testing.assert_allclose(display.points[:, 0], clf.decision_function(X), atol=1e-12)
    np.testing.assert_array_equal(display.same, y == 1)
    assert set(display.boundary_.get_xdata()) == {0}
    np.testing.assert_array_equal(display.same_.get_offsets(), display.points[y == 1])
    np.testing.assert_array_equal(display.different_.get_offsets(), display.points[y == 0])
    assert to_hex(display.same_.get_facecolor()[0]) == SAME
    assert to_hex(display.different_.get_facecolor()[0]) == DIFFERENT


def test_second_axis_is_the_most_variance_at_equal_score():
    rng = np.random.default_rng(0)
    vectors = np.abs(rng.standard_normal((300, 5))) * [1, 1, 4, 1, 1]
    coef = np.array([-2.0, 0, 0, 0, 0])
    points, share = score_view(vectors, coef, 1.0)
    np.testing.assert_allclose(points[:, 0], 1 - 2 * vectors[:, 0])
    beside = vectors[:, 1:]
    variances, directions = np.linalg.eigh(np.cov(beside.T))
    expected = beside @ directions[:, -1]
    np.testing.assert_allclose(np.abs(points[:, 1]), np.abs(expected), rtol=1e-6)
    assert share == pytest.approx(variances[-1] / variances.sum())


def test_second_axis_where_nothing_is_left():
    points, share = score_view(np.array([[1.0], [2.0], [4.0]]), np.array([-0.3]), 0.5)
    np.testing.assert_allclose(points, [[0.2, 0], [-0.1, 0], [-0.7, 0]], atol=1e-15)
    assert share == 1
    points, _ = score_view(np.array([[1.0, 0], [2.0, 0]]), np.zeros(2), 0.5)
    assert points[:, 0].tolist() == [0.5, 0.5]


def test_boundary_of_two_features_is_exact(iris):
    pairs, y, _ = iris
    two = pairs.over(pairs.items[:, 2:])
    clf = MaxMarginPairClassifier().fit(two, y)
    display = DissimilaritySpaceDisplay.from_estimator(clf, two, y, features=[0, 1], max_pairs=5000)
    np.testing.assert_array_equal(display.points, clf.transform(two))
    a, b, c = display.boundary
    assert display.exact
    assert display.boundary_.get_linestyle() == "-"
    on_line = np.array(display.boundary_.get_xy1())
    on_line = [on_line, on_line + np.array([1, display.boundary_.get_slope()])]
    np.testing.assert_allclose(on_line @ clf.coef_[0] + clf.intercept_, 0, atol=1e-9)
    np.testing.assert_allclose(display.points @ [a, b] + c, clf.decision_function(two))


def test_boundary_of_two_of_many_features_says_that_it_is_a_section(iris):
    pairs, y, _ = iris
    frame = convert(pairs, "frame")
    clf = MaxMarginPairClassifier().fit(frame, y)
    display = DissimilaritySpaceDisplay.from_estimator(
        clf, frame, y, features=["f3", "f1"], max_pairs=5000
    )
    vectors = clf.transform(frame)
    np.testing.assert_array_equal(display.points, vectors[:, [3, 1]])
    assert display.axis_names == ("f3", "f1")
    assert display.boundary_.get_linestyle() == "--"
    assert texts(display.legend_)[-1] == "boundary, other features at their means"
    point = vectors.mean(axis=0)
    point[3], point[1] = display.boundary_.get_xy1()
    assert point @ clf.coef_[0] + clf.intercept_[0] == pytest.approx(0, abs=1e-12)


def test_no_boundary_where_both_features_weigh_nothing():
    vectors = np.arange(12.0).reshape(4, 3)
    display = DissimilaritySpaceDisplay.from_predictions(
        vectors, [0, 1, 0, 1], coef=[0, 0, 1.0], intercept=0, features=[0, 1]
    )
    assert display.boundary_ is None


def test_vertical_boundary():
    vectors = np.arange(8.0).reshape(4, 2)
    display = DissimilaritySpaceDisplay.from_predictions(
        vectors, [0, 1, 0, 1], coef=[-2.0, 0], intercept=3, features=[0, 1]
    )
    assert display.boundary_.get_xdata() == [1.5, 1.5]


def test_space_draws_some_of_many_pairs_of_both_labels(iris):
    pairs, y, _ = iris
    model = make_pipeline(PairWhitening(3), MaxMarginPairClassifier()).fit(pairs, y)
    displays = [
        DissimilaritySpaceDisplay.from_estimator(model, pairs, y, max_pairs=100, random_state=seed)
        for seed in (0, 0, 1)
    ]
    assert displays[0].same.sum() == 50
    assert len(displays[0].points) == 100
    np.testing.assert_array_equal(displays[0].points, displays[1].points)
    assert not np.array_equal(displays[0].points, displays[2].points)
    scores = model.decision_function(pairs)
    assert np.isin(displays[0].points[:, 0].round(9), scores.round(9)).all()


def test_space_leaves_global_seeds_alone(iris):
    clf, pairs, y = fitted(iris)
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state is the subject
    DissimilaritySpaceDisplay.from_estimator(clf, pairs, y, max_pairs=10, random_state=0)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002 - as above


def test_space_refuses(iris):
    clf, pairs, y = fitted(iris)
    for features in ([0], [0, 0], [0, 4], ["x1", "x9"], [0, 1, 2]):
        with pytest.raises(ValueError, match="features must be two different numbers below 4"):
            DissimilaritySpaceDisplay.from_estimator(clf, pairs, y, features=features)
    with pytest.raises(ValueError, match="max_pairs must be a whole number of at least 2; got 1"):
        DissimilaritySpaceDisplay.from_estimator(clf, pairs, y, max_pairs=1)
    with pytest.raises(ValueError, match=r"coef must have shape \(2,\)"):
        DissimilaritySpaceDisplay.from_predictions(
            np.eye(2), [0, 1], coef=[1.0], intercept=0, features=[0, 1]
        )
    logistic = make_pipeline(DichotomyTransformer(), LogisticRegression()).fit(pairs, y)
    with pytest.raises(TypeError, match="must be a MaxMarginPairClassifier"):
        DissimilaritySpaceDisplay.from_estimator(logistic, pairs, y)


def test_a_pair_with_a_score_of_exactly_0_lies_on_the_boundary():
    vectors, y = np.array([[0.0], [1.0], [1.0], [3.0]]), [1, 1, 0, 0]
    display = DissimilaritySpaceDisplay.from_predictions(vectors, y, coef=[-1.0], intercept=1.0)
    a, b, c = display.boundary
    assert (display.points @ [a, b] + c).tolist() == [1, 0, 0, -2]
    assert display.boundary_.get_xdata() == [0, 0]
