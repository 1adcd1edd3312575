"""A retriever of digits, and no figure left open."""

import pytest
from matplotlib import pyplot as plt

from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def retrieval(digits):
    images, identities = digits
    X = images.reshape(len(images), -1)
    retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-3), random_state=0)
    retriever.fit(X[:200], identities[:200])
    return retriever, X, images, identities
