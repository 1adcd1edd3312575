"""Compute the fits that are missing of the table, one on each core."""

import os
import time
import warnings
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import get_context

from sklearn.exceptions import UndefinedMetricWarning

from benchmarks.accuracy import cells, columns


def run(store, names, methods, *, seeds, jobs, minutes, tiny):
    """Compute what is missing: every choice first, then seed after seed.

    Returns
    -------
    int
        How many fits failed.
    """
    deadline = time.monotonic() + 60 * minutes
    n_fits = _n_fits(names, methods, seeds)
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):  # read by the processes when they start
        os.environ[f"{library}_NUM_THREADS"] = "1"
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _start_worker, (tiny,)) as pool:
        running, n_done, failed = {}, 0, []
        while True:
            busy = set(running.values())
            for job in _jobs_to_start(store, names, methods, seeds):
                if len(running) >= jobs or time.monotonic() > deadline:
                    break
                if job not in busy and job not in failed:
                    running[pool.submit(cells.compute, job)] = job
                    busy.add(job)
            if not running:
                break
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                job = running.pop(future)
                outcome = "done"
                if future.exception():
                    failed.append(job)
                    outcome = repr(future.exception())
                else:
                    store.add(future.result())
                n_done += 1
                print(f"{n_done} of at most {n_fits} fits: {job}: {outcome}", flush=True)
    return len(failed)


def _jobs_to_start(store, names, methods, seeds):
    """Return the jobs that can be done now, the first seeds of all before further ones."""
    jobs = {}
    for name in names:
        for method in methods:
            for job in cells.jobs(store, method, name, seeds):
                place = cells.home(method, name)
                jobs.setdefault((job[0], place, *job[2:]), job)
    return sorted(jobs.values(), key=lambda job: -1 if job[3] is None else job[3])


def _n_fits(names, methods, seeds):
    """Return how many fits there can be."""
    return sum(
        len(cells.configs(m, n)) + (seeds if m.random else 1) for m in methods for n in names
    )


def _start_worker(tiny):
    import torch

    torch.set_num_threads(1)
    columns.TINY = tiny
    if tiny:  # so few pairs cannot tell a small false match rate
        warnings.simplefilter("ignore", UndefinedMetricWarning)
