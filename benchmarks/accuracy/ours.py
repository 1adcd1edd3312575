"""Fit our classifier: convex on the features, and end to end with the column's network."""

import numpy as np
import torch
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from benchmarks.accuracy.distances import MANY_FEATURES, SCALINGS, components, euclid, values_of
from benchmarks.accuracy.judge import comparable
from benchmarks.accuracy.losses import TRAINED, embedded, n_epochs, n_identities, rates
from benchmarks.accuracy.method import Method
from benchmarks.accuracy.networks import fit_layers
from sklearn_dissim import (
    DichotomyTransformer,
    ItemTransformer,
    MaxMarginPairClassifier,
    PairWhitening,
    Training,
    make_pairs,
)
from sklearn_dissim.layers import L2Normalize

N_POSITIVES, N_NEGATIVES = 20_000, 5  # same pairs, at most; different pairs for each of them
N_PAIRS_AT_ONCE = 10_000  # whose differences are held at a time
HEAD = {"nonpositive": True, "class_weight": "balanced", "loss": "squared_hinge"}
HEADS = {  # difference, and what weights shrink to
    "absolute": ("absolute", "zero"),
    "absolute, shrunk to equal": ("absolute", "equal"),
    "squared": ("squared", "zero"),
    "squared, shrunk to equal": ("squared", "equal"),
}
OF_FEATURES = "absolute", "absolute, shrunk to equal", "squared, shrunk to equal"
OF_WHITENED = "squared", "squared, shrunk to equal", "absolute, shrunk to equal"


def pairs_of(part, items, seed=0):
    """Draw training pairs of the items of a part, at most `N_POSITIVES` same ones."""
    n_same, n_different = _n_pairs(part)
    n_same = min(n_same, N_POSITIVES)
    pairs, y, _ = make_pairs(
        items,
        part.identities,
        positives=n_same,
        negatives_per_positive=N_NEGATIVES if N_NEGATIVES * n_same <= n_different else "all",
        across=part.cameras,
        random_state=seed,
    )
    return pairs, y


