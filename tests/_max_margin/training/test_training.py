"""MaxMarginPairClassifier with a backbone: what is learned, and how training behaves."""

import copy

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import scale
from skorch.callbacks import Callback, EarlyStopping, Freezer, LRScheduler
from torch import nn

from sklearn_dissim import IndexedPairs, MaxMarginPairClassifier, make_pairs
from sklearn_dissim.model_selection import PairGroupKFold
from tests.conftest import convert
from tests.helpers.networks import ConvNet, assert_same_weights, small, state

# What is learned


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize(
    "constraint", [{"C": 0.01}, {"C": 0.01, "nonpositive": True}, {"C": 10.0, "max_norm": 0.5}]
)
def test_an_identity_backbone_converges_to_the_convex_solution(iris, loss, constraint):
    pairs, y, _ = iris
    pairs = pairs.over(scale(pairs.items))
    params = {"loss": loss, "nonpositive": False} | constraint
    convex = MaxMarginPairClassifier(**params).fit(pairs, y)
    trained = small(
        backbone=nn.Identity(),
        precision="float64",
        batch_size=len(y),
        max_epochs=400,
        lr=0.05,
        **params,
    ).fit(pairs, y)
    assert objective(trained, pairs, y) < convex.objective_ * 1.001
    solved = (
        clone(trained).set_params(training__finish="exact", training__max_epochs=1).fit(pairs, y)
    )
    np.testing.assert_allclose(solved.coef_, convex.coef_, atol=1e-6)
    assert solved.dual_gap_ <= solved.tol * solved.objective_


def objective(clf, pairs, y):
    slack = np.maximum(0, clf.margin - (2 * y - 1) * clf.decision_function(pairs))
    loss = slack**2 if clf.loss == "squared_hinge" else slack
    return 0.5 * (clf.coef_**2).sum() + clf.C * loss.sum()


def test_separable_pairs_reach_no_loss():
    rng = np.random.default_rng(0)
    identities = np.repeat(np.arange(4), 6)
    items = np.eye(4)[identities] * 3 + rng.normal(scale=0.1, size=(24, 4))
    items = np.hstack([items, rng.normal(size=(24, 4)) * 5])  # noise much stronger
    pairs, y, _ = make_pairs(items, identities, negatives_per_positive="all")
    clf = small(max_epochs=300, C=1e6).fit(pairs, y)
    slack = 1 - (2 * y - 1) * clf.decision_function(pairs)
    assert slack.max() <= 1e-3
    assert clf.history_[-1]["train_loss"] <= 1e-3


def test_training_beats_the_start(digits, digit_pairs):
    items, identities = digits
    pairs, y, _ = digit_pairs
    before = small(backbone=ConvNet, lr=1e-12, max_epochs=1).fit(pairs, y).score(pairs, y)
    given = small(backbone=ConvNet, max_epochs=20).fit(pairs, y)
    drawn = small(backbone=ConvNet, max_epochs=20).fit_identities(items, identities)
    assert given.score(pairs, y) > before + 0.05
    assert drawn.score(pairs, y) > before + 0.05


def test_constraints_hold(iris):
    pairs, y, _ = iris
    clf = small(max_norm=0.3, max_epochs=5).fit(pairs, y)
    assert np.linalg.norm(clf.coef_) <= 0.3 + 1e-6
    assert (clf.coef_ <= 0).all()
    np.testing.assert_allclose(np.linalg.norm(clf.embed(pairs.items), axis=1), 1, rtol=1e-6)
    free = small(nonpositive=False, backbone__unit_length=False).fit(pairs, y)
    assert np.linalg.norm(free.embed(pairs.items), axis=1).std() > 0.1


def test_weights_shrink_with_C(iris):
    pairs, y, _ = iris
    norms = [
        np.linalg.norm(small(C=C, max_epochs=50, lr=0.1).fit(pairs, y).coef_) for C in (1e-5, 1.0)
    ]
    assert norms[0] < 0.7 * norms[1]


def test_scores_are_those_of_embeddings(digit_pairs):
    pairs, y, _ = digit_pairs
    clf = small(backbone=ConvNet).fit(pairs, y)
    left, right = (clf.embed(pairs.items[side]) for side in pairs.indices.T)
    vectors = np.abs(left - right)
    np.testing.assert_allclose(clf.transform(pairs), vectors, atol=1e-6)
    scores = vectors @ clf.coef_[0] + clf.intercept_
    np.testing.assert_allclose(clf.decision_function(pairs), scores, atol=1e-5)
    assert list(clf.get_feature_names_out())[:1] == ["maxmarginpairclassifier0"]


