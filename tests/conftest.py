"""Pairs of one small problem, in each of the four ways."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits, load_iris

from sklearn_dissim import IndexedPairs, make_pairs

KINDS = ("indexed", "array", "frame", "vectors")


def convert(pairs, kind):
    """Indexed pairs of vectors as another kind."""
    array = np.asarray(pairs)
    if kind == "indexed":
        return pairs
    if kind == "array":
        return array
    if kind == "vectors":
        return np.abs(array[:, 0] - array[:, 1])
    names = [f"f{k}" for k in range(array.shape[2])]
    columns = [f"left_{n}" for n in names] + [f"right_{n}" for n in names]
    return pd.DataFrame(np.hstack([array[:, 0], array[:, 1]]), columns=columns)


@pytest.fixture
def iris():
    """Indexed pairs of iris flowers, their labels and groups."""
    X, species = load_iris(return_X_y=True)
    # Ten "identities" a species, so that identity-disjoint folds have both labels.
    identities = species * 10 + np.arange(150) % 10
    return make_pairs(X, identities, negatives_per_positive=2.0, random_state=0)


@pytest.fixture(params=KINDS)
def any_kind(request, iris):
    """The iris pairs in one of the four ways, with labels and groups."""
    pairs, y, groups = iris
    return convert(pairs, request.param), y, groups


@pytest.fixture
def images():
    """Twelve pairs over six random 4 x 5 images."""
    rng = np.random.default_rng(0)
    items = rng.random((6, 4, 5), dtype=np.float32)
    return IndexedPairs(items, rng.integers(0, 6, (12, 2)))


@pytest.fixture(scope="module")
def digits():
    """Images of digits, each digit an identity."""
    X, digit = load_digits(return_X_y=True)
    return X[:480].reshape(-1, 1, 8, 8).astype(np.float32) / 16, digit[:480]


@pytest.fixture(scope="module")
def digit_pairs(digits):
    items, identities = digits
    return make_pairs(items, identities, positives=600, random_state=0)
