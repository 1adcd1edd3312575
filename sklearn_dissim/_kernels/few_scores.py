"""Scores of a few queries in single precision: reading the gallery is what takes the time."""

import numpy as np

from sklearn_dissim._kernels.plain import INFINITE, bound_of_error, frozen, kernel

_FAR = 200.0  # sizes so many times larger than what they differ by


class FewScores:
    """Scores block by block of a gallery of single precision, and how far they can be off.

    Parameters
    ----------
    queries : ndarray of float64, shape (n_queries, n_features)
        Whose values single precision holds.
    weights : ndarray of float64, shape (n_features,)
    squared : bool
        (q - g)^2, else |q - g|.
    """

    dtype = np.float32
    n_rows = 1 << 12  # at a time

    def __init__(self, queries, weights, squared):
        self._queries, self._weights = queries.astype(np.float32), weights.astype(np.float32)
        self._squared = squared
        self._sizes = [(np.inf, 0.0)]  # the smallest and the largest of each block

    def __call__(self, blocks):
        """Yield (slice of the queries, first row, scores) for (first row, rows) of blocks."""
        for first_row, rows in blocks:
            scores = np.empty((len(self._queries), len(rows)), np.float32)
            sizes = _scores(self._queries, frozen(rows), self._weights, self._squared, scores)
            self._sizes.append(sizes)
            yield slice(0, len(scores)), first_row, scores

    def doubtful(self):
        """All, if scores may overflow, or are so large that rounding hides how they differ."""
        smallest, largest = np.min(self._sizes, axis=0)[0], np.max(self._sizes, axis=0)[1]
        far = largest > _FAR * (largest - smallest)
        return np.full(len(self._queries), far or np.isinf(self.errors()))

    def errors(self):
        """How far off any score can lie, of all blocks so far."""
        n_operations = len(self._weights) + 16
        return bound_of_error(n_operations, np.max(self._sizes, axis=0)[1], self._weights)


@kernel
def _scores(queries, rows, weights, squared, out):
    """Fill in the scores, and return extremes of the sums of |w| |q - g| or |w| (q - g)^2."""
    smallest, largest = INFINITE, np.float32(0.0)
    for j in range(rows.shape[0]):
        row = rows[j]
        for i in range(queries.shape[0]):
            query = queries[i]
            score, size = np.float32(0.0), np.float32(0.0)
            for k in range(weights.shape[0]):
                gap = query[k] - row[k]
                gap = gap * gap if squared else abs(gap)
                gap = gap if weights[k] != 0.0 else np.float32(0.0)  # which may overflow
                score += weights[k] * gap
                size += abs(weights[k]) * gap
            out[i, j] = score
            smallest, largest = min(smallest, size), max(largest, size)
    return smallest, largest
