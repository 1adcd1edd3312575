import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
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
    DichotomyTransformer,
    DissimilarityRetriever,
    MaxMarginPairClassifier,
    PairWhitening,
)
from sklearn_dissim.inspection import (
    DissimilaritySpaceDisplay,
    PairContributionsDisplay,
    pair_contributions,
)
from sklearn_dissim.inspection._dissimilarity_space_display import score_view
from sklearn_dissim.metrics import (
    CMCDisplay,
    RankedGalleryDisplay,
    ScoreDistributionDisplay,
    cmc_curve,
    equal_error_rate_score,
    threshold_at_fmr,
)
from tests.conftest import convert

SAME, DIFFERENT = "#0072b2", "#d55e00"


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def fitted(iris, **parameters):
    pairs, y, _ = iris
    return MaxMarginPairClassifier(**parameters).fit(pairs, y), pairs, y


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]


def top_of_data_and_bottom_of_legend(display, top):
    display.figure_.canvas.draw()
    legend = display.legend_.get_window_extent()
    return display.ax_.transData.transform((0, top))[1], legend.y0


# Scores


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


# The dissimilarity space


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


# Contributions


def test_bars_are_the_contributions_largest_first(iris):
    clf, pairs, _ = fitted(iris)
    found = pair_contributions(clf, pairs)
    display = PairContributionsDisplay.from_estimator(clf, pairs, pair=5)
    values = [bar.get_width() for bar in display.bars_]
    order = np.argsort(-abs(found.contributions[5]))
    np.testing.assert_array_equal(values, [*found.contributions[5][order], found.intercept])
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


# Rankings


@pytest.fixture(scope="module")
def retrieval(digits):
    images, identities = digits
    X = images.reshape(len(images), -1)
    retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-3), random_state=0)
    retriever.fit(X[:200], identities[:200])
    return retriever, X, images, identities


def test_ranked_gallery_shows_what_search_finds(retrieval):
    retriever, X, images, identities = retrieval
    queries = slice(200, 204)
    display = RankedGalleryDisplay.from_estimator(
        retriever,
        X[queries],
        identities[queries],
        gallery_items=images[:200],
        query_items=images[queries],
        k=5,
    )
    _, rows = retriever.search(X[queries], 5)
    np.testing.assert_array_equal(display.rows, rows)
    assert len(display.query_drawings_) == 4
    assert [len(drawn) for drawn in display.gallery_drawings_] == [5] * 4
    assert len(display.ax_.images) == 24
    right = identities[rows] == identities[queries, np.newaxis]
    for line in range(4):
        shown = display.query_drawings_[line].get_array()
        np.testing.assert_array_equal(shown, images[200 + line, 0])
        for place in range(5):
            shown = display.gallery_drawings_[line][place].get_array()
            np.testing.assert_array_equal(shown, images[rows[line, place], 0])
            frame = display.frames_[line][place]
            good = right[line, place]
            assert to_hex(frame.get_edgecolor()) == (SAME if good else DIFFERENT)
            assert (frame.get_linestyle() == "-") == good
    assert right.any()


def test_ranked_gallery_draws_queries_at_random(retrieval):
    retriever, X, images, identities = retrieval
    display = RankedGalleryDisplay.from_estimator(
        retriever, X[200:], identities[200:], gallery_items=images[:200], n_queries=3,
        query_items=images[200:], random_state=0, name="digits",
    )  # fmt: skip
    rows = np.sort(np.random.RandomState(0).permutation(280)[:3])
    np.testing.assert_array_equal(display.query_items, images[200:][rows])
    assert display.ax_.get_title() == "digits"


SCORES = [[0.9, 0.8, 0.7, 0.6, 0.5]]
GALLERY = ["ann", "bob", "ann", "cleo", "ann"]


def test_ranked_gallery_leaves_out_what_a_query_ignores():
    drawn = {"query_items": np.zeros((1, 3)), "gallery_items": np.ones((5, 3))}
    display = RankedGalleryDisplay.from_predictions(
        SCORES, ["ann"], GALLERY, **drawn, k=3,
        query_groups=[1], gallery_groups=[1, 1, 2, 2, 2],
    )  # fmt: skip
    assert display.rows.tolist() == [[1, 2, 3]]
    assert display.relevant.tolist() == [[False, True, False]]
    display = RankedGalleryDisplay.from_predictions(SCORES, [1], [1, -1, 2, 1, -1], **drawn, k=4)
    assert display.rows.tolist() == [[0, 2, 3, -1]]
    assert [len(frames) for frames in display.frames_] == [3]


def test_ranked_gallery_of_queries_among_themselves():
    scores = [[9, 1, 2], [1, 9, 3], [2, 3, 9]]
    display = RankedGalleryDisplay.from_predictions(
        scores, ["a", "b", "b"], query_items=np.eye(3), k=2
    )
    assert display.rows.tolist() == [[2, 1], [2, 0], [1, 0]]
    assert display.relevant.tolist() == [[False, False], [True, False], [True, False]]


def test_ranked_gallery_searches_further_for_what_is_ignored(retrieval):
    retriever, X, images, identities = retrieval
    number = np.arange(200)
    display = RankedGalleryDisplay.from_estimator(
        retriever, X[:200], identities[:200], gallery_items=images[:200],
        query_items=images[:200], query_groups=number, gallery_groups=number,
        k=4, n_queries=200,
    )  # fmt: skip
    np.testing.assert_array_equal(
        display.rows, retriever.kneighbors(n_neighbors=4, return_distance=False)
    )


