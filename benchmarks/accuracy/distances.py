"""Fit the methods that need features and no network.

- Distances without learning.
- Two metrics that training identities give in closed form: linear discriminant analysis, which may
  keep more directions than one less than there are identities, to tell new ones apart; and KISSME
  (Koestinger et al., Large scale metric learning from equivalence constraints, CVPR 2012).
- Two of scikit-learn's classifiers of the absolute differences |q - g| of a pair.
"""

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.covariance import shrunk_covariance
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import cosine_similarity, euclidean_distances
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from benchmarks.accuracy.judge import comparable
from benchmarks.accuracy.method import Method
from sklearn_dissim import make_pairs

MANY_FEATURES = 400  # beyond, methods that are slow in features take principal components
N_PAIRS = 20_000
N_PAIRS_AT_ONCE = 1_000  # whose differences stay in the cache: three times as fast as 100,000
N_DIRECTIONS = (32, 64, MANY_FEATURES)  # of the discriminants; the last are all


def euclid(features):
    """Score all pairs by Euclidean distance."""
    return -euclidean_distances(features).astype(np.float32)


def cosine(features):
    """Score all pairs by cosine."""
    return cosine_similarity(features).astype(np.float32)


def city_block(features):
    """Score all pairs by the sum of absolute differences."""
    return -cdist(features, features, "cityblock").astype(np.float32)


def weighted_city_block(features, weights):
    """Score all pairs by the weighted sum of |q - g|.

    With weights of either sign, the sum is the difference of two L1 distances.
    """
    return city_block(features * weights.clip(max=0)) - city_block(features * weights.clip(min=0))


def components(part, n_components):
    """Fit at most so many principal components of a part, in double precision."""
    features = np.asarray(part.features, dtype=float)
    return PCA(min(n_components, *features.shape), random_state=0).fit(features)


def few_features(part, n_components):
    """Return a transformer: features as they are or, where they are many, principal components."""
    if part.features.shape[1] > MANY_FEATURES:
        return components(part, n_components)
    return FunctionTransformer(np.asarray, kw_args={"dtype": float})


# Distances without learning.

SCALINGS = {
    "raw": FunctionTransformer,
    "standardised": StandardScaler,
    "whitened": lambda: PCA(0.95, svd_solver="full", whiten=True),
}


def fit_distances(column, part, config, seed):
    """Score by three distances of features in one scaling."""
    scaling = SCALINGS[config["scaling"]]().fit(part.features)

    def score(new):
        features = scaling.transform(new.features)
        return {
            "Euclid": euclid(features),
            "cosine": cosine(features),
            "L1": city_block(features),
        }

    return score


# Metrics in closed form.


def scatter(features, identities):
    """Return the covariance of items around their identity's mean; single items add nothing."""
    codes, counts = np.unique(identities, return_inverse=True, return_counts=True)[1:]
    means = np.zeros((len(counts), features.shape[1]))
    np.add.at(means, codes, features)
    means /= counts[:, np.newaxis]
    deviations = features - means[codes]
    return deviations.T @ deviations / max(1, len(features) - len(counts))


def discriminants(features, within, shrinkage):
    """Return the map to principal components after whitening by the shrunk scatter within."""
    whiten = np.linalg.inv(np.linalg.cholesky(shrunk_covariance(within, shrinkage))).T
    directions = PCA(svd_solver="full").fit(features @ whiten)
    return lambda items: directions.transform(items @ whiten)


def fit_whitening(column, part, config, seed):
    """Score by discriminants: principal components where each identity varies by one unit.

    The scatter within identities is shrunk; the best 32, the best 64, or all directions count.
    """
    basis = few_features(part, MANY_FEATURES)
    features = basis.fit_transform(part.features)
    within = scatter(features, part.identities)
    discriminate = discriminants(features, within, config["shrinkage"])

    def score(new):
        items = discriminate(basis.transform(new.features))
        return {
            f"{distance.__name__} {n}": distance(items[:, :n])
            for distance in (euclid, cosine)
            for n in N_DIRECTIONS
        }

    return score


def pair_covariance(features, chosen):
    """Return the mean of (q - g)(q - g)' over the chosen pairs, a symmetric (n, n) mask."""
    n_partners = chosen.sum(axis=1)
    total = (features.T * n_partners) @ features - features.T @ (chosen @ features)
    return total / (n_partners.sum() / 2)