@pytest.mark.parametrize("kind", ["array", "frame"])
def test_pairs_of_all_kinds_train_alike(iris, kind):
    pairs, y, _ = iris
    pairs = pairs.over(pairs.items + 1e-9 * np.arange(150)[:, np.newaxis])  # all distinct
    clf = small(precision="float64").fit(pairs, y)
    other = small(precision="float64").fit(convert(pairs, kind), y)
    np.testing.assert_allclose(other.coef_, clf.coef_, rtol=1e-6)
    np.testing.assert_allclose(
        other.decision_function(pairs), clf.decision_function(pairs), rtol=1e-5
    )


def test_dissimilarity_vectors_go_through_the_backbone(iris):
    pairs, y, _ = iris
    vectors = convert(pairs, "vectors")
    clf = small(backbone="mlp", max_epochs=100).fit(vectors, y)
    assert clf.score(vectors, y) > 0.8
    embeddings = clf.net_.module_.backbone(torch.tensor(vectors, dtype=torch.float32))
    np.testing.assert_allclose(clf.transform(vectors), embeddings.detach(), rtol=1e-5)
    with pytest.raises(ValueError, match="X must hold dissimilarity vectors, as in fit"):
        clf.predict(pairs)


# Reproducibility


@pytest.mark.parametrize("backbone", ["linear", "mlp", ConvNet, ConvNet(dropout=0.5)], ids=str)
def test_same_seed_same_weights(digits, digit_pairs, backbone):
    pairs, y, _ = digit_pairs
    items, identities = digits
    clf = small(backbone=backbone)
    assert_same_weights(clone(clf).fit(pairs, y), clone(clf).fit(pairs, y))
    first = clone(clf).fit_identities(items, identities)
    assert_same_weights(first, clone(clf).fit_identities(items, identities))
    other = clone(clf).set_params(random_state=1).fit(pairs, y)
    assert not np.array_equal(other.coef_, first.coef_)


