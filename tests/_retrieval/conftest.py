"""A matcher of digits and a retriever with a gallery of them."""

import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from sklearn_dissim import DissimilarityRetriever, make_pairs
from tests._retrieval.digits import GALLERY, LINEAR, NAMES


@pytest.fixture(scope="module")
def matcher():
    pairs, y, _ = make_pairs(GALLERY, NAMES, positives=2000, random_state=0)
    return clone(LINEAR).fit(pairs, y)


@pytest.fixture
def retriever(matcher):
    return DissimilarityRetriever(FrozenEstimator(matcher)).index(GALLERY, NAMES)
