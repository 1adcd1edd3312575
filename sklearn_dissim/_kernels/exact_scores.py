"""Score in double precision: the definition that every other kernel is checked against."""

import numpy as np
from numba import float64, njit

from sklearn_dissim._kernels.compiling import doubled, frozen, kernel, readable

_QUERIES_AT_ONCE = 64  # so that these queries stay in the cache while a block is scored


@njit(inline="always")
def difference_of(left, right, squared):
    """Return |q - r| or (q - r)^2 of two numbers."""
    gap = float64(left) - float64(right)
    return gap * gap if squared else abs(gap)


@njit(inline="always")
def weighted_difference(left, right, weights, squared):
    """Return the weighted sum of the differences of two vectors.

    It is inlined as one loop wherever it is called, so that the same two vectors have the same
    score, bit by bit, in a list of pairs and in a search. Ties are decided by that.
    """
    total = 0.0
    for k in range(weights.shape[0]):
        total += weights[k] * difference_of(left[k], right[k], squared)
    return total


class ExactScores:
    """Score queries against blocks of a gallery, in double precision.

    Parameters
    ----------
    queries : ndarray of shape (n_queries, n_features)
    score : LinearScore
    """

    dtype = np.float64
    n_rows = 1024  # of a block, at most

    def __init__(self, queries, score):
        self.queries, self._weights = frozen(doubled(queries)), frozen(doubled(score.weights))
        self._squared = score.difference == "squared"
        self._intercept = float(score.intercept)

    def of_queries(self, numbers):
        """Return the same for some of the queries."""
        part = object.__new__(ExactScores)
        part.__dict__.update(self.__dict__)
        part.queries = frozen(self.queries[numbers])
        return part

    def __call__(self, blocks):
        """Yield (slice of the queries, first row, scores) for (first row, rows) of blocks.

        An array of scores is overwritten by the next one.
        """
        for first_row, rows in blocks:
            space = np.empty((_QUERIES_AT_ONCE, len(rows)))
            for start in range(0, len(self.queries), _QUERIES_AT_ONCE):
                queries = self.queries[start : start + _QUERIES_AT_ONCE]
                scores = space[: len(queries)]
                _score_all(queries, frozen(rows), self._weights, self._squared, scores)
                scores += self._intercept
                yield slice(start, start + len(queries)), first_row, scores

    def error_bounds(self):
        """Return how far off any score can lie."""
        return 0.0

    def of_candidates(self, part, rows, out):
        """Score some queries, each with as many rows of its own.

        Parameters
        ----------
        part : slice
            Of the queries.
        rows : ndarray of shape (n_queries * n_candidates, n_features)
        out : ndarray of float64, shape (n_queries, n_candidates)
            Filled with the scores.
        """
        _score_own(self.queries[part], frozen(rows), self._weights, self._squared, out)
        out += self._intercept

    def of_pairs(self, owners, rows, places):
        """Score pairs of a query, by its number, and a row, by its place among `rows`.

        Returns
        -------
        ndarray of float64, shape (n_pairs,)
        """
        out = np.empty(len(owners))
        rows = frozen(readable(rows))
        _score_pairs(self.queries, owners, rows, places, self._weights, self._squared, out)
        return out + self._intercept


@kernel
def _score_pairs(queries, owners, rows, places, weights, squared, out):
    for p in range(owners.shape[0]):
        out[p] = weighted_difference(queries[owners[p]], rows[places[p]], weights, squared)


@kernel
def _score_all(queries, rows, weights, squared, out):
    for j in range(rows.shape[0]):
        for i in range(queries.shape[0]):
            out[i, j] = weighted_difference(queries[i], rows[j], weights, squared)


@kernel
def _score_own(queries, rows, weights, squared, out):
    n_candidates = out.shape[1]
    for i in range(out.shape[0]):
        for j in range(n_candidates):
            row = rows[i * n_candidates + j]
            out[i, j] = weighted_difference(queries[i], row, weights, squared)
