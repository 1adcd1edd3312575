"""Measure the speed and the memory of the convex solver.

    python -m benchmarks.solver_speed [--runs 5]

Ours trains on 200,000 IndexedPairs of 5,000 items x 128 features, LinearSVC on the same
dissimilarity vectors, materialised beforehand (that time is not counted). Both fit in turn, in one
run; printed is the median of the ratios fit by fit. Then come the extra memory of our fit, as the
operating system tells it, and a fit of 1,000,000 pairs x 512 features.
"""

import argparse
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from sklearn_dissim import DichotomyTransformer, MaxMarginPairClassifier, make_pairs


def problem(n_identities, n_samples, n_features, n_pairs, dtype=np.float64):
    """Return pairs of Gaussian identities with Gaussian spread, half of them same, and labels."""
    rng = np.random.default_rng(0)
    identities = np.repeat(np.arange(n_identities), n_samples)
    items = 1.5 * rng.standard_normal((len(identities), n_features), dtype)
    items += rng.standard_normal((n_identities, n_features), dtype)[identities]
    possible = n_identities * n_samples * (n_samples - 1) // 2
    n_same = min(n_pairs // 2, possible)
    pairs, y, _ = make_pairs(
        items,
        identities,
        positives=n_same,
        negatives_per_positive=(n_pairs - n_same) / n_same,
        random_state=0,
    )
    return pairs, y


def objective(weights, intercept, vectors, y, C, loss):
    slacks = np.maximum(1 - (2 * y - 1) * (vectors @ weights + intercept), 0)
    return 0.5 * weights @ weights + C * np.sum(slacks**2 if loss == "squared_hinge" else slacks)


def timed(fit):
    start = time.perf_counter()
    fitted = fit()
    return time.perf_counter() - start, fitted


def compare(runs):
    pairs, y = problem(250, 20, 128, 200_000)
    vectors = DichotomyTransformer().fit_transform(pairs)
    MaxMarginPairClassifier().fit(pairs[:1000], y[:1000])  # compiles the kernels
    print("200,000 pairs of 5,000 items x 128 features; LinearSVC on materialised vectors")
    print(
        f"{'loss':14s} {'C':>6s} {'ours (s)':>9s} {'LinearSVC (s)':>14s} "
        f"{'times faster':>13s} {'objective, ours / theirs':>25s}"
    )
    cases = [("squared_hinge", C) for C in (1e-3, 1e-1, 1.0)]
    cases += [("hinge", C) for C in (1e-3, 1e-2)]  # beyond, LinearSVC takes minutes
    for loss, C in cases:
        ours = MaxMarginPairClassifier(C, loss=loss)
        theirs = LinearSVC(C=C, loss=loss, dual=loss == "hinge", intercept_scaling=100)
        times = []
        for _ in range(runs if loss == "squared_hinge" else min(runs, 2)):
            mine, ours = timed(lambda ours=ours: ours.fit(pairs, y))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                other, theirs = timed(lambda theirs=theirs: theirs.fit(vectors, y))
            times.append((mine, other))
        mine, other = np.transpose(times)
        values = [
            objective(clf.coef_[0], clf.intercept_[0], vectors, y, C, loss)
            for clf in (ours, theirs)
        ]
        print(
            f"{loss:14s} {C:6g} {np.median(mine):9.2f} {np.median(other):14.2f} "
            f"{np.median(other / mine):13.1f} {values[0] / values[1]:25.7f}",
            flush=True,
        )


def peak_memory():
    """Return the largest resident size of this process so far, in MB."""
    status = Path("/proc/self/status").read_text()  # Linux only
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure_memory(n_identities, n_features, n_pairs, loss):
    """Print by how much a fit raises the peak, in a process of its own."""
    pairs, y = problem(n_identities, 20, n_features, n_pairs, np.float32)
    clf = MaxMarginPairClassifier(0.01, loss=loss)
    clf.fit(pairs[::1000], y[::1000])  # kernels and libraries
    clf.fit(pairs[:: n_pairs // 3000], y[:: n_pairs // 3000])
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = peak_memory()
    seconds, _ = timed(lambda: clf.fit(pairs, y))
    extra = peak_memory() - before
    array = n_pairs * n_features * 8 / 1024**2
    print(
        f"{n_pairs:,} pairs x {n_features} features, {loss}: {seconds:.1f} s, gap "
        f"{clf.dual_gap_ / clf.objective_:.0e}; extra memory {extra:.0f} MB = "
        f"{100 * extra / array:.1f} % of the vectors in double precision; "
        f"process {peak_memory():.0f} MB in all",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--memory", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory:
        *sizes, loss = arguments.memory
        return measure_memory(*map(int, sizes), loss)
    compare(arguments.runs)
    print()
    for case in ("250 128 200000", "1000 512 1000000"):
        for loss in ("squared_hinge", "hinge"):
            command = [
                sys.executable,
                "-m",
                "benchmarks.solver_speed",
                "--memory",
                *case.split(),
                loss,
            ]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
