import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from sklearn_dissim._utils.response import pair_response

X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array(["different", "different", "same", "same"])


def test_a_decision_function_comes_before_probabilities():
    model = LogisticRegression().fit(X, y)
    scores, threshold = pair_response(model, X)
    np.testing.assert_array_equal(scores, model.decision_function(X))
    assert threshold == 0.0


def test_probabilities_are_those_of_same():
    model = RandomForestClassifier(n_estimators=5, random_state=0).fit(X, y)
    scores, threshold = pair_response(model, X)
    np.testing.assert_array_equal(scores, model.predict_proba(X)[:, 1])
    assert scores[0] < threshold == 0.5 < scores[-1]


def test_an_estimator_without_scores_is_refused():
    with pytest.raises(TypeError, match=r"decision_function or predict_proba; DummyRegressor has"):
        pair_response(DummyRegressor().fit(X, [0, 0, 1, 1]), X)
