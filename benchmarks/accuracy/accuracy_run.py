"""Computes what is missing of the table, a fit a core."""

import os
import time
import warnings
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import get_context

import accuracy_cells as cells
import accuracy_tasks as tasks
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_dissim._utils.progress import Progress


def run(store, columns, methods, *, seeds, jobs, minutes, tiny):
    """Compute what is missing: every choice first, then seed after seed.

    Returns
    -------
    int
        How many fits failed.
    """
    last = time.monotonic() + 60 * minutes
    total = _n_left(store, columns, methods, seeds)
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):  # a fit a core; processes take this over
        os.environ[f"{library}_NUM_THREADS"] = "1"
    context = get_context("spawn")
    with (
        ProcessPoolExecutor(jobs, context, _start_worker, (tiny,)) as pool,
        Progress("Fits", total, 1) as bar,
    ):
        running, done, failed = {}, 0, []
        while True:
            busy = set(running.values())
            for job in _left(store, columns, methods, seeds):
                if len(running) >= jobs or time.monotonic() > last:
                    break
                if job not in busy and job not in failed:
                    running[pool.submit(cells.compute, job)] = job
                    busy.add(job)
            if not running:
                break
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                job = running.pop(future)
                if future.exception():
                    failed.append(job)
                    print(f"\n{job}: {future.exception()!r}", flush=True)
                else:
                    store.add(future.result())
                done += 1
                bar(done, f"{job[0]} | {job[1]}")
    return len(failed)


def _left(store, columns, methods, seeds):
    """Jobs that can be done now, the first seeds of all before further ones."""
    found = {}
    for name in columns:
        for method in methods:
            for job in cells.jobs(store, method, name, seeds):
                place = cells.home(method, name)
                found.setdefault((job[0], place, *job[2:]), job)
    return sorted(found.values(), key=lambda job: -1 if job[3] is None else job[3])


def _n_left(store, columns, methods, seeds):
    """Fits that are left, at most."""
    return sum(
        len(cells.configs(m, n)) + (seeds if m.random else 1) for m in methods for n in columns
    )


def _start_worker(tiny):
    import torch

    torch.set_num_threads(1)
    tasks.TINY = tiny
    if tiny:  # of so few pairs a small false match rate cannot be told
        warnings.simplefilter("ignore", UndefinedMetricWarning)
