import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dissim._kernels import kernels_for, threads
from sklearn_dissim._kernels.dissimilarity import DIFFERENCES, dissimilarity

KERNELS = kernels_for("cpu")


@settings(deadline=None)  # the first example of a dtype compiles
@given(
    n_pairs=st.integers(0, 40),
    n_features=st.integers(1, 20),
    difference=st.sampled_from(DIFFERENCES),
    dtype=st.sampled_from([np.float32, np.float64]),
    seed=st.integers(0, 100),
)
def test_kernels_equal_the_matrix_product(n_pairs, n_features, difference, dtype, seed):
    rng = np.random.default_rng(seed)
    items = np.round(rng.standard_normal((7, n_features)), 1).astype(dtype)  # with zeros, ties
    indices = rng.integers(0, 7, (n_pairs, 2))
    weights, factors = rng.standard_normal(n_features), rng.standard_normal(n_pairs)
    factors[::3] = 0
    left, right = items.astype(np.float64)[indices.T]
    vectors = dissimilarity(left, right, difference)
    np.testing.assert_allclose(
        KERNELS.pair_scores(items, indices, weights, difference), vectors @ weights, atol=1e-10
    )
    np.testing.assert_allclose(
        KERNELS.pair_weighted_sum(items, indices, factors, difference),
        factors @ vectors,
        atol=1e-10,
    )


def test_any_number_of_threads_gives_the_same_bits(monkeypatch):
    rng = np.random.default_rng(0)
    items, indices = rng.standard_normal((100, 64)), rng.integers(0, 100, (9000, 2))
    weights, factors = rng.standard_normal(64), rng.standard_normal(9000)

    def results(n_threads):
        monkeypatch.setattr(threads.config, "NUMBA_NUM_THREADS", n_threads)
        return (
            KERNELS.pair_scores(items, indices, weights, "absolute"),
            KERNELS.pair_weighted_sum(items, indices, factors, "absolute"),
        )

    for one, many in zip(results(1), results(5), strict=True):
        np.testing.assert_array_equal(one, many)


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_arrays_and_tensors_agree(difference):
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((2, 5, 3))
    expected = dissimilarity(left, right, difference)
    got = dissimilarity(torch.tensor(left), torch.tensor(right), difference)
    np.testing.assert_allclose(got.numpy(), expected)


def test_hand_solved():
    left, right = np.array([1.0, -2.0, 0.0]), np.array([4.0, 2.0, 0.0])
    np.testing.assert_allclose(dissimilarity(left, right, "absolute"), [3, 4, 0])
    np.testing.assert_allclose(dissimilarity(left, right, "squared"), [9, 16, 0])
