"""A small network to train, and how to compare two."""

from inspect import signature

import numpy as np
from torch import nn

from sklearn_dissim import MaxMarginPairClassifier, Training


class ConvNet(nn.Sequential):
    def __init__(self, width=4, n_features=8, dropout=0.1):
        super().__init__(
            nn.Conv2d(1, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(16 * width, n_features),
        )


def classifier(**params):
    """Return a classifier; parameters of the training are given beside its own."""
    names = signature(Training).parameters
    of_training = {k: v for k, v in params.items() if k in names or k.startswith(PREFIXES)}
    own = {k: v for k, v in params.items() if k not in of_training}
    training = {"training": Training(**of_training)} if of_training else {}
    return MaxMarginPairClassifier(**own, **training)


PREFIXES = ("optimizer__", "callbacks__")


def small(**params):
    """Return a classifier that trains for a moment."""
    defaults = {"backbone": "linear", "max_epochs": 3, "random_state": 0, "device": "cpu"}
    return classifier(**defaults | params)


def state(clf):
    return {k: v.numpy().copy() for k, v in clf.net_.module_.state_dict().items()}


def assert_same_weights(a, b):
    np.testing.assert_array_equal(a.coef_, b.coef_)
    np.testing.assert_array_equal(a.intercept_, b.intercept_)
    for name, value in state(a).items():
        np.testing.assert_array_equal(value, state(b)[name])
