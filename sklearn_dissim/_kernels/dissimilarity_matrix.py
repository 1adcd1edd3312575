"""The n_pairs x n_features matrix of dissimilarity vectors, built or not.

What a solver needs of it: products with a vector from either side, and some rows.
"""

import numpy as np

from sklearn_dissim._kernels import pair_kernels
from sklearn_dissim._kernels.dissimilarity import dissimilarity

_BLOCK = 1 << 20  # elements built at a time


class VectorMatrix:
    """Dissimilarity vectors given as an array."""

    def __init__(self, vectors):
        self._vectors = vectors
        self.shape = vectors.shape

    def dot(self, weights):
        """Scores, shape (n_pairs,)."""
        return self._vectors @ weights

    def weighted_sum(self, factors):
        """Sum of the rows times factors, shape (n_features,)."""
        return factors @ self._vectors

    def sizes(self):
        """Sums of each row's absolute values."""
        return np.abs(self._vectors).sum(axis=1)

    def take(self, rows):
        """The matrix of these rows."""
        return VectorMatrix(self._vectors[rows])

    def toarray(self):
        """All rows."""
        return self._vectors


class PairMatrix:
    """Dissimilarity vectors of indexed pairs, computed as they are needed."""

    def __init__(self, items, indices, difference):
        self._items, self._indices, self._difference = items, indices, difference
        self.shape = (len(indices), items.shape[1])

    def dot(self, weights):
        """Scores, shape (n_pairs,)."""
        return pair_kernels().pair_scores(self._items, self._indices, weights, self._difference)

    def weighted_sum(self, factors):
        """Sum of the rows times factors, shape (n_features,)."""
        weighted_sum = pair_kernels().pair_weighted_sum
        return weighted_sum(self._items, self._indices, factors, self._difference)

    def sizes(self):
        """Sums of each row, which holds no negative values."""
        return self.dot(np.ones(self.shape[1]))

    def take(self, rows):
        """The matrix of these rows."""
        return PairMatrix(self._items, self._indices[rows], self._difference)

    def toarray(self):
        """All rows, in the items' dtype."""
        out = np.empty(self.shape, self._items.dtype)
        step = max(1, _BLOCK // max(1, self.shape[1]))
        for start in range(0, len(out), step):
            left, right = self._indices[start : start + step].T
            out[start : start + step] = dissimilarity(
                self._items[left], self._items[right], self._difference
            )
        return out


class ScaledMatrix:
    """Another matrix, divided by a number."""

    def __init__(self, matrix, unit):
        self._matrix, self._unit = matrix, unit
        self.shape = matrix.shape

    def dot(self, weights):
        """Scores, shape (n_pairs,)."""
        return self._matrix.dot(weights / self._unit)

    def weighted_sum(self, factors):
        """Sum of the rows times factors, shape (n_features,)."""
        return self._matrix.weighted_sum(factors) / self._unit

    def take(self, rows):
        """The matrix of these rows."""
        return ScaledMatrix(self._matrix.take(rows), self._unit)

    def toarray(self):
        """All rows."""
        return self._matrix.toarray() / self._unit


def dissimilarity_matrix(pairs, difference):
    """The matrix of checked pairs: vectors, or indexed pairs of flat items."""
    if isinstance(pairs, np.ndarray):
        return VectorMatrix(pairs)
    return PairMatrix(pairs.items, pairs.indices, difference)