def test_coloured_images_in_either_layout():
    rng = np.random.default_rng(0)
    last = rng.random((5, 6, 7, 3)) * 3 - 1
    by_layout = [
        RankedGalleryDisplay.from_predictions(
            SCORES, ["ann"], GALLERY, query_items=images[:1], gallery_items=images, k=2
        )
        for images in (last, np.moveaxis(last, 3, 1))
    ]
    for display in by_layout:
        shown = display.gallery_drawings_[0][1].get_array()
        low, high = last[:2].min(), last[:2].max()
        np.testing.assert_allclose(shown, (last[1] - low) / (high - low))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_records_are_drawn_as_text(frame):
    people = frame({"name": ["Ann", "Bob", "Anna", "Cleo", "A. " * 20], "age": [1, 2, 3, 4, 5]})
    display = RankedGalleryDisplay.from_predictions(
        SCORES, ["ann"], GALLERY, query_items=people[:1], gallery_items=people, k=5
    )
    drawn = [artist.get_text() for artist in display.gallery_drawings_[0]]
    assert drawn[:2] == ["name: Ann\nage: 1", "name: Bob\nage: 2"]
    assert drawn[4] == "name: A. A. A. A. A. A.…\nage: 5"


def test_texts_and_vectors():
    words = ["alpha", "beta", "gamma", "delta", "one two three four five six seven eight nine"]
    display = RankedGalleryDisplay.from_predictions(
        SCORES, ["ann"], GALLERY, query_items=["query"], gallery_items=words, k=5
    )
    assert display.query_drawings_[0].get_text() == "query"
    drawn = [artist.get_text() for artist in display.gallery_drawings_[0]]
    assert drawn[3:] == ["delta", "one two three four five\nsix seven eight nine"]

    vectors = np.array([[0.0, 2], [1, -2], [0, 0], [0, 0], [0, 0]])
    display = RankedGalleryDisplay.from_predictions(
        SCORES, ["ann"], GALLERY, query_items=vectors[:1], gallery_items=vectors, k=2
    )
    bars = display.gallery_drawings_[0][1].get_paths()[0].get_extents()
    frame = display.frames_[0][1].get_bbox()
    # From -2, the lowest of all, to 1 where 2 is the highest.
    assert bars.y0 == pytest.approx(frame.y0)
    assert (bars.y1 - frame.y0) / frame.height == pytest.approx(0.75)


def test_ranked_gallery_refuses(retrieval):
    retriever, X, images, identities = retrieval
    about = {"gallery_items": images[:200], "query_items": images[200:]}
    queries = X[200:], identities[200:]
    for change, message in (
        ({"gallery_items": images[:7]}, "gallery_items must be 200, as many as items in the galle"),
        ({"query_items": images[:7]}, "query_items must be 280, as many as queries; got 7"),
        ({"k": 0}, "k must be a whole number of at least 1; got 0"),
        ({"n_queries": 1.5}, "n_queries must be a whole number of at least 1; got 1.5"),
        ({"query_groups": np.arange(280)}, "gallery_groups must be given too"),
    ):
        with pytest.raises(ValueError, match=message):
            RankedGalleryDisplay.from_estimator(retriever, *queries, **about | change)
    with pytest.raises(TypeError, match="identities must all be of one type"):
        RankedGalleryDisplay.from_predictions(SCORES, [1], GALLERY, query_items=X[:1])
    with pytest.raises(ValueError, match="gallery_identities must be given"):
        RankedGalleryDisplay.from_predictions(SCORES, ["a"], query_items=X[:1])


# Curves


def test_cmc_of_a_retriever(retrieval):
    retriever, X, _, identities = retrieval
    display = CMCDisplay.from_estimator(retriever, X[200:], identities[200:], max_rank=7)
    _, rows = retriever.search(X[200:], 7)
    found = identities[rows] == identities[200:, np.newaxis]
    expected = np.maximum.accumulate(found, axis=1).mean(axis=0)
    np.testing.assert_allclose(display.line_.get_ydata(), expected)
    assert display.line_.get_xdata().tolist() == [1, 2, 3, 4, 5, 6, 7]
    label = f"DissimilarityRetriever, rank 1: {expected[0]:.1%}"
    assert display.line_.get_label() == label


def test_cmc_ends_with_the_gallery_and_shares_axes():
    queries = ["ann", "bob"]
    scores = [*SCORES, [0.1, 0.2, 0.3, 0.4, 0.5]]
    first = CMCDisplay.from_predictions(scores, queries, GALLERY)
    second = CMCDisplay.from_predictions(scores, queries, GALLERY, name="again", ax=first.ax_)
    np.testing.assert_array_equal(first.line_.get_ydata(), cmc_curve(scores, queries, GALLERY))
    assert first.line_.get_ydata().tolist() == [0.5, 0.5, 0.5, 1, 1]
    assert first.line_.get_marker() != second.line_.get_marker()
    assert texts(second.ax_.get_legend()) == ["rank 1: 50.0%", "again, rank 1: 50.0%"]


def test_cmc_ignores_groups(retrieval):
    retriever, X, _, identities = retrieval
    number = np.arange(200)
    display = CMCDisplay.from_estimator(
        retriever, X[:200], identities[:200], query_groups=number, gallery_groups=number
    )
    nearest = retriever.kneighbors(n_neighbors=1, return_distance=False)[:, 0]
    assert display.cmc[0] == np.mean(identities[nearest] == identities[:200])


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


def test_without_matplotlib(monkeypatch):
    for name in ("matplotlib", "matplotlib.pyplot"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"CMCDisplay.plot needs matplotlib; .*\[plots\]"):
        CMCDisplay(cmc=np.ones(3)).plot()
