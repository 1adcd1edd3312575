"""Multiply with the matrix of dissimilarity vectors of a list of pairs, without building it.

Items of any float type are read as they are; sums are kept in double precision.
"""

import numpy as np

from sklearn_dissim._kernels.compiling import kernel
from sklearn_dissim._kernels.exact_scores import difference_of, weighted_difference
from sklearn_dissim._kernels.threads import N_CHUNKS, map_chunks

_DENSE = 0.7  # share of factors that are not 0, from which on zeros are not sorted out


def pair_scores(items, indices, weights, difference):
    """Score the pairs, a chunk of them in each thread."""
    out = np.empty(len(indices))
    squared = difference == "squared"

    def score(_, rows):
        _score(items, indices[rows], weights, squared, out[rows])

    map_chunks(score, len(indices), items.shape[1])
    return out


def pair_weighted_sum(items, indices, factors, difference):
    """Sum the vectors in each chunk of pairs, then the chunks."""
    # Most pairs that a classifier was trained on lie beyond the margin and have a factor of 0.
    if np.count_nonzero(factors) < _DENSE * len(factors):
        present = np.flatnonzero(factors)
        indices, factors = indices[present], factors[present]
    sums = np.zeros((N_CHUNKS, items.shape[1]))
    squared = difference == "squared"

    def add(chunk, rows):
        _add(items, indices[rows], factors[rows], squared, sums[chunk])

    map_chunks(add, len(indices), items.shape[1])
    return sums.sum(axis=0)


@kernel
def _score(items, indices, weights, squared, out):
    for p in range(indices.shape[0]):
        left, right = items[indices[p, 0]], items[indices[p, 1]]
        out[p] = weighted_difference(left, right, weights, squared)


@kernel
def _add(items, indices, factors, squared, out):
    """Add the vectors of the pairs, times their factors, to a sum for each feature."""
    # Four pairs at a time: a quarter of the loads and stores of the sums.
    n_pairs, n_features = indices.shape[0], items.shape[1]
    n_fours = n_pairs // 4 * 4
    for p in range(0, n_fours, 4):
        l0, r0 = items[indices[p, 0]], items[indices[p, 1]]
        l1, r1 = items[indices[p + 1, 0]], items[indices[p + 1, 1]]
        l2, r2 = items[indices[p + 2, 0]], items[indices[p + 2, 1]]
        l3, r3 = items[indices[p + 3, 0]], items[indices[p + 3, 1]]
        f0, f1, f2, f3 = factors[p], factors[p + 1], factors[p + 2], factors[p + 3]
        for k in range(n_features):
            out[k] += (
                f0 * difference_of(l0[k], r0[k], squared)
                + f1 * difference_of(l1[k], r1[k], squared)
                + f2 * difference_of(l2[k], r2[k], squared)
                + f3 * difference_of(l3[k], r3[k], squared)
            )
    for p in range(n_fours, n_pairs):
        left, right = items[indices[p, 0]], items[indices[p, 1]]
        for k in range(n_features):
            out[k] += factors[p] * difference_of(left[k], right[k], squared)
