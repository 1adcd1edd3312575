"""The best rows of each query, kept while scores come in block by block."""

import numpy as np

from sklearn_dissim._kernels._plain import kernel

_LOOKED_AT = 32  # scores together; most hold none that is among the best


def no_best(n_queries, k, dtype):
    """Heaps for `offer` that hold nothing yet: scores and rows."""
    return np.full((n_queries, k), np.finfo(dtype).min, dtype), np.full((n_queries, k), -1)


@kernel
def offer(scores, first_row, best, best_rows):
    """Put scores of new rows among the best, where they belong there.

    Parameters
    ----------
    scores : ndarray of shape (n_queries, n_rows)
        Of rows with greater numbers than any offered before.
    first_row : int
    best, best_rows : ndarrays of shape (n_queries, k)
        A heap for each query, its worst row at the root; `no_best` at first. Of equal scores
        the row of the lower number is better.
    """
    n_rows = scores.shape[1]
    for i in range(scores.shape[0]):
        heap, rows = best[i], best_rows[i]
        for first in range(0, n_rows, _LOOKED_AT):
            last = min(first + _LOOKED_AT, n_rows)
            highest = scores[i, first]
            for j in range(first, last):
                highest = max(highest, scores[i, j])
            if highest <= heap[0]:
                continue
            for j in range(first, last):
                if scores[i, j] > heap[0]:
                    _replace_root(heap, rows, scores[i, j], first_row + j)


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