def test_global_random_state_is_left_alone(digit_pairs):
    pairs, y, _ = digit_pairs
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002 - the global state is what must not change
    before = torch.random.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    small(backbone=ConvNet).fit(pairs, y).decision_function(pairs)
    assert torch.equal(torch.random.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002


def test_the_users_backbone_and_callbacks_are_left_alone(digit_pairs):
    pairs, y, _ = digit_pairs
    backbone, callback = ConvNet().train(), Noting()
    before = copy.deepcopy(backbone.state_dict())
    clf = small(backbone=backbone, callbacks=[callback], freeze=["0.*"]).fit(pairs, y)
    for name, value in backbone.state_dict().items():
        assert torch.equal(value, before[name])
    assert backbone.training
    assert all(p.requires_grad and p.grad is None for p in backbone.parameters())
    assert callback.epochs == 0
    (_, used), *_ = [c for c in clf.net_.callbacks_ if isinstance(c[1], Noting)]
    assert used.epochs == 3
    assert clf.get_params()["backbone"] is backbone


class Noting(Callback):
    """Counts epochs and batches."""

    epochs = batches = 0

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        self.epochs += 1

    def on_batch_end(self, net, batch=None, training=None, **kwargs):
        self.batches += training


def test_parameters_of_backbone_and_optimizer(digit_pairs):
    pairs, y, _ = digit_pairs
    clf = small(backbone=ConvNet, backbone__width=6, optimizer="sgd", optimizer__momentum=0.9)
    assert clone(clf).get_params()["backbone__width"] == 6
    clf.set_params(backbone__n_features=5, training__max_epochs=1).fit(pairs, y)
    assert clf.coef_.shape == (1, 5)
    assert clf.net_.optimizer_.param_groups[0]["momentum"] == 0.9
    own = small(optimizer=torch.optim.LBFGS, max_epochs=2, batch_size=10_000).fit(pairs, y)
    assert isinstance(own.net_.optimizer_, torch.optim.LBFGS)
    with pytest.raises(TypeError, match="no parameter 'backbon__width'"):
        MaxMarginPairClassifier(backbon__width=3)


# Going on, stopping, holding back


def test_validation_is_of_other_identities(digits, digit_pairs):
    pairs, y, groups = digit_pairs
    items, identities = digits
    seen = Recording(items)
    clf = small(backbone=seen, validation_fraction=0.3, max_epochs=2)
    clf.fit(pairs, y, groups=groups)
    rows = clf.net_.module_.backbone.rows_seen(training=True)
    held = clf.net_.module_.backbone.rows_seen(training=False) - rows
    assert not set(identities[list(rows)]) & set(identities[list(held)])
    assert {"epoch", "train_loss", "valid_loss", "valid_eer", "dur"} <= set(clf.history_[-1])
    assert 0 <= clf.history_[-1]["valid_eer"] <= 1


class Recording(nn.Module):
    """Notes which items it is given, in training and not."""

    def __init__(self, items):
        super().__init__()
        self.items = items
        self.linear = nn.Linear(64, 4)
        self.seen = {True: set(), False: set()}

    def forward(self, batch):
        self.seen[self.training] |= {b.numpy().tobytes() for b in batch}
        return self.linear(batch.flatten(1))

    def rows_seen(self, training):
        return {i for i, item in enumerate(self.items) if item.tobytes() in self.seen[training]}


def test_patience_takes_the_best_epoch(digits):
    items, identities = digits
    clf = small(
        backbone="mlp",
        max_epochs=60,
        lr=0.05,
        callbacks__one_cycle=None,
        validation_fraction=0.3,
        patience=3,
    ).fit_identities(items, identities, groups=identities // 2)
    errors = [row["valid_eer"] for row in clf.history_]
    assert len(errors) < 60
    assert len(errors) == int(np.argmin(errors)) + 1 + 3
    assert clf.n_iter_ == len(errors)


def test_callbacks_of_skorch(digits):
    items, identities = digits
    stop = EarlyStopping(monitor="train_loss", patience=1, threshold=10, threshold_mode="abs")
    clf = small(callbacks=[stop, ("noting", Noting())], max_epochs=50)
    clf.fit_identities(items, identities)
    assert 1 < clf.n_iter_ < 50


def test_the_learning_rate_rises_and_falls(digit_pairs):
    pairs, y, _ = digit_pairs
    clf = small(callbacks=[Rates()], max_epochs=10, lr=0.5).fit(pairs, y)
    rates = clf.net_.callbacks_[-1][1].rates
    assert np.argmax(rates) == pytest.approx(0.3 * len(rates), abs=1)
    assert max(rates) == pytest.approx(0.5, rel=0.02)
    assert rates[0] == pytest.approx(0.02)
    assert rates[-1] < 0.01


class Rates(Callback):
    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self.rates = []

    def on_batch_end(self, net, batch=None, training=None, **kwargs):
        self.rates.append(net.optimizer_.param_groups[0]["lr"])


def test_an_interrupt_leaves_a_fitted_estimator(digit_pairs):
    pairs, y, _ = digit_pairs
    clf = small(backbone=ConvNet, callbacks=[Interrupt(7)], max_epochs=10)
    with pytest.warns(UserWarning, match="interrupted in epoch 2 of 10; the estimator is fitted"):
        clf.fit(pairs, y)
    assert clf.n_iter_ == 1
    assert clf.predict(pairs).shape == y.shape


class Interrupt(Callback):
    """Ctrl-C in the middle of an epoch."""

    def __init__(self, batch):
        self.batch = batch
        self.seen = 0

    def on_batch_begin(self, net, batch=None, training=None, **kwargs):
        self.seen += 1
        if self.seen == 1 + self.batch:
            raise KeyboardInterrupt


def test_a_loss_that_is_no_number(digit_pairs):
    pairs, y, _ = digit_pairs
    clf = small(backbone=Breaking, max_epochs=5)
    with pytest.raises(ValueError, match=r"NaN or infinite in epoch 2 of 5, batch 1, at a learn"):
        clf.fit(pairs, y)
    assert clf.n_iter_ == 1  # the weights after epoch 1 are kept
    assert np.isfinite(clf.coef_).all()
    assert np.isfinite(clf.decision_function(pairs)).all()
    with pytest.raises(ValueError, match=r"epoch 1 of 5, batch 1, at a learning rate of 0.0008"):
        clf.set_params(backbone__after=0).fit(pairs, y)
    assert clf.n_iter_ == 1  # a fit that learned nothing changes nothing


class Breaking(nn.Module):
    """Gives NaN from a number of calls in training on."""

    def __init__(self, after=5):
        super().__init__()
        self.linear = nn.Linear(64, 4)
        self.left = after

    def forward(self, batch):
        if self.training:
            self.left -= 1
        return self.linear(batch.flatten(1)) * (
            float("nan") if self.training and self.left < 0 else 1.0
        )


def test_mixed_precision_is_close(digit_pairs):
    pairs, y, _ = digit_pairs
    plain = small(backbone=ConvNet).fit(pairs, y)
    mixed = small(backbone=ConvNet, precision="mixed").fit(pairs, y)
    assert not np.array_equal(mixed.coef_, plain.coef_)
    np.testing.assert_allclose(mixed.coef_, plain.coef_, rtol=0.05)


def test_verbose_shows_loss_error_and_time_left(digits, capsys, monkeypatch):
    items, identities = digits
    monkeypatch.setattr("sklearn_dissim._utils.progress.SECONDS", 0.0)
    clf = small(verbose=1, validation_fraction=0.3)
    clf.fit_identities(items, identities)
    pictures = capsys.readouterr().err.split("\r")
    line = [picture for picture in pictures if picture.startswith("Training")][-1]
    assert line.startswith("Training [####")
    for part in ("epoch 3 of 3", "loss ", "validation EER 0.", "s left"):
        assert part in line


# In scikit-learn


def test_grid_search_over_a_backbone(digit_pairs):
    pairs, y, groups = digit_pairs
    search = GridSearchCV(
        small(backbone=ConvNet),
        {"margin": [0.5, 1.0], "backbone__width": [2, 4]},
        cv=PairGroupKFold(3),
        scoring="roc_auc",
        n_jobs=2,
    ).fit(pairs, y, groups=groups)
    inline = clone(search).set_params(n_jobs=1).fit(pairs, y, groups=groups)
    # The workers have fewer threads, which changes the last digits of sums.
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], inline.cv_results_["mean_test_score"], atol=0.01
    )
    assert_same_weights(search.best_estimator_, inline.best_estimator_)


