"""Does the dissimilarity space win? Methods x data sets x backbones, judged on new identities.

    python benchmarks/accuracy [--minutes 30] [--columns omniglot digits] [--methods triplet]

computes what is missing, and writes the table and its figure. It can be stopped at any time: what
is finished is kept, and the next run goes on from there.
"""

import argparse
import os
from pathlib import Path

import accuracy_cells as cells
import accuracy_report
import accuracy_tasks as tasks
from accuracy_methods import METHODS
from accuracy_run import run


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=float("inf"), help="start no fit later")
    parser.add_argument("--columns", nargs="*", default=[""], help="those whose name begins so")
    parser.add_argument("--methods", nargs="*", default=[""], help="those whose name begins so")
    parser.add_argument("--seeds", type=int, default=cells.N_SEEDS, help="to fit; all are shown")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--tiny", action="store_true", help="a few items and steps of each")
    parser.add_argument("--results", type=Path, default=accuracy_report.RESULTS)
    arguments = parser.parse_args()
    tasks.TINY = arguments.tiny
    store = cells.Store(arguments.results)
    n_failed = run(
        store,
        [name for name in tasks.names() if name.startswith(tuple(arguments.columns))],
        [method for method in METHODS if method.name.startswith(tuple(arguments.methods))],
        seeds=arguments.seeds,
        jobs=arguments.jobs,
        minutes=arguments.minutes,
        tiny=arguments.tiny,
    )
    finished = cells.cells(store, tasks.names(), max(arguments.seeds, cells.N_SEEDS))
    accuracy_report.write(finished, arguments.results)
    if n_failed:
        raise SystemExit(f"{n_failed} fits failed; the others are kept.")


if __name__ == "__main__":
    main()
