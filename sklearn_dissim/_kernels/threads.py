"""Threads that are safe after fork and in worker processes: a pool for each call."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numba.core import config

N_CHUNKS = 16  # fixed, so that sums are the same with any number of threads
_SMALL = 1 << 18  # elements; below, starting threads costs more than it gains


def available_threads():
    """As many as numba's setting says, which follows the processor mask and joblib."""
    return int(config.NUMBA_NUM_THREADS)


def in_threads(task, n_threads):
    """``[task(0), task(1), ...]``, each in a thread of its own; the first one in this."""
    if n_threads == 1:
        return [task(0)]
    with ThreadPoolExecutor(n_threads - 1) as pool:
        others = [pool.submit(task, thread) for thread in range(1, n_threads)]
        return [task(0), *(other.result() for other in others)]


def map_chunks(task, n_rows, row_size):
    """``task(chunk number, rows)`` for slices that cover ``range(n_rows)``."""
    edges = np.linspace(0, n_rows, N_CHUNKS + 1).astype(int)
    slices = [slice(a, b) for a, b in pairwise(edges)]
    n_threads = min(available_threads(), N_CHUNKS)
    if n_rows * row_size < _SMALL:
        n_threads = 1

    def share(thread):
        for chunk in range(thread, N_CHUNKS, n_threads):
            task(chunk, slices[chunk])

    in_threads(share, n_threads)
