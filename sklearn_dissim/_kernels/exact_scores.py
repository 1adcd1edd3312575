"""Scores of queries against a gallery in double precision, bit by bit those of pair lists."""

import numpy as np

from sklearn_dissim._kernels.dissimilarity import DIFFERENCES
from sklearn_dissim._kernels.plain import frozen, kernel, readable, weighted_difference

_AT_ONCE = 64  # queries scored against a block before the next ones are


class ExactScores:
    """Scores block by block of a gallery.

    Parameters
    ----------
    queries : ndarray of float64, shape (n_queries, n_features)
    weights : ndarray of float64, shape (n_features,)
    difference : {"absolute", "squared", "relative"}
    intercept : float, default=0.0
        Added to each score.
    """

    dtype = np.float64
    n_rows = 1024  # at a time

    def __init__(self, queries, weights, difference, intercept=0.0):
        self.queries, self.weights = frozen(queries), frozen(weights)
        self._kind, self._intercept = DIFFERENCES.index(difference), float(intercept)

    def __call__(self, blocks):
        """Yield (slice of the queries, first row, scores) for (first row, rows) of blocks.

        An array of scores is overwritten by the next one.
        """
        for first_row, rows in blocks:
            space = np.empty((_AT_ONCE, len(rows)))
            for start in range(0, len(self.queries), _AT_ONCE):
                queries = self.queries[start : start + _AT_ONCE]
                scores = space[: len(queries)]
                _all_scores(queries, frozen(rows), self.weights, self._kind, scores)
                scores += self._intercept
                yield slice(start, start + len(queries)), first_row, scores

    def errors(self):
        """How far off any score can lie."""
        return 0.0

    def of_candidates(self, part, rows, out):
        """Scores of a slice of the queries with rows of their own.

        Parameters
        ----------
        part : slice
        rows : ndarray of shape (n_queries * n_candidates, n_features)
        out : ndarray of float64, shape (n_queries, n_candidates)
        """
        _own_scores(self.queries[part], frozen(rows), self.weights, self._kind, out)
        out += self._intercept

    def of_pairs(self, owners, rows, places):
        """Scores of some queries, by number, each with a row at some place; shape (n_pairs,)."""
        out = np.empty(len(owners))
        rows = frozen(readable(rows))
        _pair_scores(self.queries, owners, rows, places, self.weights, self._kind, out)
        return out + self._intercept


@kernel
def _pair_scores(queries, owners, rows, places, weights, kind, out):
    for p in range(owners.shape[0]):
        out[p] = weighted_difference(queries[owners[p]], rows[places[p]], weights, kind)


@kernel
def _all_scores(queries, rows, weights, kind, out):
    for j in range(rows.shape[0]):
        for i in range(queries.shape[0]):
            out[i, j] = weighted_difference(queries[i], rows[j], weights, kind)


@kernel
def _own_scores(queries, rows, weights, kind, out):
    n_candidates = out.shape[1]
    for i in range(out.shape[0]):
        for j in range(n_candidates):
            row = rows[i * n_candidates + j]
            out[i, j] = weighted_difference(queries[i], row, weights, kind)
