"""Scores become identities: fused, thresholded, cross-validated."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GroupKFold, cross_validate

from sklearn_dissim import DissimilarityRetriever
from sklearn_dissim.metrics import leave_one_out_rank1_scorer
from tests._retrieval.digits import DIGIT, GALLERY, LINEAR, NAMES, QUERIES, X, all_scores


@pytest.mark.parametrize("fusion", ["max", "mean", "median", "min"])
def test_several_items_of_an_identity_are_fused(matcher, fusion):
    retriever = DissimilarityRetriever(FrozenEstimator(matcher), fusion=fusion)
    retriever.index(GALLERY, NAMES)
    scores = all_scores(matcher)
    function = getattr(np, fusion)
    expected = np.stack([function(scores[:, d == NAMES], axis=1) for d in range(10)], axis=1)
    np.testing.assert_allclose(retriever.decision_function(QUERIES), expected, atol=1e-4)
    np.testing.assert_array_equal(retriever.predict(QUERIES), expected.argmax(axis=1))


def test_strangers_are_unknown(matcher):
    known = NAMES < 5
    retriever = DissimilarityRetriever(FrozenEstimator(matcher))
    retriever.index(GALLERY[known], NAMES[known])
    best = retriever.search(QUERIES, 1)[0][:, 0]
    retriever.set_params(threshold=float(np.median(best)))
    np.testing.assert_array_equal(retriever.predict(QUERIES) == -1, best < np.median(best))
    names = np.array(["zero", "one", "two", "three", "four"])[NAMES[known]]
    assert set(retriever.index(GALLERY[known], names).predict(QUERIES)) <= {*names, -1}
    retriever.set_params(unknown_label="somebody else")
    assert "somebody else" in retriever.predict(QUERIES)


@pytest.mark.parametrize("fusion", ["max", "mean", "median", "min"])
@pytest.mark.parametrize("device", ["cpu", "torch"])
def test_a_score_equal_to_the_threshold_is_known(fusion, device, monkeypatch):
    if device == "torch":
        monkeypatch.setattr("sklearn_dissim._kernels.has_numba", lambda: False)
    pairs = [[[0.0, 0.0], [5.0, 5.0]], [[0.0, 0.0], [0.0, 0.0]]]
    clf = clone(LINEAR).fit(pairs, [0, 1])
    clf.coef_, clf.intercept_ = np.array([[-1.0, -2.0]]), np.array([10.0])
    retriever = DissimilarityRetriever(FrozenEstimator(clf), fusion=fusion)
    query = np.array([[0.0, 0.0]])
    # Both items of identity 7 are at a distance of 3: they score 7.
    retriever.index(np.array([[1.0, 1.0], [3.0, 0.0], [90.0, 0.0]]), [7, 7, 8])
    assert retriever.decision_function(query).tolist() == [[7.0, -80.0]]
    assert retriever.set_params(threshold=7.0).predict(query).tolist() == [7]
    above = float(np.nextafter(7.0, 8.0))
    assert retriever.set_params(threshold=above).predict(query).tolist() == [-1]


def test_a_column_of_identities_is_warned_about_once_at_the_users_line():
    retriever = DissimilarityRetriever(LINEAR, random_state=0)
    with pytest.warns(DataConversionWarning, match="column-vector y") as caught:
        retriever.fit(GALLERY, NAMES[:, np.newaxis])
    assert [warning.filename for warning in caught] == [__file__]
    np.testing.assert_array_equal(retriever.identities_, NAMES)


def test_scores_of_queries_far_away_are_exact(matcher):
    retriever = DissimilarityRetriever(FrozenEstimator(matcher), fusion="mean")
    far = QUERIES + 1e7
    expected = all_scores(matcher, far)
    means = np.stack([expected[:, d == NAMES].mean(axis=1) for d in range(10)], axis=1)
    scores = retriever.index(GALLERY, NAMES).decision_function(far)
    np.testing.assert_allclose(scores, means, atol=2e-4 * expected.std(axis=1).min())


def test_unseen_identities_in_cross_validation():
    result = cross_validate(
        DissimilarityRetriever(LINEAR, random_state=0),
        X[:600],
        DIGIT[:600],
        groups=DIGIT[:600],
        cv=GroupKFold(5),
        scoring=leave_one_out_rank1_scorer,
        return_estimator=True,
    )
    assert (result["test_score"] > 0.9).all()
    for estimator in result["estimator"]:  # the scorer has not changed them
        assert len(estimator.classes_) == 8
    with pytest.raises(ValueError, match="some identity twice"):
        leave_one_out_rank1_scorer(result["estimator"][0], X[:3], [1, 2, 3])


def test_row_numbers_are_not_given_twice(matcher):
    retriever = DissimilarityRetriever(FrozenEstimator(matcher)).index(X[:4]).remove([0])
    with pytest.raises(ValueError, match="y must be given"):
        retriever.add(X[4:5])
    assert retriever.identities_.tolist() == [1, 2, 3]
    with pytest.raises(TypeError, match="whole numbers or strings"):
        retriever.index(X[:2], [b"a", b"b"])
