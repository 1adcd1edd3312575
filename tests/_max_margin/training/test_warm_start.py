"""A trained pair classifier later: pickled, trained further, frozen, thawed, changed."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from skorch.callbacks import Freezer, Unfreezer
from torch import nn

from tests.conftest import convert
from tests.helpers.networks import ConvNet, assert_same_weights, small, state


def test_pickling_keeps_arrays_only(digit_pairs):
    pairs, y, _ = digit_pairs
    clf = small(backbone=ConvNet, backbone__width=6).fit(pairs, y)
    dump = pickle.dumps(clf)
    assert b"torch._utils" not in dump
    assert b"skorch" not in dump
    again = pickle.loads(dump)
    np.testing.assert_array_equal(again.decision_function(pairs), clf.decision_function(pairs))
    assert again.history_ == clf.history_
    again.set_params(warm_start=True).fit(pairs, y)
    assert again.n_iter_ == 6


def test_warm_start_goes_on(digit_pairs):
    pairs, y, _ = digit_pairs
    clf = small(backbone=ConvNet, warm_start=True).fit(pairs, y)
    before = state(clf)
    clf.set_params(training__lr=1e-12).fit(pairs, y)
    assert clf.n_iter_ == 6
    np.testing.assert_allclose(state(clf)["weight"], before["weight"], atol=1e-6)
    cold = clf.set_params(warm_start=False, training__lr="auto").fit(pairs, y)
    np.testing.assert_array_equal(state(cold)["weight"], before["weight"])


def test_frozen_layers_stay(digit_pairs):
    pairs, y, _ = digit_pairs
    backbone = ConvNet()
    before = {k: v.numpy().copy() for k, v in backbone.state_dict().items()}
    partly = state(small(backbone=backbone, freeze=["0.*", "1.*"]).fit(pairs, y))
    wholly = state(small(backbone=backbone, freeze="all").fit(pairs, y))
    warm_up = [Freezer("backbone.*"), Unfreezer("backbone.*", at=4)]
    warming = state(small(backbone=backbone, callbacks=warm_up).fit(pairs, y))
    for name, value in before.items():  # running statistics of a frozen layer, too
        np.testing.assert_array_equal(wholly[f"backbone.{name}"], value)
        np.testing.assert_array_equal(warming[f"backbone.{name}"], value)
        kept = np.array_equal(partly[f"backbone.{name}"], value)
        assert kept == name.startswith(("0.", "1."))
    assert not np.array_equal(wholly["weight"], partly["weight"])
    warm_up = [Freezer("backbone.*"), Unfreezer("backbone.*", at=2)]
    learned = state(small(backbone=backbone, callbacks=warm_up).fit(pairs, y))
    assert not np.array_equal(learned["backbone.0.weight"], before["0.weight"])


def test_items_of_another_shape(digit_pairs):
    pairs, y, _ = digit_pairs
    clf = small(backbone=ConvNet).fit(pairs, y)
    turned = pairs.over(pairs.items.reshape(-1, 1, 4, 16))
    with pytest.raises(ValueError, match=r"items must have the shape \(1, 8, 8\)"):
        clf.predict(turned)
    with pytest.raises(ValueError, match=r"items must have the shape \(1, 8, 8\)"):
        clf.embed(turned.items)
    with pytest.raises(ValueError, match="X must hold pairs of items, as in fit"):
        clf.predict(convert(pairs.over(pairs.items.reshape(-1, 64)), "vectors"))


def test_what_was_frozen_thaws(digit_pairs):
    pairs, y, _ = digit_pairs
    first = "backbone.0.weight"
    clf = small(backbone=ConvNet, freeze="all", warm_start=True).fit(pairs, y)
    frozen = state(clf)[first]
    assert not np.array_equal(
        state(clf.set_params(training__freeze=None).fit(pairs, y))[first], frozen
    )
    freezer = {"callbacks": [Freezer("backbone.*")]}
    clf = small(backbone=ConvNet, warm_start=True, **freezer).fit(pairs, y)
    frozen = state(clf)[first]
    assert not np.array_equal(state(clf.set_params(training=None).fit(pairs, y))[first], frozen)
    fixed = ConvNet()
    fixed[0].requires_grad_(False)  # by the user
    clf = small(backbone=fixed, warm_start=True).fit(pairs, y).fit(pairs, y)
    np.testing.assert_array_equal(state(clf)[first], fixed[0].weight.detach())


def test_warm_start_takes_what_was_changed(iris):
    pairs, y, _ = iris
    clf = small(warm_start=True, backbone__unit_length=False, nonpositive=False).fit(pairs, y)
    clf.set_params(difference="squared", max_norm=0.1, nonpositive=True).fit(pairs, y)
    module = clf.net_.module_
    assert module.difference == "squared"
    assert np.linalg.norm(clf.coef_) <= 0.1 + 1e-6
    assert (clf.coef_ <= 0).all()
    left, right = (clf.embed(pairs.items[side]) for side in pairs.indices.T)
    expected = (left - right) ** 2 @ clf.coef_[0] + clf.intercept_
    np.testing.assert_allclose(clf.decision_function(pairs), expected, atol=1e-5)


@pytest.mark.parametrize("change", [{"backbone": "mlp"}, {"backbone__n_components": 2}])
def test_warm_start_keeps_its_backbone(iris, change):
    pairs, y, _ = iris
    clf = small(warm_start=True).fit(pairs, y)
    before = clf.decision_function(pairs)
    with pytest.raises(ValueError, match="fit anew with warm_start=False"):
        clf.set_params(**change).fit(pairs, y)
    np.testing.assert_array_equal(clf.decision_function(pairs), before)
    with pytest.raises(ValueError, match=r"items must have the shape \(4,\)"):
        small(warm_start=True).fit(pairs, y).fit(convert(pairs, "vectors"), y)


@pytest.mark.parametrize(
    "change",
    [
        {"backbone__unit_length": False},
        {"difference": "squared"},
        {"backbone": "mlp"},
        {"backbone__n_components": 2},
        {"training__optimizer__nothing": 1},
    ],
)
def test_parameters_changed_after_a_fit_change_no_copy(iris, change):
    pairs, y, _ = iris
    clf = small().fit(pairs, y)
    before = clf.decision_function(pairs)
    clf.set_params(**change)
    for again in (clf, copy.deepcopy(clf), pickle.loads(pickle.dumps(clf))):
        np.testing.assert_array_equal(again.decision_function(pairs), before)


def test_unpickling_leaves_the_generator_alone_and_epochs_go_on(digit_pairs):
    pairs, y, _ = digit_pairs
    clf = small(backbone=ConvNet, max_epochs=1, warm_start=True).fit(pairs, y)
    dump = pickle.dumps(clf)
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    clf = pickle.loads(dump)
    assert torch.equal(torch.rand(3), expected)
    assert clf.fit(pairs, y).n_iter_ == 2
    assert [row["epoch"] for row in clf.history_] == [1, 2]


def test_a_certificate_goes_with_its_head(iris):
    pairs, y, _ = iris
    clf = small(finish="exact", warm_start=True).fit(pairs, y)
    assert clf.dual_gap_ >= 0
    assert not hasattr(clf.set_params(training__finish=None).fit(pairs, y), "dual_gap_")


def test_threads_train_as_if_alone(digit_pairs):
    pairs, y, _ = digit_pairs
    seeds = range(4)

    def fit(seed):
        return small(backbone=ConvNet, max_epochs=1, random_state=seed).fit(pairs[:300], y[:300])

    alone = [fit(seed) for seed in seeds]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(fit, seeds))
    for a, b in zip(alone, together, strict=True):
        assert_same_weights(a, b)


class Caching(nn.Module):
    """Keeps a tensor from its first batch."""

    def __init__(self):
        super().__init__()
        self.linear, self.kept = nn.LazyLinear(3), None

    def forward(self, items):
        if self.kept is None:
            self.kept = torch.arange(3.0) + 1
        return self.linear(items) * self.kept


def test_lazy_and_caching_modules_train(iris):
    pairs, y, _ = iris
    clf = small(backbone=Caching, validation_fraction=0.3).fit(pairs, y)
    assert clf.embed(pairs.items).shape == (150, 3)


def test_a_warm_start_that_fails_at_once_changes_nothing(digits, digit_pairs):
    pairs, y, _ = digit_pairs
    clf = small(backbone=ConvNet, warm_start=True).fit_identities(*digits)
    before, history = clf.decision_function(pairs), clf.history_
    with pytest.raises(ValueError, match="The loss became NaN or infinite in epoch 1"):
        clf.set_params(training__lr=1e38).fit(pairs, y)
    np.testing.assert_array_equal(clf.decision_function(pairs), before)
    assert clf.history_ == history
