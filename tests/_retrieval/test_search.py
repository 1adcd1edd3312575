"""Rankings are those of sorting the scores of all pairs, by matchers of all kinds."""

import multiprocessing

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dissim import (
    DichotomyTransformer,
    DissimilarityRetriever,
    IndexedPairs,
    ItemTransformer,
    MaxMarginPairClassifier,
    PairWhitening,
    make_pairs,
)
from tests._retrieval.digits import DIGIT, GALLERY, LINEAR, NAMES, QUERIES, X, all_scores
from tests.helpers.networks import ConvNet, small


def test_search_sorts_the_scores_of_all_pairs(retriever, matcher):
    expected = all_scores(matcher)
    scores, rows = retriever.search(QUERIES, 7)
    order = np.argsort(-expected, axis=1, kind="stable")[:, :7]
    np.testing.assert_array_equal(rows, order)
    np.testing.assert_array_equal(scores, np.take_along_axis(expected, order, axis=1))
    assert retriever.search(QUERIES)[0].shape == (40, 10)
    assert retriever.search(QUERIES, 1000)[0].shape == (40, 300)


@pytest.mark.parametrize(
    "classifier",
    [
        make_pipeline(
            ItemTransformer(StandardScaler()), PairWhitening(), MaxMarginPairClassifier()
        ),
        make_pipeline(ItemTransformer(StandardScaler()), small(max_epochs=1)),
        small(max_epochs=1),
        make_pipeline(DichotomyTransformer(), LINEAR),
        make_pipeline(DichotomyTransformer(), RandomForestClassifier(5, random_state=0)),
    ],
    ids=["pipeline", "trained", "backbone", "vectors", "forest"],
)
def test_matchers_of_all_kinds(classifier):
    retriever = DissimilarityRetriever(classifier, random_state=0).fit(GALLERY, NAMES)
    fitted = retriever.matcher_
    if hasattr(fitted, "decision_function"):
        expected = all_scores(fitted)
    else:
        left, right = np.indices((40, 300)).reshape(2, -1)
        pairs = IndexedPairs(np.concatenate([QUERIES, GALLERY]), np.c_[left, 40 + right])
        expected = fitted.predict_proba(pairs)[:, 1].reshape(40, 300)
    scores, rows = retriever.search(QUERIES, 5)
    np.testing.assert_allclose(scores, -np.sort(-expected, axis=1)[:, :5], atol=1e-4)
    np.testing.assert_allclose(np.take_along_axis(expected, rows, axis=1), scores, atol=1e-4)
    assert retriever.score(QUERIES, DIGIT[300:340]) > 0.8
    assert not hasattr(classifier, "classes_")


def test_images_through_a_backbone():
    images = X.reshape(-1, 1, 8, 8).astype(np.float32) / 16
    clf = small(backbone=ConvNet, max_epochs=5)
    retriever = DissimilarityRetriever(clf, random_state=0).fit(images[:900], DIGIT[:900])
    assert retriever.score(images[900:], DIGIT[900:]) > 0.85
    vectors = retriever.matcher_.embed(images[:900])
    prefit = DissimilarityRetriever(FrozenEstimator(retriever.matcher_)).index(images[:900])
    assert prefit.search(images[5:8], 1)[1].ravel().tolist() == [5, 6, 7]
    assert vectors.shape == (900, 8)


def test_a_search_may_stand_in_for_its_best(matcher):
    pairs, y, _ = make_pairs(GALLERY, NAMES, positives=500, random_state=0)
    search = GridSearchCV(MaxMarginPairClassifier(), {"C": [1e-4]}, cv=2).fit(pairs, y)
    a = DissimilarityRetriever(FrozenEstimator(search)).index(GALLERY)
    b = DissimilarityRetriever(FrozenEstimator(search.best_estimator_)).index(GALLERY)
    np.testing.assert_array_equal(a.search(QUERIES)[0], b.search(QUERIES)[0])


def test_kneighbors_speaks_of_distances(retriever):
    scores, rows = retriever.search(QUERIES, 4)
    distances, same_rows = retriever.kneighbors(QUERIES, 4)
    np.testing.assert_array_equal(distances, -scores)
    np.testing.assert_array_equal(same_rows, rows)
    np.testing.assert_array_equal(retriever.kneighbors(QUERIES, 4, return_distance=False), rows)
    with pytest.raises(ValueError, match="n_neighbors=301 is more than the 300 items"):
        retriever.kneighbors(QUERIES, 301)


def test_no_item_is_its_own_neighbor(matcher):
    items = np.concatenate([GALLERY, GALLERY[:1], GALLERY[:1], GALLERY[:1]])  # four equal ones
    retriever = DissimilarityRetriever(FrozenEstimator(matcher)).index(items)
    rows = retriever.kneighbors(n_neighbors=2, return_distance=False)
    assert not (rows == np.arange(303)[:, np.newaxis]).any()
    assert rows[0].tolist() == [300, 301]
    assert rows[302].tolist() == [0, 300]


def test_the_intercept_is_part_of_a_tie():
    matcher = MaxMarginPairClassifier(difference="squared", C=1e-2)
    retriever = DissimilarityRetriever(matcher, random_state=0).fit(X[:200] / 16, DIGIT[:200])
    items = np.vstack([X[:50] / 16 + 1e-11, X[:50] / 16])
    retriever.index(items)
    scores = all_scores(retriever.matcher_, X[:5] / 16, items)
    expected = np.argsort(-scores, axis=1, kind="stable")
    for k in (1, 3):
        rows = retriever.search(X[:5] / 16, k)[1]
        np.testing.assert_array_equal(rows, expected[:, :k])
    assert (expected[:, 0] < 50).all()  # nearer by less than the intercept's rounding


def test_items_of_more_dimensions_without_a_backbone(retriever):
    rows = retriever.search(QUERIES, 3)[1]
    retriever.index(GALLERY.reshape(-1, 8, 8), NAMES)
    np.testing.assert_array_equal(retriever.search(QUERIES.reshape(-1, 8, 8), 3)[1], rows)


def search_in_child(retriever, queue):
    queue.put(retriever.search(QUERIES, 3)[1])


def test_after_a_fork(retriever):
    rows = retriever.search(QUERIES, 3)[1]
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=search_in_child, args=(retriever, queue))
    child.start()
    np.testing.assert_array_equal(queue.get(timeout=60), rows)
    child.join()
