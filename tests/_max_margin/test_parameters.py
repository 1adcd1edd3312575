"""Every parameter acts or is refused, in every way to fit."""

import copy
import inspect
import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import EarlyStopping, Freezer, LRScheduler
from torch import nn

from sklearn_dissim import (
    DissimilarityRetriever,
    MaxMarginPairClassifier,
    PairWhitening,
    Training,
)
from sklearn_dissim._max_margin.training.recipe import in_words
from sklearn_dissim.model_selection import PairGroupKFold
from tests.conftest import convert
from tests.helpers.networks import PREFIXES, classifier

OTHER_VALUES = {
    "C": 1e-3,
    "margin": 2.0,
    "max_norm": 0.1,
    "loss": "squared_hinge",
    "difference": "squared",
    "nonpositive": True,
    "shrink_to": "equal",
    "class_weight": {0: 1.0, 1: 5.0},
    "tol": 0.5,
    "max_iter": 1,
    "warm_start": True,
    "backbone__n_components": 2,
    "max_epochs": 2,
    "lr": 0.1,
    "optimizer": "sgd",
    "optimizer__weight_decay": 10.0,
    "batch_size": 64,
    "callbacks": [Freezer("backbone.*")],
    "callbacks__one_cycle": None,
    "n_identities": 2,
    "n_samples": 2,
    "negatives": "ranking",
    "freeze": "all",
    "validation_fraction": 0.4,
    "precision": "float64",
    "finish": "exact",
}
TRAINING = set(inspect.signature(Training).parameters)
# What they change is seen elsewhere than in scores: by a device that is not there, ...
ELSEWHERE = {"backbone", "training", "random_state", "verbose"}
ELSEWHERE |= {"device", "checkpoint_dir", "patience"}


def in_training(name):
    return name in TRAINING or name.startswith(PREFIXES)


def test_every_parameter_is_tried():
    own = set(inspect.signature(MaxMarginPairClassifier).parameters)
    assert own | TRAINING == {n for n in OTHER_VALUES if "__" not in n} | ELSEWHERE
    assert len(own) <= 16


@pytest.fixture
def data(iris):
    pairs, y, groups = iris
    rows = np.random.default_rng(0).choice(len(y), 120, replace=False)
    identities = np.repeat(np.arange(15), 10)
    return {
        "pairs": (pairs[rows], y[rows], groups[rows]),
        "vectors": (convert(pairs[rows], "vectors"), y[rows], groups[rows]),
        "identities": (pairs.items, identities),
    }


MODES = {
    # name: parameters, kind of data, what is refused
    "convex, pairs": ({}, "pairs", {"warm_start", "backbone__n_components"} | TRAINING),
    "convex, vectors": (
        {},
        "vectors",
        {"warm_start", "backbone__n_components", "difference"} | TRAINING,
    ),
    "trained on pairs": (
        {"backbone": "linear"},
        "pairs",
        {"shrink_to", "tol", "max_iter", "n_identities", "n_samples"},
    ),
    "trained on vectors": (
        {"backbone": "linear"},
        "vectors",
        {"shrink_to", "tol", "max_iter", "n_identities", "n_samples", "negatives", "difference"},
    ),
    "trained on identities": (
        {"backbone": "linear"},
        "identities",
        {"shrink_to", "tol", "max_iter"},
    ),
    "trained, exact head": (
        {"backbone": "linear", "finish": "exact", "nonpositive": False},
        "pairs",
        {"n_identities", "n_samples"},
    ),
}


def scores(clf, data, kind):
    if kind == "identities":
        clf.fit_identities(*data[kind])
    else:
        X, y, groups = data[kind]
        clf.fit(X, y, groups=groups)
    if clf.warm_start:  # which acts in the second fit
        (clf.fit_identities if kind == "identities" else clf.fit)(*data[kind][:2])
    return clf.decision_function(data["vectors" if kind == "vectors" else "pairs"][0])


