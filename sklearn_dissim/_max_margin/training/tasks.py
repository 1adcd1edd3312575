"""Tasks: what a network learns from, given pairs or items with identities."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_random_state

from sklearn_dissim._max_margin.training import processes
from sklearn_dissim._max_margin.training.batches import IdentityBatches, PairBatches
from sklearn_dissim._max_margin.training.validation_split import (
    identities_of_pairs,
    split_items,
    split_pairs,
)
from sklearn_dissim._pairs.containers import pair_kind
from sklearn_dissim._pairs.make_pairs import draw_pairs
from sklearn_dissim._pairs.validation import (
    check_identities,
    check_one_dimensional,
    check_pair_groups,
    codes_of,
    label_weights,
)

_IDENTITIES = 32  # in a batch, if the user does not say


@dataclass(frozen=True)
class Task:
    """Hold the items of a training and say how to make batches of them.

    Parameters
    ----------
    items : ndarray of shape (n_items, ...)
    make_batches : callable
        Takes dtype and device; returns `PairBatches` or `IdentityBatches`.
    labelled_pairs : callable
        Returns indices, signs and weights of pairs that stand for all.
    negatives : {"all", "ranking"}
    decisive : tuple
        What a checkpoint must agree with.
    validation : (pairs, signs), default=None
    vectors : bool, default=False
        Whether the items are dissimilarity vectors.
    weights : ndarray of shape (n_items,), default=None
        Weights of the items in their mean and deviation.
    """

    items: np.ndarray
    make_batches: Callable
    labelled_pairs: Callable
    negatives: str
    decisive: tuple
    validation: tuple | None = None
    vectors: bool = False
    weights: np.ndarray | None = None


def pair_task(training, X, pairs, signs, weights, groups=None, *, seed):
    """Make the task of labelled pairs.

    Parameters
    ----------
    training : Training
    X : pairs as the user gave them
    pairs : ndarray or IndexedPairs
        The same, checked.
    signs, weights : ndarrays of shape (n_pairs,)
    groups : array-like of shape (n_pairs, 2), default=None
    seed : int

    Returns
    -------
    Task
    """
    vectors = isinstance(pairs, np.ndarray)
    negatives = "all" if training.negatives == "auto" else training.negatives
    if vectors and negatives == "ranking":
        raise ValueError(
            "negatives='ranking' needs pairs of items; dissimilarity vectors do not tell "
            "which pairs share an item. Take 'all'."
        )
    if not vectors and pair_kind(X) != "indexed":
        pairs = _distinct(pairs)
    if groups is not None:
        groups = check_pair_groups(groups, len(signs))
    chosen, held = np.flatnonzero(weights), None
    if training.validation_fraction is not None:
        if groups is None and vectors:
            raise ValueError(
                "validation_fraction needs groups, both identities of each pair: "
                "dissimilarity vectors do not tell whom they are of."
            )
        identities = identities_of_pairs(pairs.indices, signs) if groups is None else groups
        train, held = split_pairs(
            identities[chosen], signs[chosen], training.validation_fraction, _rng(seed)
        )
        chosen, held = chosen[train], chosen[held]
        held = (_compact(pairs[held]), signs[held])
    pairs, signs, weights = _compact(pairs[chosen]), signs[chosen], weights[chosen]
    items, indices = (pairs, None) if vectors else (pairs.items, pairs.indices)
    batch_size = training.batch_size * processes.join()

    def make_batches(dtype, device):
        return PairBatches(indices, signs, weights, batch_size, dtype, device)

    decisive = (items, indices, signs, weights, _contents(held))
    return Task(
        items,
        make_batches,
        lambda: (indices, signs, weights),
        negatives,
        decisive,
        validation=held,
        vectors=vectors,
        weights=weights if vectors else None,
    )


def identity_task(training, items, identities, groups=None, *, class_weight, seed):
    """Make the task of items with identities.

    Parameters
    ----------
    training : Training
    items : ndarray of shape (n_items, ...)
    identities : array-like of shape (n_items,)
    groups : array-like of shape (n_items,), default=None
    class_weight : dict, "balanced" or None
    seed : int

    Returns
    -------
    Task
    """
    codes = check_identities(identities, items)
    if groups is not None:
        groups = codes_of(check_one_dimensional(groups, "groups", items), "groups")
    validation = None
    if training.validation_fraction is not None:
        chosen, held = split_items(codes, groups, training.validation_fraction, _rng(seed))
        validation = draw_pairs(items[held], codes[held], seed)
        items, codes = items[chosen], codes[chosen]
    n_identities = _identities_in_batch(codes, training.n_identities)
    n_samples = training.n_samples
    class_weights = _weights_by_class(class_weight, n_identities, n_samples)

    def make_batches(dtype, device):
        return IdentityBatches(codes, n_identities, n_samples, class_weights, dtype, device)

    def labelled_pairs():
        pairs, signs = draw_pairs(items, codes, seed)
        return pairs.indices, signs, class_weights[(signs > 0).astype(int)]

    return Task(
        items,
        make_batches,
        labelled_pairs,
        "ranking" if training.negatives == "auto" else training.negatives,
        (items, codes, _contents(validation)),
        validation=validation,
    )


def agreed_seed(random_state, training):
    """Draw the seed of a training, the same in all its processes."""
    if random_state is None and training.checkpoint_dir is not None:
        random_state = 0  # for a killed fit to be found again
    seed = check_random_state(random_state).randint(np.iinfo(np.int32).max)
    return processes.agreed(int(seed))


def _contents(validation):
    """Return validation pairs in a form that joblib hashes by content."""
    if validation is None or isinstance(validation[0], np.ndarray):
        return validation
    return validation[0].items, validation[0].indices, validation[1]


def _rng(seed):
    return np.random.default_rng((seed, 1))


def _distinct(pairs):
    """Return the same pairs with equal items made one; each side came as an item of its own."""
    rows = np.ascontiguousarray(pairs.items.reshape(len(pairs.items), -1))
    if rows.shape[1] == 0:
        return pairs
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return type(pairs)(pairs.items[first], inverse[pairs.indices])


def _compact(pairs):
    return pairs if isinstance(pairs, np.ndarray) else pairs.compact()


def _identities_in_batch(codes, n_identities):
    """Return how many identities a batch of all processes has; "auto" takes what there is."""
    n_repeated = int((np.bincount(codes[codes >= 0], minlength=1) > 1).sum())
    if n_repeated == 0:
        raise ValueError(
            "identities must hold some with two samples or more; all have one, so that there "
            "is no same pair to learn from."
        )
    n_processes = processes.join()
    if n_identities == "auto":
        return max(2, min(_IDENTITIES * n_processes, n_repeated))
    if n_repeated < n_identities * n_processes:
        raise ValueError(
            f"n_identities={n_identities * n_processes} is more than the {n_repeated} identities "
            "with two samples or more that there are to train on; lower n_identities."
        )
    return n_identities * n_processes


def _weights_by_class(class_weight, n_identities, n_samples):
    """Return weights of different and same pairs, by how many of each a batch has."""
    n = n_identities * n_samples
    n_same = n * (n_samples - 1) // 2
    y = np.repeat([0, 1], [n * (n - 1) // 2 - n_same, n_same])
    weights = label_weights(class_weight, np.array([0, 1]), y)
    if not weights.all():
        raise ValueError(
            f"class_weight must be greater than 0 for both labels; got {class_weight}."
        )
    return weights
