import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import RFE, SelectFromModel

from sklearn_dissim import DichotomyTransformer, IndexedPairs, MaxMarginPairClassifier
from tests.conftest import KINDS, convert


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_all_four_kinds_give_the_same_classifier(iris, loss):
    pairs, y, _ = iris
    fitted = [
        MaxMarginPairClassifier(loss=loss, tol=1e-9).fit(convert(pairs, kind), y) for kind in KINDS
    ]
    for kind, clf in zip(KINDS, fitted, strict=True):
        np.testing.assert_allclose(clf.coef_, fitted[0].coef_, atol=1e-4)
        assert clf.n_features_in_ == 4
        scores = clf.decision_function(convert(pairs, kind))
        np.testing.assert_allclose(scores, fitted[0].decision_function(pairs), atol=1e-3)


@pytest.mark.parametrize(
    "labels", [(0, 1), (-1, 1), (False, True), ("different", "same"), (2, 7)], ids=str
)
def test_speaks_the_users_labels(iris, labels):
    pairs, y, _ = iris
    plain = MaxMarginPairClassifier().fit(pairs, y)
    clf = MaxMarginPairClassifier().fit(pairs, np.array(labels)[y])
    np.testing.assert_array_equal(clf.classes_, labels)
    np.testing.assert_array_equal(clf.predict(pairs), np.array(labels)[plain.predict(pairs)])
    np.testing.assert_array_equal(clf.coef_, plain.coef_)


def test_order_of_the_sides_does_not_matter(iris):
    pairs, y, _ = iris
    clf = MaxMarginPairClassifier().fit(pairs, y)
    swapped = IndexedPairs(pairs.items, pairs.indices[:, ::-1])
    np.testing.assert_allclose(clf.decision_function(swapped), clf.decision_function(pairs))


def test_twice_the_weight_is_twice_the_pair(iris):
    pairs, y, _ = iris
    weights = np.arange(len(y)) % 3
    repeated = np.repeat(np.arange(len(y)), weights)
    weighted = MaxMarginPairClassifier(tol=1e-12).fit(pairs, y, sample_weight=weights)
    plain = MaxMarginPairClassifier(tol=1e-12).fit(pairs[repeated], y[repeated])
    np.testing.assert_allclose(weighted.coef_, plain.coef_, atol=1e-5)


def test_automatic_cost_knows_neither_the_unit_nor_the_number_of_pairs(iris):
    pairs, y, _ = iris
    scores = MaxMarginPairClassifier(tol=1e-12).fit(pairs, y).decision_function(pairs)
    larger = pairs.over(1e3 * pairs.items)
    rescaled = MaxMarginPairClassifier(tol=1e-12).fit(larger, y)
    np.testing.assert_allclose(rescaled.decision_function(larger), scores, atol=1e-4)
    thrice = np.tile(np.arange(len(y)), 3)
    repeated = MaxMarginPairClassifier(tol=1e-12).fit(pairs[thrice], y[thrice])
    np.testing.assert_allclose(repeated.decision_function(pairs), scores, atol=1e-4)
    mean = np.abs(np.diff(pairs.items[pairs.indices], axis=1)).mean()
    C = 200 / (4 * mean**2 * len(y))
    by_hand = MaxMarginPairClassifier(C, tol=1e-12).fit(pairs, y)
    np.testing.assert_allclose(by_hand.decision_function(pairs), scores, atol=1e-4)
    assert by_hand.C_ == C
    assert pytest.approx(C / 3) == repeated.C_


@pytest.mark.parametrize("unit", [1e-8, 1e3, 1e8])
@pytest.mark.parametrize("shrink_to", ["zero", "equal"])
@pytest.mark.parametrize("difference", ["absolute", "squared"])
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_the_unit_of_the_features_does_not_matter(iris, unit, shrink_to, difference, loss):
    pairs, y, _ = iris
    clf = MaxMarginPairClassifier(loss=loss, difference=difference, shrink_to=shrink_to, tol=1e-9)
    scores = clf.fit(pairs, y).decision_function(pairs)
    objective, other = clf.objective_ / clf.C_, pairs.over(unit * pairs.items)
    rescaled = clf.fit(other, y).decision_function(other)
    np.testing.assert_allclose(rescaled, scores, atol=1e-4)
    assert clf.objective_ / clf.C_ == pytest.approx(objective, rel=1e-8)
    assert clf.dual_gap_ <= clf.tol * clf.objective_