@pytest.mark.filterwarnings("ignore:The solver stopped")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", OTHER_VALUES)
def test_a_parameter_acts_or_is_refused(mode, name, data):
    params, kind, refused = MODES[mode]
    convex = "backbone" not in params
    # Long and fast enough for weights to meet their constraints.
    lr = 3.0 if name == "nonpositive" else 0.3
    training = {"max_epochs": 4, "lr": lr, "device": "cpu", "random_state": 0}
    base = {} if convex else training
    given = base | params | {name: OTHER_VALUES[name]}
    if name == "nonpositive" and not convex:
        given[name] = not params.get("nonpositive", kind != "vectors")
    if (in_training(name) and convex) or name in refused:
        with pytest.raises(
            (TypeError, ValueError),
            match=f"{'training' if convex and in_training(name) else name}.* needs",
        ):
            scores(classifier(**given), data, kind)
        return
    if given == base | params:  # finish="exact" where it is "exact"
        given[name] = None
    if kind == "identities" and name == "negatives":
        given[name] = "all"  # "ranking" is what "auto" means there
    if kind == "identities" and name == "batch_size":
        pytest.skip(
            "batch_size is that of embedding, which test_items_are_embedded_in_batches sees"
        )
    assert not np.array_equal(
        scores(classifier(**given), data, kind), scores(classifier(**base | params), data, kind)
    )


class Counting(nn.Linear):
    """Counts the batches it is given."""

    batches = 0

    def forward(self, items):
        self.batches += 1
        return super().forward(items)


def test_items_are_embedded_in_batches(iris):
    pairs, y, _ = iris
    clf = classifier(backbone=Counting(4, 3), max_epochs=1, batch_size=40).fit(pairs, y)
    before = clf.net_.module_.backbone.batches
    clf.embed(pairs.items)
    assert clf.net_.module_.backbone.batches - before == 4  # of 150 items


def test_values_that_need_others(iris):
    pairs, y, _ = iris
    for params, message in [
        ({"patience": 3}, "patience=3 needs a validation_fraction"),
        ({"finish": []}, "finish must be None, 'auto', 'whiten', 'exact', a PairWhitening"),
        ({"finish": ["exact", "whiten"]}, "finish must be None"),
        ({"finish": ["whiten", PairWhitening()]}, "finish must be None"),
        ({"callbacks__one_cylce": None}, "names no callback; they are epoch_timer, one_cycle"),
        ({"callbacks": [LRScheduler()]}, "'LRScheduler' would be overruled"),
    ]:
        with pytest.raises(ValueError, match=message):
            classifier(backbone="linear", max_epochs=1, **params).fit(pairs, y)


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [
        (MaxMarginPairClassifier, "max_epochs", r"training=Training\(max_epochs=\.\.\.\)"),
        (MaxMarginPairClassifier, "whiten", "finish='whiten'"),
        (MaxMarginPairClassifier, "refit_head", "finish='exact'"),
        (MaxMarginPairClassifier, "normalize", "L2Normalize"),
        (MaxMarginPairClassifier, "margn", "Did you mean 'margin'"),
        (Training, "max_epoch", "Did you mean 'max_epochs'"),
        (Training, "warmup_epochs", "Unfreezer"),
        (Training, "lr_schedule", "callbacks__one_cycle=None"),
    ],
)
def test_wrong_names_raise_with_the_right_one(kind, name, hint):
    with pytest.raises(TypeError, match=hint):
        kind(**{name: 3})
    with pytest.raises(ValueError, match=hint):
        kind().set_params(**{name: 3})


def test_parameters_of_the_training_are_set_through_the_classifier(iris):
    clf = MaxMarginPairClassifier(backbone="linear")
    clf.set_params(training__lr=0.5, training__optimizer__eps=1e-3)
    assert clf.training.lr == 0.5
    again = clone(clf)
    assert again.training is not clf.training
    assert again.get_params()["training__lr"] == 0.5
    assert again.get_params()["training__optimizer__eps"] == 1e-3
    assert "training=Training(lr=0.5, optimizer__eps=0.001)" in repr(again).replace("\n", "")
    pairs, y, groups = iris
    grid = {"margin": [1.0, 2.0], "training__max_epochs": [1, 2], "backbone__n_components": [2]}
    clf = MaxMarginPairClassifier(backbone="linear", random_state=0)
    search = GridSearchCV(clf, grid, cv=PairGroupKFold(2)).fit(pairs, y, groups=groups)
    assert search.best_estimator_.n_iter_ == search.best_params_["training__max_epochs"]


