"""What a network learns from: given pairs, or items with identities; some kept for validation."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

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


@dataclass
class Task:
    """Items and their batches.

    `make_batches` takes dtype and device. `labelled_pairs` returns indices, signs and weights
    of pairs that stand for all. `weights` are those of the items in their mean and
    deviation. `validation` is None or (pairs, signs). `decisive` is what a checkpoint must
    agree with.
    """

    items: np.ndarray
    make_batches: Callable
    labelled_pairs: Callable
    negatives: str
    decisive: tuple
    validation: tuple | None = None
    vectors: bool = False
    weights: np.ndarray | None = None


def pair_task(settings, X, pairs, signs, weights, groups=None, *, seed, validate=True):
    """The task of labelled pairs.

    Parameters
    ----------
    settings : MaxMarginPairClassifier
        Its parameters are read.
    X : pairs as the user gave them
    pairs : ndarray or IndexedPairs
        The same, checked.
    signs, weights : ndarrays of shape (n_pairs,)
    groups : array-like of shape (n_pairs, 2), default=None
    seed : int
    validate : bool, default=True
        Keep the validation fraction out.

    Returns
    -------
    Task
    """
    vectors = isinstance(pairs, np.ndarray)
    negatives = "all" if settings.negatives == "auto" else settings.negatives
    if vectors and negatives in ("hardest", "ranking"):
        raise ValueError(
            f"negatives={negatives!r} needs pairs of items; dissimilarity vectors do not tell "
            "which pairs share an item. Take 'all' or 'active'."
        )
    if not vectors and pair_kind(X) != "indexed":
        pairs = _distinct(pairs)
    if groups is not None:
        groups = check_pair_groups(groups, len(signs))
    chosen, held = np.flatnonzero(weights), None
    if len(chosen) == 0:
        raise ValueError("The weights (sample_weight, class_weight) are 0 for every pair.")
    if validate and _holds_out(settings):
        if groups is None and vectors:
            raise ValueError(
                "validation_fraction needs groups, both identities of each pair: "
                "dissimilarity vectors do not tell whom they are of."
            )
        identities = identities_of_pairs(pairs.indices, signs) if groups is None else groups
        train, held = split_pairs(
            identities[chosen], signs[chosen], settings.validation_fraction, _rng(seed)
        )
        chosen, held = chosen[train], chosen[held]
        held = (_compact(pairs[held]), signs[held])
    pairs, signs, weights = _compact(pairs[chosen]), signs[chosen], weights[chosen]
    items, indices = (pairs, None) if vectors else (pairs.items, pairs.indices)
    batch_size = settings.batch_size * processes.join()

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


def identity_task(settings, items, identities, groups=None, *, seed):
    """The task of items with identities.

    Parameters
    ----------
    settings : MaxMarginPairClassifier
        Its parameters are read.
    items : ndarray of shape (n_items, ...)
    identities : array-like of shape (n_items,)
    groups : array-like of shape (n_items,), default=None
    seed : int

    Returns
    -------
    Task
    """
    codes = check_identities(identities, items)
    if groups is not None:
        groups = codes_of(check_one_dimensional(groups, "groups", items), "groups")
    validation = None
    if _holds_out(settings):
        chosen, held = split_items(codes, groups, settings.validation_fraction, _rng(seed))
        validation = draw_pairs(items[held], codes[held], seed)
        items, codes = items[chosen], codes[chosen]
    n_identities = settings.n_identities * processes.join()
    _check_counts(codes, n_identities)
    class_weights = _weights_by_class(settings, n_identities)

    def make_batches(dtype, device):
        return IdentityBatches(
            codes, n_identities, settings.n_samples, class_weights, dtype, device
        )

    def labelled_pairs():
        pairs, signs = draw_pairs(items, codes, seed)
        return pairs.indices, signs, class_weights[(signs > 0).astype(int)]

    return Task(
        items,
        make_batches,
        labelled_pairs,
        "ranking" if settings.negatives == "auto" else settings.negatives,
        (items, codes, _contents(validation)),
        validation=validation,
    )


def _holds_out(settings):
    if settings.patience is not None and settings.validation_fraction is None:
        raise ValueError(
            f"patience={settings.patience} needs a validation_fraction to watch; got None."
        )
    return settings.validation_fraction is not None


def _contents(validation):
    """Validation pairs for joblib to hash."""
    if validation is None or isinstance(validation[0], np.ndarray):
        return validation
    return validation[0].items, validation[0].indices, validation[1]


def _rng(seed):
    return np.random.default_rng((seed, 1))


def _distinct(pairs):
    """The same pairs with equal items made one, where each side came as an item of its own."""
    rows = np.ascontiguousarray(pairs.items.reshape(len(pairs.items), -1))
    if rows.shape[1] == 0:
        return pairs
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return type(pairs)(pairs.items[first], inverse[pairs.indices])


def _compact(pairs):
    return pairs if isinstance(pairs, np.ndarray) else pairs.compact()


def _check_counts(codes, n_identities):
    n_repeated = int((np.bincount(codes[codes >= 0], minlength=1) > 1).sum())
    if n_repeated == 0:
        raise ValueError(
            "identities must hold some with two samples or more; all have one, so that there "
            "is no same pair to learn from."
        )
    if n_repeated < n_identities:
        raise ValueError(
            f"n_identities={n_identities} is more than the {n_repeated} identities with two "
            "samples or more that there are to train on; lower n_identities."
        )


def _weights_by_class(settings, n_identities):
    n = n_identities * settings.n_samples
    n_same = n * (settings.n_samples - 1) // 2
    y = np.repeat([0, 1], [n * (n - 1) // 2 - n_same, n_same])
    weights = label_weights(settings.class_weight, np.array([0, 1]), y)
    if not weights.all():
        raise ValueError(
            f"class_weight must be greater than 0 for both labels; got {settings.class_weight}."
        )
    return weights