def fit_kissme(column, part, config, seed):
    """Score by the difference of the inverse covariances of all same and all different pairs."""
    basis = components(part, config["n_components"])
    features = basis.transform(part.features)
    same, allowed = np.equal.outer(part.identities, part.identities), comparable(part)
    ridge = 1e-6 * features.var(axis=0).mean() * np.eye(features.shape[1])
    metric = np.linalg.inv(pair_covariance(features, same & allowed) + ridge)
    metric -= np.linalg.inv(pair_covariance(features, ~same & allowed) + ridge)
    values, vectors = np.linalg.eigh(metric)
    mapping = vectors * np.sqrt(values.clip(0))  # nearest positive semidefinite metric
    return lambda new: euclid(basis.transform(new.features) @ mapping)


def dimensions(column):
    """Return the numbers of principal components to choose from."""
    d = column.train.features.shape[1]
    return [{"n_components": n} for n in sorted({min(n, d) for n in (32, 64, 128)})]


# Classifiers of |q - g|.


def balanced_pairs(part, n_pairs, seed):
    """Draw about as many same as different pairs; return their item numbers and labels."""
    pairs, y, _ = make_pairs(part.features, part.identities, across=part.cameras, random_state=seed)
    rows = np.random.default_rng(seed).permutation(len(y))[:n_pairs]
    return pairs.indices[rows], y[rows]


def differences(features, left, right):
    """Return |q - g| of pairs of items."""
    return np.abs(features[left] - features[right])


def fit_classifier(classifier, part, seed):
    """Fit a classifier of pairs; return the transformer of its features, and the classifier."""
    basis = few_features(part, 100)
    features = basis.fit_transform(part.features)
    indices, y = balanced_pairs(part, N_PAIRS, seed)
    return basis, classifier.fit(differences(features, *indices.T), y)


def fit_logistic(column, part, config, seed):
    """Score by a logistic regression: a weight a feature, of either sign."""
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, **config))
    basis, (scaler, linear) = fit_classifier(classifier, part, seed)
    weights = linear.coef_[0] / scaler.scale_

    return lambda new: weighted_city_block(basis.transform(new.features), weights)


def fit_boosting(column, part, config, seed):
    """Score by boosted trees, each pair once."""
    classifier = HistGradientBoostingClassifier(
        max_iter=100, early_stopping=False, random_state=seed, **config
    )
    basis, trees = fit_classifier(classifier, part, seed)

    def score(new):
        features = basis.transform(new.features)
        left, right = np.triu_indices(len(features), 1)
        scores = np.zeros((len(features), len(features)), dtype=np.float32)
        for start in range(0, len(left), N_PAIRS_AT_ONCE):
            block = slice(start, start + N_PAIRS_AT_ONCE)
            pairs = left[block], right[block]
            scores[pairs] = trees.decision_function(differences(features, *pairs))
        return scores + scores.T

    return score


def values_of(parameter, *values):
    """Return configurations that differ in one parameter."""
    return lambda column: [{parameter: value} for value in values]


METHODS = [
    Method(
        "distances of features",
        "distance",
        values_of("scaling", *SCALINGS),
        fit_distances,
        rows={"Euclid": {"Euclid"}, "cosine": {"cosine"}, "L1": {"L1"}},
    ),
    Method(
        "LDA whitening",
        "metric learning",
        values_of("shrinkage", 0.01, 0.1, 0.5),
        fit_whitening,
        rows={
            "LDA whitening, Euclid": {f"euclid {n}" for n in N_DIRECTIONS},
            "LDA whitening, cosine": {f"cosine {n}" for n in N_DIRECTIONS},
        },
    ),
    Method("KISSME", "metric learning", dimensions, fit_kissme),
    Method(
        "logistic regression on |q - g|",
        "classifier",
        values_of("C", 0.01, 0.1, 1.0),
        fit_logistic,
        random=True,
    ),
    Method(
        "gradient boosting on |q - g|",
        "classifier",
        values_of("max_leaf_nodes", 4, 8, 16),
        fit_boosting,
        random=True,
    ),
]
