"""Fit linear metrics by metric-learn: ITML, MMC, SDML, NCA and LMNN.

metric-learn 0.7 does not work with the scikit-learn that the package needs. It runs as a process of
its own, with the versions of metric_learn_requirements.txt, in a virtual environment that the first
fit sets up. Its algorithms are slow in features, pairs and items, so that they get 50 principal
components, some of the training pairs or identities, drawn by the seed, and a limited time.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, mkdtemp
from textwrap import shorten

import numpy as np

from benchmarks.accuracy.distances import balanced_pairs, components, euclid, values_of
from benchmarks.accuracy.method import DidNotFinish, Method

HERE = Path(__file__).parent
ENVIRONMENT = HERE / ".venv-metric-learn"
N_COMPONENTS, N_PAIRS = 50, 2_000
N_ITEMS = {"NCA": 2_000, "LMNN": 1_000}
OPTIONS = {
    "MMC": {"max_proj": 1_000},
    "LMNN": {"learn_rate": 1e-4, "max_iter": 200},  # LMNN halves a rate that overshoots
}
MAX_SECONDS = 120  # that a fit may take


# The process.


def interpreter():
    """Return the Python of the environment, which is set up if need be."""
    if not ENVIRONMENT.exists():
        unfinished = Path(mkdtemp(prefix=f"{ENVIRONMENT.name}-", dir=HERE))
        subprocess.run([sys.executable, "-m", "venv", unfinished], check=True)
        (unfinished / ".gitignore").write_text("*\n")
        install = [_python(unfinished), "-m", "pip", "install", "--quiet", "-r"]
        subprocess.run([*install, HERE / "metric_learn_requirements.txt"], check=True)
        try:
            unfinished.rename(ENVIRONMENT)  # last, so that an environment that exists is complete
        except OSError:  # another process was faster
            rmtree(unfinished)
    return _python(ENVIRONMENT)


def _python(environment):
    scripts = "Scripts" if os.name == "nt" else "bin"
    return environment / scripts / "python"


def learned_map(algorithm, parameters, X, y):
    """Return the matrix (n_components, n_features) that an algorithm learns, in its process."""
    python = interpreter()
    with TemporaryDirectory() as folder:
        folder = Path(folder)
        task = {"algorithm": algorithm, "parameters": parameters}
        (folder / "task.json").write_text(json.dumps(task))
        np.savez(folder / "data.npz", X=X, y=y)
        threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
        # Isolated, so that it imports nothing of this folder or of PYTHONPATH.
        command = [python, "-I", HERE / "metric_learn_worker.py", folder]
        try:
            subprocess.run(command, check=True, timeout=MAX_SECONDS, env=os.environ | threads)
        except subprocess.TimeoutExpired:
            raise DidNotFinish(f"{algorithm} did not finish in {MAX_SECONDS} s") from None
        if (folder / "failed.txt").exists():
            reason = shorten((folder / "failed.txt").read_text(), 200)
            raise DidNotFinish(f"{algorithm} gave up: {reason}")
        return np.load(folder / "components.npy")


# What it learns from.


def compressed(part):
    """Return the map to principal components, scaled as one to a mean variance of 1."""
    basis = components(part, N_COMPONENTS)
    unit = np.sqrt(basis.explained_variance_.mean())
    return lambda features: basis.transform(features) / unit


def pairs_of(part, algorithm, config, seed):
    """Draw as many same as different pairs of item numbers, with labels of -1 and 1."""
    indices, y = balanced_pairs(part, N_PAIRS, seed)
    return indices, 2 * y - 1


def items_of(part, algorithm, config, seed):
    """Draw identities with enough neighbours; return their item numbers and labels."""
    codes, counts = np.unique(part.identities, return_inverse=True, return_counts=True)[1:]
    enough = np.flatnonzero(counts > config.get("n_neighbors", 1))
    order = np.random.default_rng(seed).permutation(enough)
    n_taken = max(2, np.searchsorted(counts[order].cumsum(), N_ITEMS[algorithm], "right"))
    rows = np.flatnonzero(np.isin(codes, order[:n_taken]))
    return rows, codes[rows]


def parameters_of(algorithm, config, X, y):
    """Return the parameters that metric-learn takes for a configuration.

    That of SDML is a share of the greatest balance of same and different pairs at which the matrix
    that SDML inverts is positive definite; beyond it, the solver gives up.
    """
    if algorithm != "SDML":
        return config | OPTIONS.get(algorithm, {})
    differences = X[:, 0] - X[:, 1]
    excess = np.linalg.eigvalsh(-(differences.T * y) @ differences).max()
    return {"balance_param": config["share"] / excess}


def fit_with(algorithm, draw):
    """Return the `fit` of an algorithm that learns from what `draw` draws."""

    def fit(column, part, config, seed):
        compress = compressed(part)
        rows, y = draw(part, algorithm, config, seed)
        X = compress(part.features)[rows]
        parameters = parameters_of(algorithm, config, X, y)
        learned = learned_map(algorithm, parameters | {"random_state": seed}, X, y)
        return lambda new: euclid(compress(new.features) @ learned.T)

    return fit


def initial_metrics(column):
    """Return MMC's configurations: two starts, and one weight a feature."""
    return [{"init": "identity"}, {"init": "covariance"}, {"diagonal": True}]


def dimensions(column):
    """Return the numbers of dimensions that NCA maps to."""
    n_components = min(N_COMPONENTS, *column.train.features.shape)
    return [{"n_components": n} for n in (n_components // 3, 2 * n_components // 3, n_components)]


ALGORITHMS = [
    ("ITML", pairs_of, values_of("gamma", 0.1, 1.0, 10.0)),
    ("MMC", pairs_of, initial_metrics),
    ("SDML", pairs_of, values_of("share", 0.1, 0.5, 0.9)),
    ("NCA", items_of, dimensions),
    ("LMNN", items_of, values_of("n_neighbors", 1, 2, 3)),
]
METHODS = [
    Method(name, "metric learning", configs, fit_with(name, draw), random=True)
    for name, draw, configs in ALGORITHMS
]
