"""The best rows of each query, kept while scores come in block by block."""

import numpy as np

from sklearn_dissim._kernels.bits import N_BITS, lowest, reaching
from sklearn_dissim._kernels.plain import kernel


def no_best(n_queries, k, dtype):
    """Heaps for `offer` that hold nothing yet: scores and rows."""
    return np.full((n_queries, k), no_score(dtype), dtype), np.full((n_queries, k), -1)


def no_score(dtype):
    """Below every score."""
    return np.finfo(dtype).min


@kernel
def offer(scores, first_row, best, best_rows, floors):
    """Put scores of new rows among the best, where they belong there.

    Parameters
    ----------
    scores : ndarray of shape (n_queries, n_rows)
        Of rows with greater numbers than any offered before.
    first_row : int
    best, best_rows : ndarrays of shape (n_queries, k)
        A heap for each query, its worst row at the root; `no_best` at first. Of equal scores
        the row of the lower number is better.
    floors : ndarray of shape (n_queries,)
        Scores that k rows reach, in whatever heaps: what is lower is left out. Raised here;
        threads may share it, as any of the values they write is right.
    """
    n_rows = scores.shape[1]
    n_together = n_rows // N_BITS * N_BITS
    for i in range(scores.shape[0]):
        heap, rows, new, floor = best[i], best_rows[i], scores[i], floors[i]
        for first in range(0, n_together, N_BITS):
            bits = reaching(new, first, max(heap[0], floor))
            while bits:
                j = first + lowest(bits)
                if new[j] > heap[0]:  # which rises meanwhile
                    _replace_root(heap, rows, new[j], first_row + j)
                bits &= bits - np.uint64(1)
        for j in range(n_together, n_rows):
            if new[j] > heap[0] and new[j] >= floor:
                _replace_root(heap, rows, new[j], first_row + j)
        floors[i] = max(floors[i], heap[0])


@kernel
def _replace_root(heap, rows, score, row):
    place = 0
    while True:
        child = 2 * place + 1
        if child >= len(heap):
            break
        other = child + 1
        if other < len(heap) and _is_worse(heap[other], rows[other], heap[child], rows[child]):
            child = other
        if not _is_worse(heap[child], rows[child], score, row):
            break
        heap[place], rows[place] = heap[child], rows[child]
        place = child
    heap[place], rows[place] = score, row


@kernel
def _is_worse(score, row, other_score, other_row):
    return score < other_score or (score == other_score and row > other_row)
