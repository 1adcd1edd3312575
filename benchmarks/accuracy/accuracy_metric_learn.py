"""Linear metrics learned by metric-learn: ITML, MMC, SDML, NCA and LMNN.

metric-learn 0.7 does not work with the scikit-learn that we use. It runs as a process, with the
versions of metric_learn_requirements.txt in a virtual environment that the first fit sets up. Its
algorithms are slow in features, pairs and items, so they get 50 principal components and some of
the training pairs or identities, drawn by the seed, and a limited time.
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
from accuracy_distances import balanced_pairs, components, euclid, values_of
from accuracy_method import DidNotFinish, Method

HERE = Path(__file__).parent
ENVIRONMENT = HERE / ".venv-metric-learn"
N_COMPONENTS, N_PAIRS = 50, 2_000
N_ITEMS = {"NCA": 2_000, "LMNN": 1_000}
OPTIONS = {
    "MMC": {"max_proj": 1_000},
    "LMNN": {"learn_rate": 1e-4, "max_iter": 200},  # it halves a rate that overshoots
}
SECONDS = 120  # that a fit may take


# The process.


def interpreter():
    """The environment's; renamed when complete, so that one that exists is complete."""
    if not ENVIRONMENT.exists():
        unfinished = Path(mkdtemp(prefix=f"{ENVIRONMENT.name}-", dir=HERE))
        subprocess.run([sys.executable, "-m", "venv", unfinished], check=True)
        (unfinished / ".gitignore").write_text("*\n")
        install = [unfinished / "bin" / "python", "-m", "pip", "install", "--quiet", "-r"]
        subprocess.run([*install, HERE / "metric_learn_requirements.txt"], check=True)
        try:
            unfinished.rename(ENVIRONMENT)
        except OSError:  # another process was faster
            rmtree(unfinished)
    return ENVIRONMENT / "bin" / "python"


def learned_map(algorithm, parameters, X, y):
    """Matrix (n_components, n_features) that an algorithm learns, in its environment."""
    python = interpreter()
    with TemporaryDirectory() as folder:
        folder = Path(folder)
        task = {"algorithm": algorithm, "parameters": parameters}
        (folder / "task.json").write_text(json.dumps(task))
        np.savez(folder / "data.npz", X=X, y=y)
        threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
        command = [python, HERE / "metric_learn_worker.py", folder]
        try:
            subprocess.run(command, check=True, timeout=SECONDS, env=os.environ | threads)
        except subprocess.TimeoutExpired:
            raise DidNotFinish(f"{algorithm} did not finish in {SECONDS} s") from None
        if (folder / "failed.txt").exists():
            reason = shorten((folder / "failed.txt").read_text(), 200)
            raise DidNotFinish(f"{algorithm} gave up: {reason}")
        return np.load(folder / "components.npy")


# What it learns from.


def compressed(part):
    """The map to principal components, all of one scale: on average, one of unit variance."""
    basis = components(part, N_COMPONENTS)
    unit = np.sqrt(basis.explained_variance_.mean())
    return lambda features: basis.transform(features) / unit


def pairs_of(part, algorithm, config, seed):
    """Balanced pairs of item numbers, with labels of -1 and 1."""
    indices, y = balanced_pairs(part, N_PAIRS, seed)
    return indices, 2 * y - 1


def items_of(part, algorithm, config, seed):
    """Item numbers of some identities that have enough neighbours, and their labels."""
    codes, counts = np.unique(part.identities, return_inverse=True, return_counts=True)[1:]
    enough = np.flatnonzero(counts > config.get("n_neighbors", 1))
    order = np.random.default_rng(seed).permutation(enough)
    n_taken = max(2, np.searchsorted(counts[order].cumsum(), N_ITEMS[algorithm], "right"))
    rows = np.flatnonzero(np.isin(codes, order[:n_taken]))
    return rows, codes[rows]


def parameters_of(algorithm, config, X, y):
    """What metric-learn calls the configuration.

    SDML's is a share of the greatest balance of same and different pairs at which the matrix
    that it inverts stays positive definite; beyond that its solver gives up.
    """
    if algorithm != "SDML":
        return config | OPTIONS.get(algorithm, {})
    differences = X[:, 0] - X[:, 1]
    excess = np.linalg.eigvalsh(-(differences.T * y) @ differences).max()
    return {"balance_param": config["share"] / excess}


def fit_with(algorithm, draw):
    """The `fit` of an algorithm that learns from what `draw` draws."""

    def fit(column, part, config, seed):
        compress = compressed(part)
        rows, y = draw(part, algorithm, config, seed)
        X = compress(part.features)[rows]
        parameters = parameters_of(algorithm, config, X, y)
        learned = learned_map(algorithm, parameters | {"random_state": seed}, X, y)
        return lambda new: euclid(compress(new.features) @ learned.T)

    return fit


def initial_metrics(column):
    """MMC from two starts, and of a weight a feature."""
    return [{"init": "identity"}, {"init": "covariance"}, {"diagonal": True}]


def dimensions(column):
    """Numbers of dimensions that NCA maps to."""
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
