"""Keep the best rows of each query while scores come in block by block."""

import numpy as np

from sklearn_dissim._kernels.compiling import strict_kernel

_TOGETHER = 32  # scores that are looked at as one: nearly always none of them is good enough


class BestRows:
    """Hold the k best rows of each query, in no order.

    Rows are offered with rising numbers. Of equal scores the row offered first is kept.

    Parameters
    ----------
    n_queries, k : int
    dtype : numpy dtype, default=numpy.float32
        Of the scores.
    floors : ndarray of shape (n_queries,), default=None
        Scores that k rows are known to reach; lower ones are left out. Several threads may
        share them, each with rows of its own: any of the values that they write is right.

    Attributes
    ----------
    scores, rows : ndarrays of shape (n_queries, k)
        Where fewer rows were offered, the lowest number there is and -1.
    """

    def __init__(self, n_queries, k, dtype=np.float32, floors=None):
        self.scores = np.full((n_queries, k), np.finfo(dtype).min, dtype)
        self.rows = np.full((n_queries, k), -1)
        self._floors = lowest_floors(n_queries, dtype) if floors is None else floors

    def offer(self, scores, first_row, queries=slice(None)):
        """Take the scores of new rows where they are among the best.

        Parameters
        ----------
        scores : ndarray of shape (n_queries, n_rows)
        first_row : int
            Number of the first row, above that of any row offered before.
        queries : slice
            Queries that the scores are of; by default all.
        """
        kept = self.scores[queries], self.rows[queries], self._floors[queries]
        _offer(scores, first_row, *kept)


def lowest_floors(n_queries, dtype):
    """Return floors that leave nothing out."""
    return np.full(n_queries, np.finfo(dtype).min, dtype)


@strict_kernel
def n_reaching(scores, limit):
    """Count the scores that are at least a limit."""
    # Counting has no branch, so that the compiler compares a whole register at once.
    count = 0
    for j in range(len(scores)):
        count += scores[j] >= limit
    return count


@strict_kernel
def _offer(scores, first_row, heaps, heap_rows, floors):
    """Put new scores into the heaps, and raise the floors to the worst score of a full heap."""
    # Each query has a heap with its worst row at the root.
    n_rows = scores.shape[1]
    for i in range(scores.shape[0]):
        heap, rows, new, floor = heaps[i], heap_rows[i], scores[i], floors[i]
        for first in range(0, n_rows, _TOGETHER):
            last = min(first + _TOGETHER, n_rows)
            if n_reaching(new[first:last], max(heap[0], floor)) == 0:
                continue
            for j in range(first, last):
                if new[j] > heap[0] and new[j] >= floor:  # the root rises meanwhile
                    _replace_root(heap, rows, new[j], first_row + j)
        floors[i] = max(floors[i], heap[0])


@strict_kernel
def _replace_root(heap, rows, score, row):
    """Put a score in place of the worst, and move it down to where it belongs."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= len(heap):
            break
        sibling = child + 1
        if sibling < len(heap) and _is_worse(
            heap[sibling], rows[sibling], heap[child], rows[child]
        ):
            child = sibling
        if not _is_worse(heap[child], rows[child], score, row):
            break
        heap[place], rows[place] = heap[child], rows[child]
        place = child
    heap[place], rows[place] = score, row


@strict_kernel
def _is_worse(score, row, other_score, other_row):
    return score < other_score or (score == other_score and row > other_row)