def test_class_weights(iris):
    pairs, y, _ = iris
    balanced = MaxMarginPairClassifier(class_weight="balanced").fit(pairs, y)
    counts = np.bincount(y)
    by_hand = MaxMarginPairClassifier().fit(pairs, y, sample_weight=len(y) / (2 * counts)[y])
    np.testing.assert_allclose(balanced.coef_, by_hand.coef_, rtol=1e-6)
    named = MaxMarginPairClassifier(class_weight={"different": 0.1, "same": 3.0})
    named.fit(pairs, np.array(["different", "same"])[y])
    assert (named.predict(pairs) == "same").mean() > balanced.predict(pairs).mean()


@pytest.mark.parametrize(("difference", "metric"), [("absolute", 1), ("squared", 2)])
def test_shrunk_to_equal_weights_a_small_cost_ranks_as_the_plain_distance(iris, difference, metric):
    pairs, y, _ = iris
    options = {"difference": difference, "shrink_to": "equal"}
    scores = MaxMarginPairClassifier(1e-12, **options).fit(pairs, y).decision_function(pairs)
    left, right = pairs.items[pairs.indices].transpose(1, 0, 2)
    distances = np.sum(abs(left - right) ** metric, axis=1)
    slope, intercept = np.polyfit(distances, scores, 1)
    assert slope < 0
    np.testing.assert_allclose(scores, slope * distances + intercept, atol=1e-6)
    free = MaxMarginPairClassifier(1.0, **options).fit(pairs, y)
    assert np.ptp(free.coef_) > 0.1 * abs(free.coef_).max()


def test_margin_scales_the_weights(iris):
    pairs, y, _ = iris
    one = MaxMarginPairClassifier(1.0, tol=1e-9).fit(pairs, y)
    three = MaxMarginPairClassifier(3.0, margin=3.0, tol=1e-9).fit(pairs, y)
    np.testing.assert_allclose(three.coef_, 3 * one.coef_, rtol=1e-3)


def test_fits_are_the_same_bit_for_bit_and_leave_the_input_alone(any_kind):
    X, y, _ = any_kind
    before = pickle.dumps(X)
    state = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state is the subject
    first, second = (MaxMarginPairClassifier().fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(first.coef_, second.coef_)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002 - as above
    assert pickle.dumps(X) == before


def test_images_are_flattened(images):
    y = np.arange(12) % 2
    clf = MaxMarginPairClassifier().fit(images, y)
    assert clf.coef_.shape == (1, 20)
    np.testing.assert_allclose(
        clf.decision_function(np.asarray(images)), clf.decision_function(images)
    )


def test_items_no_pair_uses_may_be_missing(iris):
    pairs, y, _ = iris
    items = np.vstack([pairs.items, np.full((1, 4), np.nan)])
    more = IndexedPairs(items, pairs.indices)
    np.testing.assert_array_equal(
        MaxMarginPairClassifier().fit(more, y).coef_,
        MaxMarginPairClassifier().fit(pairs, y).coef_,
    )


def test_pickle_and_clone(any_kind):
    X, y, _ = any_kind
    clf = MaxMarginPairClassifier(0.5, max_norm=1.0).fit(X, y)
    again = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(again.predict(X), clf.predict(X))
    assert not hasattr(clone(clf), "coef_")
    assert clone(clf).get_params() == clf.get_params()


def test_not_fitted(iris):
    with pytest.raises(NotFittedError):
        MaxMarginPairClassifier().predict(iris[0])


def test_no_probabilities_are_made_up():
    assert not hasattr(MaxMarginPairClassifier(), "predict_proba")


def test_selects_features_of_dissimilarity_vectors(iris):
    vectors = DichotomyTransformer().fit_transform(iris[0])
    for selector in (SelectFromModel, RFE):
        assert selector(MaxMarginPairClassifier()).fit(vectors, iris[1]).get_support().any()


def test_verbose_shows_the_gap(iris, capsys):
    MaxMarginPairClassifier(verbose=1).fit(iris[0], iris[1])
    assert "objective" in capsys.readouterr().out


def test_column_names_of_an_item(iris):
    frame = convert(iris[0], "frame")
    clf = MaxMarginPairClassifier().fit(frame, iris[1])
    assert clf.feature_names_in_.tolist() == ["f0", "f1", "f2", "f3"]
    # Left and right columns may stand in any order among themselves.
    mixed = frame[
        [c for pair in zip(frame.columns[4:], frame.columns[:4], strict=True) for c in pair]
    ]
    np.testing.assert_array_equal(clf.decision_function(mixed), clf.decision_function(frame))
