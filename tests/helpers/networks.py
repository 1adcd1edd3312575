"""A small network to train, and how to compare two."""

import numpy as np
from torch import nn

from sklearn_dissim import MaxMarginPairClassifier


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


def small(**params):
    defaults = {"backbone": "linear", "max_epochs": 3, "n_identities": 6, "random_state": 0}
    return MaxMarginPairClassifier(**defaults | {"device": "cpu"} | params)


def state(clf):
    return {k: v.numpy().copy() for k, v in clf.net_.module_.state_dict().items()}


def assert_same_weights(a, b):
    np.testing.assert_array_equal(a.coef_, b.coef_)
    np.testing.assert_array_equal(a.intercept_, b.intercept_)
    for name, value in state(a).items():
        np.testing.assert_array_equal(value, state(b)[name])
