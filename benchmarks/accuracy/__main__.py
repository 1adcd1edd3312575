"""Compute the table of accuracy: methods x data sets x backbones, judged on new identities.

    python -m benchmarks.accuracy [--minutes 30] [--columns omniglot digits] [--methods triplet]

computes the fits that are missing, and writes the table and its picture. It can be stopped at any
time: finished fits are kept, and the next run goes on from there. `--minutes 0` fits nothing and
makes the table anew from the fits that are kept.
"""

import argparse
import os
from pathlib import Path

from benchmarks.accuracy import cells, columns, report
from benchmarks.accuracy.methods import METHODS
from benchmarks.accuracy.run import run
from benchmarks.accuracy.store import Store


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="start no fit after so many"
    )
    parser.add_argument(
        "--columns", nargs="*", default=[""], help="fit those whose names begin like this"
    )
    parser.add_argument(
        "--methods", nargs="*", default=[""], help="fit those whose names begin like this"
    )
    parser.add_argument(
        "--seeds", type=int, default=cells.N_SEEDS, help="to fit; the table shows all that exist"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="fits at a time")
    parser.add_argument("--tiny", action="store_true", help="a few items and steps of each")
    parser.add_argument("--results", type=Path, default=report.RESULTS, help="folder")
    arguments = parser.parse_args()
    columns.TINY = arguments.tiny
    store = Store(arguments.results)
    n_failed = run(
        store,
        [name for name in columns.names() if name.startswith(tuple(arguments.columns))],
        [method for method in METHODS if method.name.startswith(tuple(arguments.methods))],
        seeds=arguments.seeds,
        jobs=arguments.jobs,
        minutes=arguments.minutes,
        tiny=arguments.tiny,
    )
    n_seeds = max(arguments.seeds, cells.N_SEEDS)
    report.write(cells.cells(store, columns.names(), n_seeds), arguments.results)
    store.pack(cells.chosen_variants(store, columns.names()))
    if n_failed:
        raise SystemExit(f"{n_failed} fits failed; the others are kept.")


if __name__ == "__main__":
    main()
