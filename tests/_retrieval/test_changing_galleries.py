"""Galleries are replaced whole: what fails changes nothing, and searches go on meanwhile."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from sklearn_dissim import (
    DichotomyTransformer,
    DissimilarityRetriever,
    MaxMarginPairClassifier,
    make_pairs,
)
from tests._retrieval.digits import DIGIT, GALLERY, NAMES, QUERIES, X


def test_adding_and_removing(retriever, matcher):
    def fresh(items, names):
        return DissimilarityRetriever(FrozenEstimator(matcher)).index(items, names)

    def assert_alike(a, b):
        for left, right in zip(a.search(QUERIES, 6), b.search(QUERIES, 6), strict=True):
            np.testing.assert_array_equal(left, right)
        np.testing.assert_array_equal(a.identities_, b.identities_)
        np.testing.assert_allclose(
            a.decision_function(QUERIES), b.decision_function(QUERIES), atol=1e-4
        )

    retriever.add(X[400:450], DIGIT[400:450])
    items, names = np.concatenate([GALLERY, X[400:450]]), np.concatenate([NAMES, DIGIT[400:450]])
    assert_alike(retriever, fresh(items, names))
    retriever.remove([3, 7])
    left = ~np.isin(names, [3, 7])
    assert_alike(retriever, fresh(items[left], names[left]))
    assert retriever.classes_.tolist() == [0, 1, 2, 4, 5, 6, 8, 9]
    numbered = fresh(GALLERY, None).add(X[400:402])
    assert numbered.identities_[-2:].tolist() == [300, 301]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda r: r.remove([3, 11]),
            ValueError,
            "identities must be in the gallery; .*11.* is not",
        ),
        (lambda r: r.remove(range(10)), ValueError, "none would be"),
        (lambda r: r.add(X[:2], ["a", "b"]), TypeError, "identities of the gallery's kind"),
        (lambda r: r.add(X[:2], [1]), ValueError, "2 items, 1 y"),
        (lambda r: r.add(X[:2, :5], [1, 2]), ValueError, "5 features"),
        (lambda r: r.add(np.full((2, 64), np.nan), [1, 2]), ValueError, "NaN: item 0"),
        (lambda r: r.index(X[:0]), ValueError, "at least one item"),
        (lambda r: r.index(X[0]), ValueError, "Reshape your data"),
        (lambda r: r.search(X[:2, :5]), ValueError, "5 features"),
        (lambda r: r.search(np.where(np.eye(3, 64), np.inf, 0.0)), ValueError, "infinity: item 0"),
        (lambda r: r.search(X[:2], 0), ValueError, "k must be a whole number of at least 1; got 0"),
        (lambda r: r.search(X[:0]), ValueError, "at least one item"),
    ],
)
def test_bad_input_leaves_the_gallery_alone(retriever, change, error, message):
    before = retriever.search(QUERIES, 3)
    with pytest.raises(error, match=message):
        change(retriever)
    np.testing.assert_array_equal(retriever.search(QUERIES, 3)[1], before[1])
    assert len(retriever.identities_) == 300


def test_unfitted(matcher):
    with pytest.raises(NotFittedError):
        DissimilarityRetriever(FrozenEstimator(matcher)).search(QUERIES)
    for not_frozen in (MaxMarginPairClassifier(), matcher):
        with pytest.raises(NotFittedError, match="fitted already in a FrozenEstimator"):
            DissimilarityRetriever(not_frozen).index(GALLERY)
    with pytest.raises(ValueError, match="fusion"):
        DissimilarityRetriever(MaxMarginPairClassifier(), fusion="sum").fit(GALLERY, NAMES)


def test_searches_go_on_while_the_gallery_changes(retriever):
    """Each search sees the gallery as it was before or after a change, whole."""
    wholes = {300: retriever.search(QUERIES, 5)}
    retriever.add(QUERIES, np.full(40, 100))
    wholes[340] = retriever.search(QUERIES, 5)
    retriever.remove([100])

    def change(_):
        for _ in range(40):
            retriever.add(QUERIES, np.full(40, 100))
            retriever.remove([100])

    def watch(_):
        for _ in range(60):
            scores, rows = retriever.search(QUERIES, 5)
            seen = 340 if rows.max() >= 300 else 300
            np.testing.assert_array_equal(scores, wholes[seen][0])
            np.testing.assert_array_equal(rows, wholes[seen][1])

    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(change, 0), pool.submit(watch, 0), pool.submit(watch, 1)]
        for job in jobs:
            job.result()


def test_a_slow_matcher_looks_at_its_items_too():
    slow = make_pipeline(DichotomyTransformer(), RandomForestClassifier(5, random_state=0))
    retriever = DissimilarityRetriever(slow, random_state=0).fit(X[:200], DIGIT[:200])
    before = retriever.search(QUERIES, 3)[1]
    for change in (retriever.index, retriever.add):
        with pytest.raises(ValueError, match="3 features"):
            change(X[:5, :3], DIGIT[:5])
    np.testing.assert_array_equal(retriever.search(QUERIES, 3)[1], before)


def test_another_matcher_is_taken(matcher):
    retriever = DissimilarityRetriever(FrozenEstimator(matcher)).index(GALLERY)
    other = MaxMarginPairClassifier(difference="squared")
    other.fit(*make_pairs(GALLERY, NAMES, random_state=0)[:2])
    retriever.set_params(matcher=FrozenEstimator(other)).index(GALLERY)
    fresh = DissimilarityRetriever(FrozenEstimator(other)).index(GALLERY)
    np.testing.assert_array_equal(retriever.search(QUERIES)[0], fresh.search(QUERIES)[0])
    with pytest.raises(NotFittedError):
        DissimilarityRetriever(FrozenEstimator(MaxMarginPairClassifier())).index(GALLERY)


def test_parameters_and_copies(retriever):
    copied = pickle.loads(pickle.dumps(retriever))
    np.testing.assert_array_equal(copied.search(QUERIES)[1], retriever.search(QUERIES)[1])
    assert not hasattr(clone(retriever), "identities_")
    same = DissimilarityRetriever(MaxMarginPairClassifier(), random_state=0)
    np.testing.assert_array_equal(
        clone(same).fit(GALLERY, NAMES).matcher_.coef_, same.fit(GALLERY, NAMES).matcher_.coef_
    )
