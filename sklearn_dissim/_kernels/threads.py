"""Share work among threads that are safe after fork and in worker processes.

Every call has a pool of its own: a pool that outlived the call would be copied by a fork without
its threads, and the child would wait for them for ever.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numba.core import config

from sklearn_dissim._kernels.compiling import readable

N_CHUNKS = 16  # fixed, so that sums are the same with any number of threads
_SMALL_CHUNKS = 1 << 18  # elements; below, starting threads costs more than it gains
_BLOCK = 1 << 23  # elements of the gallery that a thread reads at a time, at most
_SMALL_SEARCH = 1 << 25  # pairs of elements; below, as above


def available_threads():
    """Return numba's setting, which follows the processor mask and joblib."""
    return int(config.NUMBA_NUM_THREADS)


def in_threads(task, n_threads):
    """Return ``[task(0), task(1), ...]``, each from a thread of its own.

    The first task runs in the caller's thread, so one thread starts none.
    """
    if n_threads == 1:
        return [task(0)]
    with ThreadPoolExecutor(n_threads - 1) as pool:
        started = [pool.submit(task, thread) for thread in range(1, n_threads)]
        return [task(0), *(job.result() for job in started)]


def map_chunks(task, n_rows, row_size):
    """Call ``task(chunk number, rows)`` for N_CHUNKS slices that cover ``range(n_rows)``."""
    edges = np.linspace(0, n_rows, N_CHUNKS + 1).astype(int)
    slices = [slice(a, b) for a, b in pairwise(edges)]
    n_threads = min(available_threads(), N_CHUNKS)
    if n_rows * row_size < _SMALL_CHUNKS:
        n_threads = 1

    def share(thread):
        for chunk in range(thread, N_CHUNKS, n_threads):
            task(chunk, slices[chunk])

    in_threads(share, n_threads)


def share_blocks(task, gallery, n_queries, n_rows, n_threads, counted=None):
    """Call ``task(blocks)`` in every thread; each block goes to the thread that asks first.

    Parameters
    ----------
    task : callable
        Given an iterator of (number of the first row, rows).
    gallery : ndarray of shape (n_gallery, n_features)
    n_queries : int
        Queries that the task scores.
    n_rows : int
        Rows of a block, at most.
    n_threads : int or None
        By default all that this process may use.
    counted : ndarray of bool, shape (n_gallery,), default=None
        Rows that are given to the task; by default all.

    Returns
    -------
    list
        What the task returned in each thread.
    """
    n_rows = max(1, min(n_rows, _BLOCK // gallery.shape[1]))
    starts = range(0, len(gallery), n_rows)
    n_threads = min(n_threads or available_threads(), len(starts))
    if n_queries * gallery.size < _SMALL_SEARCH:
        n_threads = 1
    remaining = iter(starts)  # whose next() is one step, so that threads need no lock

    def blocks():
        for start in remaining:
            rows = gallery[start : start + n_rows]
            if counted is not None:
                rows = rows[counted[start : start + n_rows]]
            if len(rows):
                yield start, readable(rows)

    return in_threads(lambda _: task(blocks()), n_threads)
