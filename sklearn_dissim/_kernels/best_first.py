"""The order of a ranking."""

import numpy as np


def best_first(scores, rows, k):
    """The k best of each query in order: score falling, then row number rising."""
    order = np.lexsort((rows, -scores), axis=1)[:, :k]
    return np.take_along_axis(scores, order, 1), np.take_along_axis(rows, order, 1)
