"""Products with the matrix of dissimilarity vectors of a list of pairs, never built.

Items of any float type are read as they are; sums are kept in double precision.
"""

import numpy as np

from sklearn_dissim._kernels.dissimilarity import DIFFERENCES
from sklearn_dissim._kernels.plain import difference_of, kernel, weighted_difference
from sklearn_dissim._kernels.threads import N_CHUNKS, map_chunks


@kernel
def _scores(items, indices, weights, kind, out):
    for p in range(indices.shape[0]):
        left, right = items[indices[p, 0]], items[indices[p, 1]]
        out[p] = weighted_difference(left, right, weights, kind)


@kernel
def _weighted_sum(items, indices, factors, kind, out):
    # Four pairs at a time: a quarter of the loads and stores of the sums.
    n_pairs, n_features = indices.shape[0], items.shape[1]
    n_fours = n_pairs // 4 * 4
    for p in range(0, n_fours, 4):
        a, b = items[indices[p, 0]], items[indices[p, 1]]
        c, d = items[indices[p + 1, 0]], items[indices[p + 1, 1]]
        e, f = items[indices[p + 2, 0]], items[indices[p + 2, 1]]
        g, h = items[indices[p + 3, 0]], items[indices[p + 3, 1]]
        s, t, u, v = factors[p], factors[p + 1], factors[p + 2], factors[p + 3]
        for k in range(n_features):
            out[k] += (
                s * difference_of(a[k], b[k], kind)
                + t * difference_of(c[k], d[k], kind)
                + u * difference_of(e[k], f[k], kind)
                + v * difference_of(g[k], h[k], kind)
            )
    for p in range(n_fours, n_pairs):
        left, right = items[indices[p, 0]], items[indices[p, 1]]
        for k in range(n_features):
            out[k] += factors[p] * difference_of(left[k], right[k], kind)


def pair_scores(items, indices, weights, difference):
    """``sum_k weights[k] * d_pk`` for each pair p.

    Parameters
    ----------
    items : ndarray of float, shape (n_items, n_features), C-contiguous
    indices : ndarray of int, shape (n_pairs, 2)
    weights : ndarray of float64, shape (n_features,)
    difference : {"absolute", "squared", "relative"}

    Returns
    -------
    ndarray of float64, shape (n_pairs,)
    """
    out = np.empty(len(indices))
    kind = DIFFERENCES.index(difference)

    def chunk(_, rows):
        _scores(items, indices[rows], weights, kind, out[rows])

    map_chunks(chunk, len(indices), items.shape[1])
    return out


def pair_weighted_sum(items, indices, factors, difference):
    """``sum_p factors[p] * d_pk`` for each feature k, an ndarray of shape (n_features,).

    Arguments as in `pair_scores`; factors has shape (n_pairs,).
    """
    if np.count_nonzero(factors) < 0.7 * len(factors):
        present = np.flatnonzero(factors)
        indices, factors = indices[present], factors[present]
    sums = np.zeros((N_CHUNKS, items.shape[1]))
    kind = DIFFERENCES.index(difference)

    def chunk(number, rows):
        _weighted_sum(items, indices[rows], factors[rows], kind, sums[number])

    map_chunks(chunk, len(indices), items.shape[1])
    return sums.sum(axis=0)
