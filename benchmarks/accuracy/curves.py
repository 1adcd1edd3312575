"""How accuracy grows with what there is to learn from, and falls with noise.

    python benchmarks/accuracy/curves.py [--minutes 15] [--columns "emoji, frozen"] [--tiny]

Methods that need no network, each with one fixed configuration, learn from the same labelled pairs
and are judged on the same new identities, while one thing is varied: the number of identities, of
pairs, of features, or the share of wrong labels. It can be stopped at any time: finished points are
kept, and the next run goes on from there.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass
from functools import cache, lru_cache, partial
from pathlib import Path

import accuracy_tasks as tasks
import curves_report
import numpy as np
from accuracy_cells import write_records
from accuracy_distances import (
    MANY_FEATURES,
    components,
    cosine,
    differences,
    discriminants,
    euclid,
    weighted_city_block,
)
from accuracy_judge import Judge
from accuracy_ours import HEAD, matrix_of, pairs_of
from accuracy_tasks import Part, column
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from sklearn_dissim import MaxMarginPairClassifier, PairWhitening
from sklearn_dissim._utils.progress import Progress

N_SEEDS = 5
N_JUDGED = 300  # test identities, always the same


# What is varied.


@dataclass(frozen=True)
class Setting:
    """Shares of what there is to learn from; `features` above 1: the rest are pure noise."""

    identities: float = 1.0
    pairs: float = 1.0
    features: float = 1.0
    relabelled: float = 0.0

    @property
    def uses_all_items(self):
        """Whether items and features are as they are, whatever the seed."""
        return self.identities == self.features == 1


# Settings with the same features stand together, for these are then prepared once.
SETTINGS = [
    Setting(),
    *(Setting(pairs=share) for share in (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)),
    *(Setting(relabelled=share) for share in (0.1, 0.2, 0.3, 0.4)),
    *(Setting(identities=share) for share in (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)),
    *(Setting(features=share) for share in (1 / 8, 1 / 4, 1 / 2, 1.5, 2, 3, 5)),
]


def some_identities(part, share, seed):
    """The items of a share of the identities; greater shares hold the smaller ones."""
    known = np.random.default_rng(seed).permutation(np.unique(part.identities))
    return part.of(known[: max(2, round(share * len(known)))])


def other_features(parts, share, seed):
    """A share of the features; or all, and noise that varies as much as they do on average."""
    rng, d = np.random.default_rng(seed), parts[0].features.shape[1]
    kept = rng.permutation(d)[: round(share * d)]
    deviation = np.sqrt(parts[0].features.var(axis=0).mean())
    found = []
    for part in parts:
        noise = rng.normal(0, deviation, (len(part), round(max(0, share - 1) * d)))
        features = np.hstack([part.features[:, kept], noise]).astype(np.float32)
        found.append(Part(part.items, features, part.identities, part.cameras))
    return found


def relabelled(part, share, seed):
    """A share of the items under the name of another identity."""
    rng = np.random.default_rng(seed)
    known, codes = np.unique(part.identities, return_inverse=True)
    wrong = rng.permutation(len(codes))[: round(share * len(codes))]
    codes[wrong] = (codes[wrong] + rng.integers(1, len(known), len(wrong))) % len(known)
    return Part(part.items, part.features, known[codes], part.cameras)


def some_pairs(pairs, y, share, seed):
    """A share of the same pairs, and of the different ones."""
    rows = np.random.default_rng(seed).permutation(len(y))
    kept = [rows[y[rows] == label] for label in (0, 1)]
    kept = np.concatenate([some[: max(2, round(share * len(some)))] for some in kept])
    return pairs[kept], y[kept]


# What is learned: of each method, scores of all pairs of new items.


@dataclass
class Views:
    """Items as they are, in principal components, and in those of standardised features."""

    raw: np.ndarray
    components: np.ndarray
    standardised: np.ndarray


def views(learned, judged):
    """Views of both parts; whatever they learn, is learned without labels from the first."""
    scaler = StandardScaler().fit(learned.features)
    scaled = [Part(None, scaler.transform(p.features), p.identities) for p in (learned, judged)]
    n_components = min(MANY_FEATURES, len(learned) - 1)  # more would be rounding errors
    basis, scaled_basis = (components(part, n_components) for part in (learned, scaled[0]))
    return [
        Views(part.features, basis.transform(part.features), scaled_basis.transform(other.features))
        for part, other in zip((learned, judged), scaled, strict=True)
    ]


def fit_whitening(known, new, pairs, y, shrinkage=0.1, n_directions=64):
    """The best discriminants after whitening by the differences of same pairs."""
    items = known.components
    left, right = pairs.indices[y == 1].T
    apart = items[left] - items[right]
    within = apart.T @ apart / (2 * len(apart))
    found = discriminants(items, within, shrinkage)(new.components)
    return cosine(found[:, :n_directions])


def fit_logistic(known, new, pairs, y, n_components=100):
    """A weight a component, of either sign."""
    classifier = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000)
    )
    items = known.components[:, :n_components]
    scaler, linear = classifier.fit(differences(items, *pairs.indices.T), y)
    weights = linear.coef_[0] / scaler.scale_
    return weighted_city_block(new.components[:, :n_components], weights)


def fit_max_margin(known, new, pairs, y):
    """A weight a component, at or below 0."""
    clf = MaxMarginPairClassifier(0.1, **HEAD).fit(pairs.over(known.standardised), y)
    return matrix_of(clf.coef_[0], new.standardised)


def fit_recommended(known, new, pairs, y, C=1.0, shrink_to="zero"):
    """The same on squared differences of items of one length, after whitening by pairs."""
    whitening = PairWhitening(shrinkage=0.05).fit(pairs.over(known.components), y)
    items, found = (
        Normalizer().transform(whitening.transform(view.components)) for view in (known, new)
    )
    clf = MaxMarginPairClassifier(C, shrink_to=shrink_to, difference="squared", **HEAD)
    clf.fit(pairs.over(items), y)
    return matrix_of(clf.coef_[0], found, "squared")


METHODS = {
    "PairWhitening, max-margin": fit_recommended,
    "the same, shrunk to equal": partial(fit_recommended, C="auto", shrink_to="equal"),
    "LDA whitening, cosine": fit_whitening,
    "max-margin on |q - g|": fit_max_margin,
    "logistic regression on |q - g|": fit_logistic,
    "cosine": lambda known, new, pairs, y: cosine(new.raw),
    "Euclid": lambda known, new, pairs, y: euclid(new.raw),
}


# Points of the curves.


@lru_cache(maxsize=1)
def prepared(name, identities, features, seed):
    """The part to learn from, and the views of it and of the judged part."""
    learned = some_identities(column(name).learned_from(), identities, seed)
    parts = [learned, judged(name)[0]]
    if features != 1:
        parts = other_features(parts, features, seed)
    return parts[0], *views(*parts)


@cache
def judged(name):
    """Some test identities, and their judge."""
    test = column(name).test
    part = some_identities(test, min(1, N_JUDGED / len(np.unique(test.identities))), 0)
    return part, Judge(part)


def point(name, setting, seed, methods):
    """Some methods in one setting."""
    subset = 0 if setting.uses_all_items else seed
    learned, known, new = prepared(name, setting.identities, setting.features, subset)
    labelled = relabelled(learned, setting.relabelled, seed)
    pairs, y = some_pairs(*pairs_of(labelled, labelled.features, seed), setting.pairs, seed)
    figures = {}
    for method in methods:
        scores = METHODS[method](known, new, pairs, y).astype(np.float32)
        brief = judged(name)[1].brief(scores)
        figures[method] = {key: round(float(value), 5) for key, value in brief.items()}
    sizes = {
        "n_identities": len(np.unique(learned.identities)),
        "n_same": int(y.sum()),
        "n_features": learned.features.shape[1],
        "n_judged": len(np.unique(judged(name)[0].identities)),
    }
    return asdict(setting) | {"seed": seed} | sizes | {"figures": figures}


class Store:
    """Finished points of all columns, in one JSON file."""

    def __init__(self, folder):
        self.path = Path(folder) / "curves.json"
        self.points = json.loads(self.path.read_text()) if self.path.exists() else []

    def add(self, found):
        """Keep a point, or more methods of one, and write all down."""
        before = next((p for p in self.points if _same(p, found)), None)
        if before is None:
            self.points.append(found)
        else:
            before["figures"] |= found["figures"]
        write_records(self.path, self.points)

    def left(self, name):
        """What is missing of a column: settings, seeds, methods; the first seeds first."""
        found = []
        for seed in range(N_SEEDS):
            for setting in SETTINGS:
                about = {"column": title(name), "seed": seed} | asdict(setting)
                done = [p["figures"] for p in self.points if _same(p, about)]
                methods = [method for method in METHODS if not any(method in d for d in done)]
                if methods:
                    found.append((setting, seed, methods))
        return found


def _same(one, other):
    """Whether two points are of one column, setting and seed."""
    return all(one[key] == other[key] for key in ("column", "seed", *asdict(Setting())))


def title(name):
    """The column's name under which points are kept."""
    return name + ", tiny" * tasks.TINY


def run(store, columns, minutes):
    """Compute what is missing."""
    last = time.monotonic() + 60 * minutes
    jobs = [(name, *job) for name in columns for job in store.left(name)]
    with Progress("Points", len(jobs), 1) as bar:
        for done, (name, setting, seed, methods) in enumerate(jobs, 1):
            if time.monotonic() > last:
                break
            store.add({"column": title(name)} | point(name, setting, seed, methods))
            bar(done, title(name))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=float("inf"), help="start no point later")
    parser.add_argument(
        "--columns", nargs="*", default=[curves_report.COLUMN], help="those whose name begins so"
    )
    parser.add_argument("--tiny", action="store_true", help="a few items")
    parser.add_argument("--results", type=Path, default=curves_report.RESULTS)
    arguments = parser.parse_args()
    tasks.TINY = arguments.tiny
    store = Store(arguments.results)
    run(
        store,
        [name for name in tasks.names() if name.startswith(tuple(arguments.columns))],
        arguments.minutes,
    )
    curves_report.write(store.points, arguments.results)


if __name__ == "__main__":
    main()