def _n_pairs(part):
    """Return how many comparable pairs are the same, and different."""
    same, allowed = np.equal.outer(part.identities, part.identities), comparable(part)
    return [int((side & allowed).sum()) // 2 for side in (same, ~same)]


def matrix_of(weights, items, difference="absolute"):
    """Score all pairs of items by weights at or below 0."""
    if difference == "squared":
        return euclid(items * np.sqrt(-weights))
    scaled = torch.as_tensor(items * weights, dtype=torch.float32)
    return -torch.cdist(scaled, scaled, p=1).numpy()


# On the features: convex.


def automatic_cost(pairs, difference):
    """Return the C that "auto" stands for when all pairs weigh the same."""
    total = n_values = 0
    for start in range(0, len(pairs), N_PAIRS_AT_ONCE):
        block = pairs[start : start + N_PAIRS_AT_ONCE]
        vectors = DichotomyTransformer(difference=difference).fit_transform(block)
        total, n_values = total + vectors.sum(), n_values + vectors.size
    return 200 / (n_values * (total / n_values) ** 2)


def fit_heads(part, steps, names=OF_WHITENED, cost=None):
    """Fit classifiers of `HEADS` after some steps; return a function to scores of new features.

    `cost` is C as a share of the automatic one; None leaves C automatic.
    """
    pairs, y = pairs_of(part, part.features.astype(float))
    basis = make_pipeline(*steps).fit(pairs, y)
    transformed = basis.transform(pairs)
    weights = {}
    for name in names:
        difference, shrink_to = HEADS[name]
        head = MaxMarginPairClassifier(difference=difference, shrink_to=shrink_to, **HEAD)
        if cost is not None:
            head.set_params(C=cost * automatic_cost(transformed, difference))
        weights[name] = head.fit(transformed, y).coef_[0]

    def score(features):
        items = basis.transform(features)
        return {name: matrix_of(w, items, HEADS[name][0]) for name, w in weights.items()}

    return score


def fit_scaled(column, part, config, seed):
    """Fit on features as they are or standardised, of which many become principal components."""
    scaler = SCALINGS[config["scaling"]]()
    steps = [*_compressing(part), ItemTransformer(scaler)]
    score = fit_heads(part, steps, OF_FEATURES, config["cost"])
    return lambda new: score(new.features)


def scalings(column):
    """Return the choices: near a plain distance of raw features, or further from it otherwise."""
    choices = ("raw", 0.001), ("standardised", 0.1), ("standardised", 1.0)
    return [{"scaling": scaling, "cost": cost} for scaling, cost in choices]


def whitening(part, shrinkage):
    """Return the steps to items of one length in the basis of `PairWhitening`."""
    return [
        *_compressing(part),
        PairWhitening(shrinkage=shrinkage),
        ItemTransformer(Normalizer()),
    ]


def fit_whitened(column, part, config, seed):
    """Fit the recipe: whitening by pairs, items of length 1, and a head chosen on validation."""
    score = fit_heads(part, whitening(part, config["shrinkage"]))
    return lambda new: score(new.features)


def _compressing(part):
    if part.features.shape[1] <= MANY_FEATURES:
        return []
    return [ItemTransformer(components(part, MANY_FEATURES))]


# End to end.


def end_to_end(column, part, config, seed, *, finish="auto", unit_length=False, **params):
    """Train our classifier with the column's network."""
    torch.manual_seed(seed)
    network = column.network if isinstance(column.network, str) else column.network()
    if unit_length and not isinstance(network, str):  # networks by name end so anyway
        network = torch.nn.Sequential(network, L2Normalize())
    training = Training(
        max_epochs=n_epochs(column, part),
        n_identities=n_identities(column, part),
        n_samples=column.n_samples,
        lr=config["lr"],
        finish=finish,
        device="cpu",
    )
    clf = MaxMarginPairClassifier(backbone=network, training=training, random_state=seed, **params)
    return clf.fit_identities(part.items, part.identities)


def fit_end_to_end(difference):
    """Return a `fit` with a penalty on the weights, finished in several ways."""

    def fit(column, part, config, seed):
        clf = end_to_end(column, part, config, seed, difference=difference)
        module, learned = clf.net_.module_, clf.embed(part.items)
        head = MaxMarginPairClassifier(1.0, difference=difference, **HEAD).fit(
            *pairs_of(part, learned, seed)
        )

        def score(new):
            raw = embedded(module.embed, new.items).numpy()
            whitened = clf.embed(new.items)
            one_length = Normalizer().transform(whitened)
            weights = clf.coef_[0]
            return {
                "as trained": matrix_of(module.weight.detach().numpy(), raw, difference),
                "whitened": matrix_of(weights, whitened, difference),
                "whitened, one length": matrix_of(weights, one_length, difference),
                "head refitted": matrix_of(head.coef_[0], whitened, difference),
            }

        return score

    return fit


def fit_constrained(column, part, config, seed):
    """Train with a bound on the norm of the weights instead of a penalty."""
    bound = {"C": 1e6, "max_norm": 4.0, "unit_length": True, "finish": None}
    clf = end_to_end(column, part, config, seed, **bound)
    return lambda new: matrix_of(clf.coef_[0], clf.embed(new.items))


def fit_trained_layers(column, part, config, seed):
    """Train with a penalty; then fit the recipe on the layer before the last, or an inner one."""
    clf = end_to_end(column, part, config, seed)

    def embed(items, n):
        return clf.embed(items, layer=str(n - 1)).astype(float)

    return fit_layers(clf.net_.module_.backbone, embed, fit_whitened, column, part)


def rows_of(name):
    """Return the rows of one training, and the variants that each chooses from."""
    return {
        f"{name}, penalty": {"as trained"},
        f"{name}, whitened": {"whitened", "whitened, one length"},
        f"{name}, whitened, head refitted": {"head refitted"},
    }


METHODS = [
    Method("max-margin", "ours", scalings, fit_scaled),
    Method(
        "PairWhitening, max-margin",
        "ours",
        values_of("shrinkage", 0.05, 0.3, 0.9),
        fit_whitened,
    ),
    Method("end to end, constraint", "ours", rates, fit_constrained, **TRAINED),
    Method(
        "end to end, penalty",
        "ours",
        rates,
        fit_end_to_end("absolute"),
        rows=rows_of("end to end"),
        **TRAINED,
    ),
    Method(
        "end to end, squared",
        "ours",
        rates,
        fit_end_to_end("squared"),
        rows=rows_of("end to end, squared"),
        **TRAINED,
    ),
    Method(
        "end to end, then PairWhitening, max-margin", "ours", rates, fit_trained_layers, **TRAINED
    ),
]
