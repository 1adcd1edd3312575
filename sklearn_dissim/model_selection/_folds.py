"""Deal identities to folds, alike in number of identities and pairs, and in rates of same pairs.

Identities are sorted by size, the number of pairs they are in, and cut into rounds of as many as
there are folds. Each fold receives one identity of each round, which keeps the folds alike. The
stratified splitter then exchanges identities within rounds, which keeps them so.
"""

from itertools import combinations

import numpy as np

# Standard deviation of the rates at which exchanging stops: no metric is known more exactly.
_SMALL_SPREAD = 1e-3


def rounds_of_similar_size(sizes, n_folds, rng=None):
    """Sort identities by falling size, and cut them into rounds of as many as there are folds.

    Parameters
    ----------
    sizes : ndarray of int, shape (n_identities,)
        The number of pairs that each identity is in.
    n_folds : int
    rng : numpy.random.RandomState, default=None
        Shuffles identities of equal size. By default they stay in order.

    Returns
    -------
    list of ndarrays of int
    """
    order = np.arange(len(sizes)) if rng is None else rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    return [order[start : start + n_folds] for start in range(0, len(order), n_folds)]


def deal(rounds, sizes, n_folds, rng=None):
    """Deal the identities of each round to the folds, one identity a fold.

    Without `rng`, the largest identity of a round goes to the fold whose sum of sizes is least.
    Either way no two folds differ by more than one identity, nor in their sums of sizes by more
    than the largest size.

    Parameters
    ----------
    rounds : list of ndarrays of int
        As `rounds_of_similar_size` returns them.
    sizes : ndarray of int, shape (n_identities,)
    n_folds : int
    rng : numpy.random.RandomState, default=None
        Deals each round at random.

    Returns
    -------
    ndarray of int, shape (n_identities,)
        The fold of each identity.
    """
    folds = np.empty(len(sizes), np.intp)
    loads = np.zeros(n_folds, sizes.dtype)
    for identities in rounds:
        order = np.argsort(loads, kind="stable") if rng is None else rng.permutation(n_folds)
        order = order[: len(identities)]
        folds[identities] = order
        loads[order] += sizes[identities]
    return folds


def exchange(folds, rounds, codes, same, n_folds):
    """Exchange two identities of a round wherever this brings the folds' same rates closer.

    Each two identities of a round are tried once, or fewer if the rates agree before.

    Parameters
    ----------
    folds : ndarray of int, shape (n_identities,)
        The fold of each identity; changed in place.
    rounds : list of ndarrays of int
        As `rounds_of_similar_size` returns them.
    codes : ndarray of int, shape (n_pairs, 2)
        Both identities of each pair.
    same : ndarray of bool, shape (n_pairs,)
        Whether the label of the pair is same.
    n_folds : int
    """
    pairs_of = _pairs_of_each_identity(codes, len(folds))
    counts = _label_counts(folds, codes, same, n_folds)
    best = _spread_of_rates(counts)
    for i, j in (two for identities in rounds for two in combinations(identities, 2)):
        if best < _SMALL_SPREAD:
            return
        # Only pairs of these two identities change sides, so only they are counted again.
        changed = np.union1d(pairs_of[i], pairs_of[j])
        before = _label_counts(folds, codes[changed], same[changed], n_folds)
        folds[[i, j]] = folds[[j, i]]
        after = counts - before + _label_counts(folds, codes[changed], same[changed], n_folds)
        if _spread_of_rates(after) < best:
            counts, best = after, _spread_of_rates(after)
        else:
            folds[[i, j]] = folds[[j, i]]


def _pairs_of_each_identity(codes, n_identities):
    """Return the rows of the pairs that each identity is in."""
    rows = np.argsort(codes, axis=None, kind="stable") // 2
    ends = np.cumsum(np.bincount(codes.ravel(), minlength=n_identities))
    return np.split(rows, ends[:-1])


def _label_counts(folds, codes, same, n_folds):
    """Count the different and the same pairs within each fold, shape (n_folds, 2)."""
    left, right = folds[codes].T
    cells = (2 * left + same)[left == right]
    return np.bincount(cells, minlength=2 * n_folds).reshape(n_folds, 2)


def _spread_of_rates(counts):
    """Return the standard deviation, over folds, of the rates of same pairs."""
    return (counts[:, 1] / np.maximum(counts.sum(axis=1), 1)).std()
