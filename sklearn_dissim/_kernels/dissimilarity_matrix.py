"""Represent the n_pairs x n_features matrix of dissimilarity vectors, built or not.

A solver needs products of it with a vector from either side, and some of its rows.
"""

import numpy as np

from sklearn_dissim._kernels import kernels_for
from sklearn_dissim._kernels.dissimilarity import dissimilarity

_BLOCK = 1 << 20  # elements built at a time


class VectorMatrix:
    """Hold dissimilarity vectors that are given as an array.

    Parameters
    ----------
    vectors : ndarray of shape (n_pairs, n_features)
    """

    def __init__(self, vectors):
        self._vectors = vectors
        self.shape = vectors.shape

    def dot(self, weights):
        """Return the scores of the rows, shape (n_pairs,)."""
        return self._vectors @ weights

    def weighted_sum(self, factors):
        """Return the sum of the rows times factors, shape (n_features,)."""
        return factors @ self._vectors

    def sizes(self):
        """Return the sums of each row's absolute values."""
        return np.abs(self._vectors).sum(axis=1)

    def take(self, rows):
        """Return the matrix of some rows."""
        return VectorMatrix(self._vectors[rows])

    def toarray(self):
        """Return all rows."""
        return self._vectors


class PairMatrix:
    """Compute dissimilarity vectors of indexed pairs as they are needed.

    Parameters
    ----------
    items : ndarray of shape (n_items, n_features)
    indices : ndarray of int, shape (n_pairs, 2)
    difference : {"absolute", "squared"}
    """

    def __init__(self, items, indices, difference):
        self._items, self._indices, self._difference = items, indices, difference
        self._kernels = kernels_for()
        self.shape = (len(indices), items.shape[1])

    def dot(self, weights):
        """Return the scores of the rows, shape (n_pairs,)."""
        return self._kernels.pair_scores(self._items, self._indices, weights, self._difference)

    def weighted_sum(self, factors):
        """Return the sum of the rows times factors, shape (n_features,)."""
        return self._kernels.pair_weighted_sum(
            self._items, self._indices, factors, self._difference
        )

    def sizes(self):
        """Return the sums of each row, which holds no negative values."""
        return self.dot(np.ones(self.shape[1]))

    def take(self, rows):
        """Return the matrix of some rows."""
        return PairMatrix(self._items, self._indices[rows], self._difference)

    def toarray(self):
        """Return all rows, in the items' dtype."""
        out = np.empty(self.shape, self._items.dtype)
        # In blocks, because the two sides of all pairs would take twice the memory of the rows.
        step = max(1, _BLOCK // max(1, self.shape[1]))
        for start in range(0, len(out), step):
            left, right = self._indices[start : start + step].T
            out[start : start + step] = dissimilarity(
                self._items[left], self._items[right], self._difference
            )
        return out


class ScaledMatrix:
    """Divide another matrix by a number, without a copy.

    Parameters
    ----------
    matrix : VectorMatrix, PairMatrix or ScaledMatrix
    unit : float
    """

    def __init__(self, matrix, unit):
        self._matrix, self._unit = matrix, unit
        self.shape = matrix.shape

    def dot(self, weights):
        """Return the scores of the rows, shape (n_pairs,)."""
        return self._matrix.dot(weights / self._unit)

    def weighted_sum(self, factors):
        """Return the sum of the rows times factors, shape (n_features,)."""
        return self._matrix.weighted_sum(factors) / self._unit

    def take(self, rows):
        """Return the matrix of some rows."""
        return ScaledMatrix(self._matrix.take(rows), self._unit)

    def toarray(self):
        """Return all rows."""
        return self._matrix.toarray() / self._unit


def dissimilarity_matrix(pairs, difference):
    """Return the matrix of checked pairs: an array of vectors, or indexed pairs of vectors."""
    if isinstance(pairs, np.ndarray):
        return VectorMatrix(pairs)
    return PairMatrix(pairs.items, pairs.indices, difference)
