"""Splitters of pairs by identity where scikit-learn calls them, with its routing off and on."""

from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    validation_curve,
)

from sklearn_dissim import MaxMarginPairClassifier, make_pairs
from sklearn_dissim.model_selection import (
    LeavePIdentitiesOut,
    PairGroupKFold,
    PairGroupShuffleSplit,
    StratifiedPairGroupKFold,
    check_identity_leakage,
)

SPLITTERS = [
    PairGroupKFold(3),
    StratifiedPairGroupKFold(3, shuffle=True, random_state=0),
    PairGroupShuffleSplit(3, test_size=2, random_state=0),
    LeavePIdentitiesOut(2),
]


class Nearer(ClassifierMixin, BaseEstimator):
    """Says same below the mean distance; notes whom it was fitted on, the first feature."""

    fitted_on = []

    def __init__(self, power=1.0):
        self.power = power

    def fit(self, X, y):
        self.fitted_on.append(set(X[:, :, 0].astype(int).ravel().tolist()))
        self.classes_ = np.unique(y)
        self.threshold_ = self._distances(X).mean()
        return self

    def _distances(self, X):
        return (np.abs(X[:, 0, 1:] - X[:, 1, 1:]) ** self.power).sum(axis=1)

    def decision_function(self, X):
        return self.threshold_ - self._distances(X)

    def predict(self, X):
        return self.classes_[(self.decision_function(X) >= 0).astype(int)]


@pytest.fixture(params=SPLITTERS, ids=lambda cv: type(cv).__name__)
def cv(request):
    return deepcopy(request.param)


@pytest.fixture(params=[False, True], ids=["plain", "routed"])
def routing(request):
    with sklearn.config_context(enable_metadata_routing=request.param):
        yield request.param


@pytest.fixture(scope="module")
def people():
    """All pairs of six people, four items each, as an array."""
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(6), 4)
    centres = rng.normal(size=(6, 5)) * 3
    items = np.column_stack([person, centres[person] + rng.normal(size=(24, 5))])
    pairs, y, groups = make_pairs(items, person, negatives_per_positive="all")
    return np.asarray(pairs), y, groups


def given(groups, routing):
    return {"params": {"groups": groups}} if routing else {"groups": groups}


def test_cross_validate(cv, people, routing):
    X, y, groups = people
    results = cross_validate(
        MaxMarginPairClassifier(loss="squared_hinge"),
        X,
        y,
        cv=cv,
        scoring=["roc_auc", "f1"],
        return_indices=True,
        **given(groups, routing),
    )
    assert len(results["test_roc_auc"]) == cv.get_n_splits(X, y, groups) == len(cv.n_dropped_)
    assert results["test_roc_auc"].mean() > 0.7
    for train, test in zip(*(results["indices"][side] for side in ("train", "test")), strict=True):
        check_identity_leakage(groups[train], groups[test])


@pytest.mark.parametrize("as_frame", [False, True])
def test_grid_search(cv, people, routing, as_frame):
    X, y, groups = people
    groups = pd.DataFrame(groups, columns=["left", "right"]) if as_frame else groups
    search = GridSearchCV(Nearer(), {"power": [1.0, 2.0]}, cv=cv, scoring="roc_auc")
    search.fit(X, y, groups=groups)
    assert search.n_splits_ == cv.get_n_splits(X, y, groups)
    by_hand = cross_val_score(
        search.best_estimator_, X, y, cv=cv, scoring="roc_auc", **given(groups, routing)
    )
    assert search.best_score_ == pytest.approx(by_hand.mean())


def test_halving_search(cv, people, routing):
    X, y, groups = people
    search = HalvingGridSearchCV(
        Nearer(),
        {"power": [0.5, 1.0, 1.5, 2.0]},
        cv=cv,
        scoring="accuracy",
        factor=2,
        min_resources=100,
        max_resources=200,
        random_state=0,
    )
    search.fit(X, y, groups=groups)
    assert search.n_resources_ == [100, 200]
    assert search.best_score_ > 0.5


def test_a_search_inside_cross_validation_sees_no_test_identity(cv, people, routing):
    X, y, groups = people
    Nearer.fitted_on.clear()
    inner = GridSearchCV(Nearer(), {"power": [1.0, 2.0]}, cv=PairGroupKFold(2))
    if routing:
        inputs = {"params": {"groups": groups}}
    else:
        inputs = {"groups": groups, "params": {"groups": groups}}
    outer = cross_validate(inner, X, y, cv=cv, return_indices=True, return_estimator=True, **inputs)
    fits = iter(Nearer.fitted_on)
    for train, test, search in zip(
        outer["indices"]["train"], outer["indices"]["test"], outer["estimator"], strict=True
    ):
        training = set(groups[train].ravel().tolist())
        halves = [next(fits) for _ in range(4)]  # two folds for each power
        assert not set(groups[test].ravel()) & set.union(*halves)
        assert {frozenset(half) for half in halves[:2]} == {frozenset(half) for half in halves[2:]}
        assert set.union(*halves[:2]) == training
        assert not halves[0] & halves[1]
        assert next(fits) == training  # the refit
        assert search.n_splits_ == 2


def test_curves(cv, people, routing):
    X, y, groups = people
    inputs = given(groups, routing)
    classifier = Nearer()
    sizes, train_scores, _ = learning_curve(
        classifier,
        X,
        y,
        cv=cv,
        train_sizes=[0.5, 1.0],
        shuffle=True,
        random_state=0,
        scoring="accuracy",
        **inputs,
    )
    assert len(sizes) == 2
    assert np.isfinite(train_scores).all()
    _, test_scores = validation_curve(
        classifier, X, y, cv=cv, param_name="power", param_range=[1.0, 2.0], **inputs
    )
    assert test_scores.shape == (2, cv.get_n_splits(X, y, groups))


def test_permuted_labels(people):
    X, y, groups = people  # scikit-learn would permute labels within groups of one dimension
    folds = list(PairGroupKFold(2).split(X, y, groups))
    score, _, p_value = permutation_test_score(
        Nearer(), X, y, cv=folds, scoring="roc_auc", n_permutations=19, random_state=0
    )
    assert score > 0.7
    assert p_value == 0.05
