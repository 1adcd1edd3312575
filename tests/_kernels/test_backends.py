"""Both backends: torch against the compiled kernels and against sorting all scores."""

import inspect
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from sklearn_dissim import (
    DissimilarityRetriever,
    MaxMarginPairClassifier,
    make_pairs,
)
from sklearn_dissim._kernels import kernels_for, torch_backend
from sklearn_dissim._kernels.backend import Backend
from sklearn_dissim._kernels.compiled_backend import CompiledBackend
from sklearn_dissim._kernels.dissimilarity import DIFFERENCES, LinearScore
from sklearn_dissim._kernels.torch_backend import TorchBackend
from tests._kernels.test_search import all_scores, best, problems

DIGITS, DIGIT = load_digits(return_X_y=True)


@settings(deadline=None)  # the first example compiles the kernels
@given(problems(), st.integers(1, 90), st.sampled_from([64, 1 << 24]))
def test_top_k_is_that_of_sorting_all_scores(problem, k, block):
    queries, gallery, weights, difference = problem
    scores = all_scores(queries, gallery, weights, difference)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch_backend, "_BLOCK", block)
        score = LinearScore(weights, difference, 0.5)
        found, rows = TorchBackend("cpu").top_k(queries, gallery, score, k)
    # Squared differences pass through a square root, which moves the last bits of ties.
    expected, expected_rows = best(scores, k)
    np.testing.assert_allclose(found, expected + 0.5, atol=1e-9)
    if difference == "absolute":
        np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_allclose(np.take_along_axis(scores, rows, 1), expected, atol=1e-9)


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_scores_and_candidates(difference):
    rng = np.random.default_rng(0)
    queries, gallery, weights = (
        rng.normal(size=(5, 7)),
        rng.normal(size=(40, 7)),
        rng.normal(size=7),
    )
    scores = all_scores(queries, gallery, weights, difference) - 2
    kernels, score = TorchBackend("auto"), LinearScore(weights, difference, -2)
    np.testing.assert_allclose(kernels.cross_scores(queries, gallery, score), scores, atol=1e-9)
    candidates = np.array([[3, 30, -1, 7]] * 5)
    found, rows = kernels.rank_candidates(queries, gallery, score, candidates, 2)
    expected, order = best(scores[:, [3, 7, 30]], 2)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_array_equal(rows, np.array([3, 7, 30])[order])


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_pair_lists_equal_the_compiled_ones(difference, monkeypatch):
    monkeypatch.setattr(torch_backend, "_BLOCK", 100)
    rng = np.random.default_rng(0)
    items, indices = rng.normal(size=(20, 9)), rng.integers(0, 20, (50, 2))
    weights, factors = rng.normal(size=9), rng.normal(size=50)
    torch_kernels, compiled = TorchBackend("cpu"), CompiledBackend()
    np.testing.assert_allclose(
        torch_kernels.pair_scores(items, indices, weights, difference),
        compiled.pair_scores(items, indices, weights, difference),
    )
    np.testing.assert_allclose(
        torch_kernels.pair_weighted_sum(items, indices, factors, difference),
        compiled.pair_weighted_sum(items, indices, factors, difference),
    )


@pytest.mark.parametrize("kernels", [CompiledBackend(), TorchBackend("cpu")])
def test_top_k_of_blocks_is_that_of_sorting(kernels):
    scores = np.random.default_rng(0).integers(0, 9, (6, 150)).astype(np.float32)  # with ties
    blocks = [scores[:, :100], scores[:, 100:103], scores[:, 103:]]
    found, rows = kernels.top_k_of_blocks(blocks, 6, 20)
    expected, expected_rows = best(scores, 20)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(rows, expected_rows)
    rows = kernels.top_k_of_blocks([scores[:, :3]], 6, 5)[1]
    assert (rows[:, :3] >= 0).all()
    assert (rows[:, 3:] == -1).all()


def test_backends_have_the_same_methods():
    names = {name for name in vars(Backend) if not name.startswith("_")}
    for backend in (CompiledBackend, TorchBackend):
        own = {name for name in vars(backend) if not name.startswith("_")}
        assert own == names
        for name in names:
            signatures = [inspect.signature(getattr(c, name)) for c in (Backend, backend)]
            assert signatures[0] == signatures[1]


def test_the_device_chooses_the_backend(monkeypatch):
    assert isinstance(kernels_for("cpu"), CompiledBackend)
    monkeypatch.setattr("sklearn_dissim._kernels.has_numba", lambda: False)
    assert isinstance(kernels_for("cpu"), TorchBackend)


def test_everything_works_where_numba_is_not_installed():
    code = """
import importlib.util, sys
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "numba" else find_spec(name, *rest)
from sklearn.datasets import load_digits
from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier
X, digit = load_digits(return_X_y=True)
retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-4), random_state=0)
retriever.fit(X[:300], digit[:300])
print(retriever.score(X[900:], digit[900:]), *retriever.search(X[900:901], 5)[1][0])
assert "numba" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    accuracy, *rows = done.stdout.split()
    retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-4), random_state=0)
    retriever.fit(DIGITS[:300], DIGIT[:300])
    assert float(accuracy) == pytest.approx(retriever.score(DIGITS[900:], DIGIT[900:]))
    np.testing.assert_array_equal(np.int64(rows), retriever.search(DIGITS[900:901], 5)[1][0])


def test_devices_that_are_not_there_are_refused():
    pairs, y, _ = make_pairs(DIGITS[:100], DIGIT[:100], random_state=0)
    matcher = FrozenEstimator(MaxMarginPairClassifier().fit(pairs, y))
    with pytest.raises(ValueError, match="device 'abacus' is not available"):
        DissimilarityRetriever(matcher, device="abacus").index(DIGITS, DIGIT)
    with pytest.raises(ValueError, match="device 'mps'"):
        TorchBackend("mps")
