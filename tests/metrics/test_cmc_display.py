import sys

import numpy as np
import pytest

from sklearn_dissim.metrics import (
    CMCDisplay,
    cmc_curve,
)
from tests.helpers.displays import texts

SCORES = [[0.9, 0.8, 0.7, 0.6, 0.5]]
GALLERY = ["ann", "bob", "ann", "cleo", "ann"]


def test_cmc_of_a_retriever(retrieval):
    retriever, X, _, identities = retrieval
    display = CMCDisplay.from_estimator(retriever, X[200:], identities[200:], max_rank=7)
    _, rows = retriever.search(X[200:], 7)
    matched = identities[rows] == identities[200:, np.newaxis]
    expected = np.maximum.accumulate(matched, axis=1).mean(axis=0)
    np.testing.assert_allclose(display.line_.get_ydata(), expected)
    assert display.line_.get_xdata().tolist() == [1, 2, 3, 4, 5, 6, 7]
    label = f"DissimilarityRetriever, rank 1: {expected[0]:.1%}"
    assert display.line_.get_label() == label


def test_cmc_ends_with_the_gallery_and_shares_axes():
    queries = ["ann", "bob"]
    scores = [*SCORES, [0.1, 0.2, 0.3, 0.4, 0.5]]
    first = CMCDisplay.from_predictions(scores, queries, GALLERY)
    second = CMCDisplay.from_predictions(scores, queries, GALLERY, name="again", ax=first.ax_)
    np.testing.assert_array_equal(first.line_.get_ydata(), cmc_curve(scores, queries, GALLERY))
    assert first.line_.get_ydata().tolist() == [0.5, 0.5, 0.5, 1, 1]
    assert first.line_.get_marker() != second.line_.get_marker()
    assert texts(second.ax_.get_legend()) == ["rank 1: 50.0%", "again, rank 1: 50.0%"]


def test_cmc_ignores_groups(retrieval):
    retriever, X, _, identities = retrieval
    number = np.arange(200)
    display = CMCDisplay.from_estimator(
        retriever, X[:200], identities[:200], query_groups=number, gallery_groups=number
    )
    nearest = retriever.kneighbors(n_neighbors=1, return_distance=False)[:, 0]
    assert display.cmc[0] == np.mean(identities[nearest] == identities[:200])


def test_without_matplotlib(monkeypatch):
    for name in ("matplotlib", "matplotlib.pyplot"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"CMCDisplay.plot needs matplotlib; .*\[plots\]"):
        CMCDisplay(cmc=np.ones(3)).plot()
