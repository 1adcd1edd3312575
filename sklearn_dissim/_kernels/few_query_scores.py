"""Score up to three queries in single precision.

For so few, reading the gallery takes longer than scoring it. The rows are therefore read once, as
they lie, and neither centred nor turned as `ManyQueryScores` has them.
"""

import numpy as np

from sklearn_dissim._kernels.compiling import frozen, kernel
from sklearn_dissim._kernels.rounding import OVERFLOWED, error_bound

_FAR = 200.0  # sizes so many times larger than what they differ by


class FewQueryScores:
    """Score a few queries against blocks of a gallery, and bound the errors.

    Parameters
    ----------
    queries : ndarray of float64, shape (n_queries, n_features)
        Whose values single precision holds.
    weights : ndarray of float64, shape (n_features,)
    squared : bool
        (q - g)^2, else |q - g|.
    """

    dtype = np.float32
    n_rows = 1 << 12  # of a block, at most

    def __init__(self, queries, weights, squared):
        self._queries, self._weights = queries.astype(np.float32), weights.astype(np.float32)
        self._squared = squared
        self._sizes = [(np.inf, 0.0)]  # the smallest and the largest of each block

    def __call__(self, blocks):
        """Yield (slice of the queries, first row, scores) for (first row, rows) of blocks."""
        for first_row, rows in blocks:
            scores = np.empty((len(self._queries), len(rows)), np.float32)
            sizes = _score(self._queries, frozen(rows), self._weights, self._squared, scores)
            self._sizes.append(sizes)  # one step, which threads may take at once
            yield slice(0, len(scores)), first_row, scores

    def doubtful(self):
        """Return whether each query's scores have to be computed anew.

        They have to if they may overflow, or are so large that rounding hides how they differ:
        without centring that happens far from zero.
        """
        smallest, largest = np.min(self._sizes, axis=0)[0], np.max(self._sizes, axis=0)[1]
        far = largest > _FAR * (largest - smallest)
        return np.full(len(self._queries), far or np.isinf(self.error_bounds()))

    def error_bounds(self):
        """Return how far off any score can lie, in all blocks so far."""
        n_operations = len(self._weights) + 16
        return error_bound(n_operations, np.max(self._sizes, axis=0)[1], self._weights)


@kernel
def _score(queries, rows, weights, squared, out):
    """Fill in scores; return the extremes of the sums of |w| |q - g|, or |w| (q - g)^2."""
    smallest, largest = OVERFLOWED, np.float32(0.0)
    for j in range(rows.shape[0]):
        row = rows[j]
        for i in range(queries.shape[0]):
            query = queries[i]
            score, size = np.float32(0.0), np.float32(0.0)
            for k in range(weights.shape[0]):
                term = query[k] - row[k]
                term = term * term if squared else abs(term)
                # A feature of weight 0 may overflow, and 0 * infinity is no number.
                term = term if weights[k] != 0.0 else np.float32(0.0)
                score += weights[k] * term
                size += abs(weights[k]) * term
            out[i, j] = score
            smallest, largest = min(smallest, size), max(largest, size)
    return smallest, largest
