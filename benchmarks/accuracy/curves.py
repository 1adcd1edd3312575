"""Measure how accuracy grows with the data to learn from, and falls with noise.

    python -m benchmarks.accuracy.curves [--minutes 15] [--columns "emoji, frozen"] [--tiny]

Methods that need no network, each with one fixed configuration, learn from the same labelled pairs
and are judged on the same new identities. One thing is varied at a time: the number of identities,
of pairs, of features, or the share of wrong labels. The run can be stopped at any time: finished
points are kept, and the next run goes on from there.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass
from functools import cache, lru_cache, partial
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from benchmarks.accuracy import columns, curves_report
from benchmarks.accuracy.columns import Part, column
from benchmarks.accuracy.distances import (
    MANY_FEATURES,
    components,
    cosine,
    differences,
    discriminants,
    euclid,
    weighted_city_block,
)
from benchmarks.accuracy.judge import Judge
from benchmarks.accuracy.ours import HEAD, matrix_of, pairs_of
from benchmarks.accuracy.store import write_records
from sklearn_dissim import MaxMarginPairClassifier, PairWhitening

N_SEEDS = 5
N_JUDGED = 300  # test identities, always the same


# What is varied.


@dataclass(frozen=True)
class Setting:
    """Hold the shares of identities, pairs and features to learn from, and of wrong labels.

    With `features` above 1, the features beyond the real ones are pure noise.
    """

    identities: float = 1.0
    pairs: float = 1.0
    features: float = 1.0
    relabelled: float = 0.0

    @property
    def uses_all_items(self):
        """Say whether the seed draws neither items nor features."""
        return self.identities == self.features == 1


# Settings with the same features stand together, so that `prepared` computes views of them once.
SETTINGS = [
    Setting(),
    *(Setting(pairs=share) for share in (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)),
    *(Setting(relabelled=share) for share in (0.1, 0.2, 0.3, 0.4)),
    *(Setting(identities=share) for share in (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)),
    *(Setting(features=share) for share in (1 / 8, 1 / 4, 1 / 2, 1.5, 2, 3, 5)),
]


def take_identities(part, share, seed):
    """Return the items of a share of the identities; greater shares hold the smaller ones."""
    order = np.random.default_rng(seed).permutation(np.unique(part.identities))
    return part.of(order[: max(2, round(share * len(order)))])


def take_features(parts, share, seed):
    """Return parts with a share of the features, or with all and noise of their mean variance."""
    rng, d = np.random.default_rng(seed), parts[0].features.shape[1]
    kept = rng.permutation(d)[: round(share * d)]
    deviation = np.sqrt(parts[0].features.var(axis=0).mean())
    changed = []
    for part in parts:
        noise = rng.normal(0, deviation, (len(part), round(max(0, share - 1) * d)))
        features = np.hstack([part.features[:, kept], noise]).astype(np.float32)
        changed.append(Part(part.items, features, part.identities, part.cameras))
    return changed


def relabelled(part, share, seed):
    """Return the part with a share of the items under the name of another identity."""
    rng = np.random.default_rng(seed)
    names, codes = np.unique(part.identities, return_inverse=True)
    wrong = rng.permutation(len(codes))[: round(share * len(codes))]
    codes[wrong] = (codes[wrong] + rng.integers(1, len(names), len(wrong))) % len(names)
    return Part(part.items, part.features, names[codes], part.cameras)


def take_pairs(pairs, y, share, seed):
    """Return a share of the same pairs, and of the different ones."""
    rows = np.random.default_rng(seed).permutation(len(y))
    by_label = [rows[y[rows] == label] for label in (0, 1)]
    kept = np.concatenate([own[: max(2, round(share * len(own)))] for own in by_label])
    return pairs[kept], y[kept]


# Methods: each returns the scores of all pairs of new items.


@dataclass
class Views:
    """Hold items as they are, in principal components, and in those of standardised features."""

    raw: np.ndarray
    components: np.ndarray
    standardised: np.ndarray


def views(learned, judged):
    """Return the views of both parts, which learn from the first and without labels."""
    scaler = StandardScaler().fit(learned.features)
    scaled = [Part(None, scaler.transform(p.features), p.identities) for p in (learned, judged)]
    n_components = min(MANY_FEATURES, len(learned) - 1)  # more would be rounding errors
    basis, scaled_basis = (components(part, n_components) for part in (learned, scaled[0]))
    return [
        Views(part.features, basis.transform(part.features), scaled_basis.transform(twin.features))
        for part, twin in zip((learned, judged), scaled, strict=True)
    ]


def fit_whitening(learned, new, pairs, y, shrinkage=0.1, n_directions=64):
    """Score by the best discriminants after whitening by the differences of same pairs."""
    items = learned.components
    left, right = pairs.indices[y == 1].T
    difference = items[left] - items[right]
    within = difference.T @ difference / (2 * len(difference))
    discriminate = discriminants(items, within, shrinkage)
    return cosine(discriminate(new.components)[:, :n_directions])


def fit_logistic(learned, new, pairs, y, n_components=100):
    """Score by a weight a component, of either sign."""
    classifier = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000)
    )
    items = learned.components[:, :n_components]
    scaler, linear = classifier.fit(differences(items, *pairs.indices.T), y)
    weights = linear.coef_[0] / scaler.scale_
    return weighted_city_block(new.components[:, :n_components], weights)


def fit_max_margin(learned, new, pairs, y):
    """Score by a weight a component, at or below 0."""
    clf = MaxMarginPairClassifier(0.1, **HEAD).fit(pairs.over(learned.standardised), y)
    return matrix_of(clf.coef_[0], new.standardised)


def fit_recommended(learned, new, pairs, y, C=1.0, shrink_to="zero"):
    """Score by weights of squared differences of items of length 1, after whitening by pairs."""
    whitening = PairWhitening(shrinkage=0.05).fit(pairs.over(learned.components), y)
    items, new_items = (
        Normalizer().transform(whitening.transform(view.components)) for view in (learned, new)
    )
    clf = MaxMarginPairClassifier(C, shrink_to=shrink_to, difference="squared", **HEAD)
    clf.fit(pairs.over(items), y)
    return matrix_of(clf.coef_[0], new_items, "squared")


METHODS = {
    "PairWhitening, max-margin": fit_recommended,
    "the same, shrunk to equal": partial(fit_recommended, C="auto", shrink_to="equal"),
    "LDA whitening, cosine": fit_whitening,
    "max-margin on |q - g|": fit_max_margin,
    "logistic regression on |q - g|": fit_logistic,
    "cosine": lambda learned, new, pairs, y: cosine(new.raw),
    "Euclid": lambda learned, new, pairs, y: euclid(new.raw),
}


# Points of the curves.


@lru_cache(maxsize=1)
def prepared(name, identities, features, seed):
    """Return the part to learn from, and the views of it and of the judged part."""
    learned = take_identities(column(name).learned_from(), identities, seed)
    parts = [learned, judged(name)[0]]
    if features != 1:
        parts = take_features(parts, features, seed)
    return parts[0], *views(*parts)


@cache
def judged(name):
    """Return the part of the judged test identities, and its judge."""
    test = column(name).test
    part = take_identities(test, min(1, N_JUDGED / len(np.unique(test.identities))), 0)
    return part, Judge(part)


def point(name, setting, seed, methods):
    """Fit and judge methods in one setting; return a point of the curves."""
    subset = 0 if setting.uses_all_items else seed
    part, learned, new = prepared(name, setting.identities, setting.features, subset)
    labelled = relabelled(part, setting.relabelled, seed)
    pairs, y = take_pairs(*pairs_of(labelled, labelled.features, seed), setting.pairs, seed)
    figures = {}
    for method in methods:
        scores = METHODS[method](learned, new, pairs, y).astype(np.float32)
        brief = judged(name)[1].brief(scores)
        figures[method] = {key: round(float(value), 5) for key, value in brief.items()}
    sizes = {
        "n_identities": len(np.unique(part.identities)),
        "n_same": int(y.sum()),
        "n_features": part.features.shape[1],
        "n_judged": len(np.unique(judged(name)[0].identities)),
    }
    return asdict(setting) | {"seed": seed} | sizes | {"figures": figures}


class Store:
    """Hold the finished points of all columns, in one JSON file."""

    def __init__(self, folder):
        self.path = Path(folder) / "curves.json"
        self.points = json.loads(self.path.read_text()) if self.path.exists() else []

    def add(self, new):
        """Keep a point, or further methods of a point, and write the file."""
        kept = next((p for p in self.points if _same(p, new)), None)
        if kept is None:
            self.points.append(new)
        else:
            kept["figures"] |= new["figures"]
        write_records(self.path, self.points)

    def left(self, name):
        """Return what is missing of a column: settings, seeds, methods; the first seeds first."""
        jobs = []
        for seed in range(N_SEEDS):
            for setting in SETTINGS:
                point = {"column": title(name), "seed": seed} | asdict(setting)
                done = [p["figures"] for p in self.points if _same(p, point)]
                methods = [method for method in METHODS if not any(method in d for d in done)]
                if methods:
                    jobs.append((setting, seed, methods))
        return jobs


def _same(a, b):
    """Say whether two points are of one column, setting and seed."""
    return all(a[key] == b[key] for key in ("column", "seed", *asdict(Setting())))


def title(name):
    """Return the column's name under which points are kept."""
    return name + ", tiny" * columns.TINY


def run(store, names, minutes):
    """Compute what is missing."""
    deadline = time.monotonic() + 60 * minutes
    jobs = [(name, *job) for name in names for job in store.left(name)]
    for n_done, (name, setting, seed, methods) in enumerate(jobs, 1):
        if time.monotonic() > deadline:
            break
        store.add({"column": title(name)} | point(name, setting, seed, methods))
        print(f"{n_done} of {len(jobs)} points: {title(name)}, {setting}, seed {seed}", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="start no point after so many"
    )
    parser.add_argument(
        "--columns",
        nargs="*",
        default=[curves_report.COLUMN],
        help="compute those whose names begin like this",
    )
    parser.add_argument("--tiny", action="store_true", help="a few items")
    parser.add_argument("--results", type=Path, default=curves_report.RESULTS)
    arguments = parser.parse_args()
    columns.TINY = arguments.tiny
    store = Store(arguments.results)
    run(
        store,
        [name for name in columns.names() if name.startswith(tuple(arguments.columns))],
        arguments.minutes,
    )
    curves_report.write(store.points, arguments.results)


if __name__ == "__main__":
    main()