def test_grid_search_on_dask(digit_pairs):
    distributed = pytest.importorskip("dask.distributed", reason="dask is not installed")
    import joblib

    pairs, y, groups = digit_pairs
    search = GridSearchCV(small(), {"margin": [0.5, 1.0]}, cv=PairGroupKFold(2))
    with (
        distributed.LocalCluster(1, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_backend("dask"),
    ):
        search.fit(pairs, y, groups=groups)
    inline = clone(search).fit(pairs, y, groups=groups)
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], inline.cv_results_["mean_test_score"]
    )


# Pairs and items


def test_pairs_that_weigh_nothing_are_left_out(iris):
    pairs, y, _ = iris
    weights = (np.arange(len(y)) % 3 > 0).astype(float)
    counted = weights > 0
    a = small(precision="float64").fit(pairs, y, sample_weight=weights)
    b = small(precision="float64").fit(pairs[counted], y[counted])
    np.testing.assert_array_equal(a.coef_, b.coef_)


def test_items_that_no_pair_uses_do_not_matter(iris):
    pairs, y, _ = iris
    more = IndexedPairs(np.vstack([pairs.items, np.full((3, 4), 1e9)]), pairs.indices)
    np.testing.assert_array_equal(small().fit(more, y).coef_, small().fit(pairs, y).coef_)


def test_weights_of_any_size(iris):
    pairs, y, _ = iris
    plain = small(C=1e300).fit(pairs, y, sample_weight=np.ones(len(y)))
    huge = small(C=1.0).fit(pairs, y, sample_weight=np.full(len(y), 1e300))
    np.testing.assert_array_equal(plain.coef_, huge.coef_)


def test_callbacks_may_change_a_constant_rate_and_freeze(digit_pairs):
    pairs, y, _ = digit_pairs
    options = {"backbone": ConvNet, "callbacks__one_cycle": None}
    options |= {"optimizer": "sgd", "lr": 0.05}
    plain = small(**options).fit(pairs, y)
    fading = LRScheduler("StepLR", step_size=1, gamma=1e-6)
    faded = small(**options, callbacks=[fading]).fit(pairs, y)
    assert not np.array_equal(plain.coef_, faded.coef_)
    name = "backbone.0.weight"
    once = state(small(**options, callbacks=[Freezer(name)], max_epochs=1).fit(pairs, y))[name]
    thrice = state(small(**options, callbacks=[Freezer(name)]).fit(pairs, y))[name]
    np.testing.assert_array_equal(once, thrice)
    assert not np.array_equal(state(plain)[name], thrice)


def test_a_last_step_astray_is_noticed(iris):
    pairs, y, _ = iris
    clf = small(max_epochs=1, batch_size=1000, lr=1e38, callbacks__one_cycle=None, optimizer="sgd")
    clf.set_params(nonpositive=False, backbone=nn.Linear(4, 3))
    with pytest.raises(ValueError, match="The loss became NaN or infinite in epoch 1 of 1"):
        clf.fit(pairs.over(1e3 * pairs.items), y)


def test_features_too_far_from_zero_for_single_precision(iris):
    pairs, y, _ = iris
    far = pairs.over(pairs.items + np.array([0.0, 1e9, 0.0, 0.0]))
    with pytest.warns(UserWarning, match="Feature 1 varies by 0.4 about 1e.09"):
        small().fit(far, y)
    exact = small(precision="float64").fit(far, y)
    np.testing.assert_allclose(
        exact.decision_function(far),
        small(precision="float64").fit(pairs, y).decision_function(pairs),
        atol=1e-3,
    )
