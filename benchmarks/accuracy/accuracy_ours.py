"""Our classifier: convex on the features, and end to end with the column's network."""

import numpy as np
import torch
from accuracy_distances import MANY_FEATURES, SCALINGS, components, euclid, values_of
from accuracy_judge import comparable
from accuracy_losses import TRAINED, embedded, n_epochs, n_identities, rates
from accuracy_method import Method
from accuracy_networks import fit_layers
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from sklearn_dissim import ItemTransformer, MaxMarginPairClassifier, PairWhitening, make_pairs
from sklearn_dissim._kernels.dissimilarity_matrix import dissimilarity_matrix
from sklearn_dissim._max_margin.convex_head import automatic_cost

N_POSITIVES, N_NEGATIVES = 20_000, 5  # same pairs, at most; different ones for each of them
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
    """Training pairs of some items of a part, at most `N_POSITIVES` same ones."""
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
    """How many comparable pairs are the same, and different."""
    same, allowed = np.equal.outer(part.identities, part.identities), comparable(part)
    return [int((side & allowed).sum()) // 2 for side in (same, ~same)]


def matrix_of(weights, items, difference="absolute"):
    """Scores of all pairs of items, by weights at or below 0."""
    if difference == "squared":
        return euclid(items * np.sqrt(-weights))
    scaled = torch.as_tensor(items * weights, dtype=torch.float32)
    return -torch.cdist(scaled, scaled, p=1).numpy()


# On the features: convex.


def fit_heads(part, steps, names=OF_WHITENED, cost=None):
    """Some classifiers of `HEADS` after some steps; a function to their scores of new features.

    `cost` is C, as a share of the automatic one; default: just that.
    """
    pairs, y = pairs_of(part, part.features.astype(float))
    basis = make_pipeline(*steps).fit(pairs, y)
    known = basis.transform(pairs)
    weights = {}
    for name in names:
        difference, shrink_to = HEADS[name]
        head = MaxMarginPairClassifier(difference=difference, shrink_to=shrink_to, **HEAD)
        if cost is not None:
            matrix = dissimilarity_matrix(known, difference)
            head.set_params(C=cost * automatic_cost(matrix, np.ones(len(y))))
        weights[name] = head.fit(known, y).coef_[0]

    def score(features):
        items = basis.transform(features)
        return {name: matrix_of(w, items, HEADS[name][0]) for name, w in weights.items()}

    return score


def fit_scaled(column, part, config, seed):
    """Features as they are or standardised, or principal components of many."""
    scaler = SCALINGS[config["scaling"]]()
    steps = [*_compressing(part), ItemTransformer(scaler)]
    score = fit_heads(part, steps, OF_FEATURES, config["cost"])
    return lambda new: score(new.features)


def scalings(column):
    """To choose from: near a plain distance of raw features, or further from it of others."""
    choices = ("raw", 0.001), ("standardised", 0.1), ("standardised", 1.0)
    return [{"scaling": scaling, "cost": cost} for scaling, cost in choices]


def whitening(part, shrinkage):
    """Items of one length in the basis of `PairWhitening`."""
    return [
        *_compressing(part),
        PairWhitening(shrinkage=shrinkage),
        ItemTransformer(Normalizer()),
    ]


def fit_whitened(column, part, config, seed):
    """The recipe."""
    score = fit_heads(part, whitening(part, config["shrinkage"]))
    return lambda new: score(new.features)


def _compressing(part):
    few = part.features.shape[1] <= MANY_FEATURES
    return [] if few else [ItemTransformer(components(part, MANY_FEATURES))]


# End to end.


def end_to_end(column, part, config, seed, **params):
    """Our classifier with the column's network."""
    torch.manual_seed(seed)
    network = column.network if isinstance(column.network, str) else column.network()
    clf = MaxMarginPairClassifier(
        backbone=network,
        max_epochs=n_epochs(column, part),
        n_identities=n_identities(column, part),
        n_samples=column.n_samples,
        lr=config["lr"],
        random_state=seed,
        device="cpu",
        **params,
    )
    return clf.fit_identities(part.items, part.identities)


def fit_end_to_end(difference):
    """Trained with a penalty on the weights, and finished in several ways."""

    def fit(column, part, config, seed):
        clf = end_to_end(column, part, config, seed, difference=difference)
        module, known = clf.net_.module_, clf.embed(part.items)
        head = MaxMarginPairClassifier(1.0, difference=difference, **HEAD).fit(
            *pairs_of(part, known, seed)
        )

        def score(new):
            raw = embedded(module.embed, new.items).numpy()
            found = clf.embed(new.items)
            one_length = Normalizer().transform(found)
            weights = clf.coef_[0]
            return {
                "as trained": matrix_of(module.weight.detach().numpy(), raw, difference),
                "whitened": matrix_of(weights, found, difference),
                "whitened, one length": matrix_of(weights, one_length, difference),
                "head refitted": matrix_of(head.coef_[0], found, difference),
            }

        return score

    return fit


def fit_constrained(column, part, config, seed):
    """Trained with a bound on the norm of the weights instead of a penalty."""
    bound = {"C": 1e6, "max_norm": 4.0, "normalize": "l2", "whiten": None}
    clf = end_to_end(column, part, config, seed, **bound)
    return lambda new: matrix_of(clf.coef_[0], clf.embed(new.items))


def fit_trained_layers(column, part, config, seed):
    """Trained with a penalty; then the recipe on what the last layer was given, or an inner one."""
    clf = end_to_end(column, part, config, seed)

    def embed(items, n):
        return clf.embed(items, layer=str(n - 1)).astype(float)

    return fit_layers(clf.net_.module_.backbone, embed, fit_whitened, column, part)


def rows_of(name):
    """The rows of one training, and the variants each chooses from."""
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
