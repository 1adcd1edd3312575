"""`_pair_lists` in numpy, where numba is not installed."""

import numpy as np

from sklearn_dissim._kernels.dissimilarity import dissimilarity

_BLOCK = 1 << 20  # elements built at a time


def pair_scores(items, indices, weights, difference):
    """As in `_pair_lists`."""
    out = np.empty(len(indices))
    for rows, vectors in _blocks(items, indices, difference):
        out[rows] = vectors @ weights
    return out


def pair_weighted_sum(items, indices, factors, difference):
    """As in `_pair_lists`."""
    out = np.zeros(items.shape[1])
    for rows, vectors in _blocks(items, indices, difference):
        out += factors[rows] @ vectors
    return out


def _blocks(items, indices, difference):
    step = max(1, _BLOCK // items.shape[1])
    for start in range(0, len(indices), step):
        left, right = items[indices[start : start + step].T].astype(np.float64, copy=False)
        yield slice(start, start + step), dissimilarity(left, right, difference)
