"""Pairs through scikit-learn: every splitter, search and wrapper that takes an array."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from joblib import parallel_backend
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    KFold,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    train_test_split,
    validation_curve,
)
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from sklearn_dissim import (
    DichotomyTransformer,
    IndexedPairs,
    ItemTransformer,
    MaxMarginPairClassifier,
    PairWhitening,
)
from sklearn_dissim.model_selection import PairGroupKFold


def pipeline(memory=None):
    return make_pipeline(
        ItemTransformer(StandardScaler()),
        PairWhitening(),
        MaxMarginPairClassifier(loss="squared_hinge"),
        memory=memory,
    )


META = {
    "pipeline": lambda: pipeline(),
    "vectors": lambda: make_pipeline(
        DichotomyTransformer(), PolynomialFeatures(), StandardScaler(), MaxMarginPairClassifier()
    ),
    "grid search": lambda: GridSearchCV(
        pipeline(),
        {
            "maxmarginpairclassifier__margin": [1.0, 2.0],
            "maxmarginpairclassifier__max_norm": [1, 9],
        },
        scoring="roc_auc",
        cv=3,
    ),
    "randomised search": lambda: RandomizedSearchCV(
        pipeline(), {"maxmarginpairclassifier__C": [0.1, 1.0]}, n_iter=2, cv=2
    ),
    "calibrated": lambda: CalibratedClassifierCV(pipeline(), cv=3),
    "calibrated, not refitted": lambda: CalibratedClassifierCV(pipeline(), cv=3, ensemble=False),
    "tuned threshold": lambda: TunedThresholdClassifierCV(pipeline(), cv=3),
    "fixed threshold": lambda: FixedThresholdClassifier(
        pipeline(), threshold=0.5, response_method="decision_function"
    ),
    "voting": lambda: VotingClassifier([("a", pipeline()), ("b", MaxMarginPairClassifier())]),
    "stacking": lambda: StackingClassifier(
        [("a", pipeline()), ("b", MaxMarginPairClassifier())], cv=2
    ),
    "union": lambda: make_pipeline(
        FeatureUnion([("a", DichotomyTransformer()), ("s", DichotomyTransformer("squared"))]),
        MaxMarginPairClassifier(),
    ),
}


@pytest.mark.parametrize("name", META)
def test_meta_estimators_take_all_four_kinds(any_kind, name):
    X, y, _ = any_kind
    meta = clone(META[name]()).fit(X, y)
    again = pickle.loads(pickle.dumps(meta))
    np.testing.assert_array_equal(again.predict(X), meta.predict(X))
    assert meta.score(X, y) > 0.6


def test_frozen(any_kind):
    X, y, _ = any_kind
    fitted = pipeline().fit(X, y)
    calibrated = CalibratedClassifierCV(FrozenEstimator(fitted)).fit(X, y)
    assert calibrated.predict_proba(X).shape == (len(y), 2)
    np.testing.assert_array_equal(FrozenEstimator(fitted).predict(X), fitted.predict(X))


SPLITTERS = [
    KFold(3, shuffle=True, random_state=0),
    StratifiedKFold(3, shuffle=True, random_state=0),
    RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0),
    ShuffleSplit(2, random_state=0),
    PairGroupKFold(3, shuffle=True, random_state=0),
]


@pytest.mark.parametrize("cv", SPLITTERS, ids=lambda cv: type(cv).__name__)
def test_splitters(any_kind, cv):
    X, y, groups = any_kind
    results = cross_validate(pipeline(), X, y, groups=groups, cv=cv, scoring=["roc_auc", "f1"])
    assert (results["test_roc_auc"] > 0.7).all()


def test_functions_of_model_selection(any_kind):
    X, y, _ = any_kind
    classifier = MaxMarginPairClassifier(loss="squared_hinge")
    assert len(cross_val_predict(classifier, X, y, cv=3)) == len(y)
    learning_curve(classifier, X, y, cv=2, train_sizes=[0.5, 1.0])
    validation_curve(classifier, X, y, param_name="C", param_range=[0.1, 1.0], cv=2)
    _, _, p_value = permutation_test_score(classifier, X, y, cv=2, n_permutations=5)
    assert p_value < 0.5
    parts = train_test_split(X, y, random_state=0, stratify=y)
    assert type(parts[0]) is type(X)
    assert len(parts[0]) + len(parts[1]) == len(y)


def test_grid_search_in_processes_equals_the_one_in_line(any_kind):
    X, y, groups = any_kind
    grid = {
        "maxmarginpairclassifier__margin": [0.5, 1.0],
        "maxmarginpairclassifier__max_norm": [0.5, None],
    }
    searches = [
        GridSearchCV(pipeline(), grid, cv=PairGroupKFold(3), scoring="roc_auc", n_jobs=n_jobs)
        for n_jobs in (1, 2)
    ]
    for search in searches:
        search.fit(X, y, groups=groups)
    np.testing.assert_array_equal(*(s.cv_results_["mean_test_score"] for s in searches))
    assert searches[0].best_params_ == searches[1].best_params_


def test_large_items_reach_workers_as_read_only_memory_maps(iris):
    pairs, y, _ = iris
    wide = np.hstack([np.tile(pairs.items, 50), np.zeros((150, 700))])  # past joblib's megabyte
    with parallel_backend("loky", n_jobs=2):
        scores = cross_val_score(pipeline(), IndexedPairs(wide, pairs.indices), y, cv=2)
    in_line = cross_val_score(pipeline(), IndexedPairs(wide, pairs.indices), y, cv=2)
    np.testing.assert_array_equal(scores, in_line)


def test_pipelines_with_a_memory(any_kind, tmp_path):
    X, y, _ = any_kind
    cached = pipeline(str(tmp_path))
    first = cached.fit(X, y).decision_function(X)
    np.testing.assert_array_equal(clone(cached).fit(X, y).decision_function(X), first)


@pytest.mark.parametrize("routing", [False, True])
def test_groups_reach_the_splitter(any_kind, routing):
    X, y, groups = any_kind
    search = GridSearchCV(
        MaxMarginPairClassifier(loss="squared_hinge"),
        {"C": [0.1, 1.0]},
        cv=PairGroupKFold(3),
    )
    with sklearn.config_context(enable_metadata_routing=routing):
        assert search.fit(X, y, groups=groups).best_score_ > 0.5


def test_sample_weights_by_routing(any_kind):
    X, y, _ = any_kind
    weights = np.where(np.arange(len(y)) % 2, 1.0, 0.0)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = make_pipeline(
            ItemTransformer(StandardScaler().set_fit_request(sample_weight=True)),
            MaxMarginPairClassifier(tol=1e-12).set_fit_request(sample_weight=True),
        ).fit(X, y, sample_weight=weights)
    half = make_pipeline(ItemTransformer(StandardScaler()), MaxMarginPairClassifier(tol=1e-12))
    half.fit(X[weights > 0], y[weights > 0])
    np.testing.assert_allclose(routed[-1].coef_, half[-1].coef_, atol=1e-4)


def test_sample_weights_by_prefix(iris):
    X, y, _ = iris
    weights = np.linspace(0, 1, len(y))
    fitted = pipeline().fit(
        X,
        y,
        itemtransformer__sample_weight=weights,
        pairwhitening__sample_weight=weights,
        maxmarginpairclassifier__sample_weight=weights,
    )
    assert not np.allclose(fitted[-1].coef_, pipeline().fit(X, y)[-1].coef_)


def test_cloning_and_fitting_copy_no_pairs(iris):
    pairs, y, _ = iris
    kept = []

    class Recorder(MaxMarginPairClassifier):
        def fit(self, X, y, sample_weight=None):
            kept.append(X.items is pairs.items)
            return super().fit(X, y, sample_weight)

    search = GridSearchCV(Recorder(loss="squared_hinge"), {"C": [0.1, 1.0]}, cv=2)
    clone(search).fit(pairs, y)
    assert kept == [True] * 5


def test_set_output_of_a_pipeline(any_kind):
    X, y, _ = any_kind
    steps = make_pipeline(
        ItemTransformer(StandardScaler()), PairWhitening(), DichotomyTransformer()
    ).set_output(transform="pandas")
    vectors = steps.fit(X, y).transform(X)
    assert vectors.shape == (len(y), 4)
    assert isinstance(vectors, pd.DataFrame)
    assert steps.get_feature_names_out()[0] in ("pairwhitening0__absolute", "pairwhitening0")