def test_a_backbone_ends_in_unit_length_where_it_says_so(iris):
    pairs, y, _ = iris
    length = {"backbone__unit_length": False}
    for params, unit in [({}, True), (length, False), ({"backbone": nn.Linear(4, 3)}, False)]:
        clf = classifier(**{"backbone": "linear", "max_epochs": 1} | params).fit(pairs, y)
        lengths = np.linalg.norm(clf.embed(pairs.items), axis=1)
        assert np.allclose(lengths, 1) == unit


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"finish": PairWhitening(shrinkage=7)}, "'shrinkage' parameter of PairWhitening must be"),
        ({"optimizer__lr": 0.1}, "optimizer__lr would overrule lr"),
        ({"callbacks": "disable", "callbacks__one_cycle": None}, "needs callbacks"),
        ({"backbone__n_components": 0}, "backbone__n_components must be a whole number of at l"),
        ({"backbone__unit_length": "no"}, "backbone__unit_length must be True, False or 'auto'"),
    ],
)
def test_values_out_of_range_are_refused_before_training(iris, params, message):
    with pytest.raises(ValueError, match=message):
        classifier(**{"backbone": "linear", "max_epochs": 1} | params).fit(*iris[:2])


@pytest.mark.parametrize("finish", ["whiten", PairWhitening(), ["whiten", "exact"]])
def test_dissimilarity_vectors_are_not_whitened(iris, finish):
    vectors = convert(iris[0], "vectors")
    with pytest.raises(ValueError, match=r"finish=.* needs pairs of items"):
        classifier(backbone="linear", max_epochs=1, finish=finish).fit(vectors, iris[1])


def test_all_callbacks_can_be_disabled(iris):
    clf = classifier(backbone="linear", max_epochs=1, callbacks="disable").fit(*iris[:2])
    assert clf.net_.callbacks_ == []


def test_names_of_the_other_object_are_told():
    for kind, name, hint in [
        (MaxMarginPairClassifier, "optimizer__momentum", "It is one of training=Training"),
        (MaxMarginPairClassifier, "training__lr", r"training=Training\(lr=\.\.\.\)"),
        (Training, "margin", "belongs to MaxMarginPairClassifier"),
    ]:
        with pytest.raises(TypeError, match=hint):
            kind(**{name: 1})


def test_weights_set_by_hand_have_the_shape_of_those_learned(iris):
    pairs, y, _ = iris
    clf = MaxMarginPairClassifier().fit(pairs, y)
    clf.intercept_ = [5.0]
    scores = pairs.items[pairs.indices[:, 0]] - pairs.items[pairs.indices[:, 1]]
    expected = np.abs(scores) @ clf.coef_[0] + 5.0
    np.testing.assert_allclose(clf.decision_function(pairs), expected)
    with pytest.raises(ValueError, match=r"coef_ must have the shape \(1, 4\)"):
        clf.coef_ = np.ones(4)
    with pytest.raises(NotFittedError):
        MaxMarginPairClassifier().coef_ = np.ones((1, 4))


def test_a_backbone_changed_after_the_fit_changes_no_copy(iris):
    pairs, y, _ = iris
    backbone = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
    clf = classifier(backbone=backbone, max_epochs=1).fit(pairs, y)
    before = clf.decision_function(pairs)
    backbone[1] = nn.Tanh()
    for again in (copy.deepcopy(clf), pickle.loads(pickle.dumps(clf))):
        np.testing.assert_array_equal(again.decision_function(pairs), before)


class RandomProjection(nn.Linear):
    """Begins with a random projection that no state dictionary holds."""

    def __init__(self):
        super().__init__(3, 2)
        self.register_buffer("projection", torch.randn(4, 3), persistent=False)

    def forward(self, items):
        return super().forward(items @ self.projection)


def test_a_pickle_holds_buffers_that_state_dictionaries_leave_out(iris):
    pairs, y, _ = iris
    clf = classifier(backbone=RandomProjection, max_epochs=1).fit(pairs, y)
    again = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(again.decision_function(pairs), clf.decision_function(pairs))


def test_a_warm_start_takes_another_precision(iris):
    clf = classifier(backbone="linear", max_epochs=1, warm_start=True).fit(*iris[:2])
    clf.set_params(training__precision="float64").fit(*iris[:2])
    assert clf.net_.module_.weight.dtype == torch.float64


def test_a_backbone_of_vectors_embeds_no_items(iris):
    vectors, y = convert(iris[0], "vectors"), iris[1]
    clf = classifier(backbone="linear", max_epochs=1).fit(vectors, y)
    with pytest.raises(ValueError, match="takes dissimilarity vectors, not items"):
        clf.embed(iris[0].items)
    with pytest.raises(ValueError, match="X must hold dissimilarity vectors"):
        DissimilarityRetriever(FrozenEstimator(clf)).index(iris[0].items)


def test_checkpoints_know_callbacks_by_what_they_hold():
    def stop(patience):
        return in_words([("stop", EarlyStopping(patience=patience))])

    assert stop(2) == stop(2) != stop(3)
