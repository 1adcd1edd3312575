"""Threads that are safe after fork and in worker processes: a pool for each call."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numba.core import config

N_CHUNKS = 16  # fixed, so that sums are the same with any number of threads
_SMALL = 1 << 18  # elements; below, starting threads costs more than it gains


def map_chunks(task, n_rows, row_size):
    """``task(chunk number, rows)`` for slices that cover ``range(n_rows)``."""
    edges = np.linspace(0, n_rows, N_CHUNKS + 1).astype(int)
    slices = [slice(a, b) for a, b in pairwise(edges)]
    # numba's setting follows the processor mask and what joblib allots to a worker.
    n_threads = min(int(config.NUMBA_NUM_THREADS), N_CHUNKS)
    if n_rows * row_size < _SMALL:
        n_threads = 1

    def share(thread):
        for chunk in range(thread, N_CHUNKS, n_threads):
            task(chunk, slices[chunk])

    if n_threads == 1:
        share(0)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(share, range(n_threads)))
