"""Test that loops written by hand see the batches and learning rates of the classifier."""

import numpy as np
import pytest
import torch
from sklearn.utils import check_random_state
from skorch.callbacks import Callback
from torch import nn

from benchmarks.training_loop import IdentityBatches, one_cycle, set_learning_rate
from tests.helpers.networks import small


class Recorder(nn.Module):
    """Embed items, whose only feature is their row number, and note the rows of each batch."""

    batches: list = []

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 2)

    def forward(self, items):
        if self.training:
            self.batches.append(items[:, 0].int().tolist())
        return self.linear(items)


class RateRecorder(Callback):
    """Note the learning rate of each step."""

    def on_train_begin(self, net, **kwargs):
        self.rates = []

    def on_batch_end(self, net, training, **kwargs):
        self.rates.append(net.optimizer_.param_groups[0]["lr"])


@pytest.mark.parametrize("repeated", [np.repeat(np.arange(7), 3), np.repeat(np.arange(4), 9)])
def test_batches_and_learning_rates_are_those_of_the_classifier(repeated, monkeypatch):
    monkeypatch.setattr(Recorder, "batches", [])
    singles = 100 + np.arange(5)
    identities = np.random.default_rng(0).permutation(np.concatenate([repeated, singles]))
    rates = RateRecorder()
    training = {"max_epochs": 3, "n_identities": 3, "n_samples": 2, "lr": 0.5}
    clf = small(backbone=Recorder, callbacks=[("rates", rates)], **training)
    rows = np.arange(len(identities), dtype=np.float32)
    clf.fit_identities(rows[:, np.newaxis], identities)

    batches = IdentityBatches(identities, 3, 2)
    seed = check_random_state(0).randint(np.iinfo(np.int32).max)
    expected = [batch.tolist() for epoch in range(3) for batch in batches.epoch(seed, epoch)]
    assert Recorder.batches == expected
    n_steps = 3 * len(batches)
    recorded = dict(clf.net_.callbacks_)["rates"].rates
    np.testing.assert_allclose(recorded, [0.5 * one_cycle(i / n_steps) for i in range(n_steps)])


def test_one_cycle_rises_and_falls_to_nothing():
    assert one_cycle(0) == pytest.approx(0.04)
    assert one_cycle(0.3) == pytest.approx(1)
    assert one_cycle(1) == pytest.approx(0)


def test_all_parameters_have_one_learning_rate():
    layers = nn.Linear(1, 1), nn.Linear(1, 1)
    optimizer = torch.optim.SGD([{"params": layer.parameters(), "lr": 1.0} for layer in layers])
    set_learning_rate(optimizer, 0.25)
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.25]
