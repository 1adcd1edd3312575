"""Identities in folds: equal in number, alike in size, and alike in the rate of same pairs."""

from itertools import combinations

import numpy as np

# Closer than this, the rates of folds differ by less than any score is known.
_CLOSE = 1e-3


def rounds_of_similar_size(sizes, n_folds, rng=None):
    """Identities by falling size, as many in a round as there are folds.

    Parameters
    ----------
    sizes : ndarray of int, shape (n_identities,)
        Numbers of pairs they are in.
    n_folds : int
    rng : numpy.random.RandomState, default=None
        Orders identities of one size; else sorted order.

    Returns
    -------
    list of ndarrays of int
    """
    order = np.arange(len(sizes)) if rng is None else rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    return [order[start : start + n_folds] for start in range(0, len(order), n_folds)]


def deal(rounds, sizes, n_folds, rng=None):
    """Deal each round, one identity a fold: at random, or the largest to the lightest fold.

    Either way no two folds differ by more than one identity, or, in the sum of sizes, by
    more than the largest size.

    Returns
    -------
    ndarray of int, shape (n_identities,)
        The fold of each.
    """
    folds = np.empty(len(sizes), np.intp)
    loads = np.zeros(n_folds, sizes.dtype)
    for members in rounds:
        turn = np.argsort(loads, kind="stable") if rng is None else rng.permutation(n_folds)
        turn = turn[: len(members)]
        folds[members] = turn
        loads[turn] += sizes[members]
    return folds


def exchange(folds, rounds, codes, same, n_folds):
    """Exchange identities of one round wherever that brings the folds' same rates closer.

    Parameters
    ----------
    folds : ndarray of int, shape (n_identities,)
        Changed in place.
    rounds : list of ndarrays of int
    codes : ndarray of int, shape (n_pairs, 2)
    same : ndarray of bool, shape (n_pairs,)
    n_folds : int
    """
    pairs_of = _pairs_of(codes, len(folds))
    counts = _tested(folds, codes, same, n_folds)
    best = _spread(counts)
    for i, j in (two for members in rounds for two in combinations(members, 2)):
        if best < _CLOSE:
            return
        near = np.union1d(pairs_of[i], pairs_of[j])
        before = _tested(folds, codes[near], same[near], n_folds)
        folds[[i, j]] = folds[[j, i]]
        after = counts - before + _tested(folds, codes[near], same[near], n_folds)
        if _spread(after) < best:
            counts, best = after, _spread(after)
        else:
            folds[[i, j]] = folds[[j, i]]


def _pairs_of(codes, n_identities):
    rows = np.argsort(codes, axis=None, kind="stable") // 2
    ends = np.cumsum(np.bincount(codes.ravel(), minlength=n_identities))
    return np.split(rows, ends[:-1])


def _tested(folds, codes, same, n_folds):
    """Numbers of different and same pairs within each fold, shape (n_folds, 2)."""
    left, right = folds[codes].T
    cells = (2 * left + same)[left == right]
    return np.bincount(cells, minlength=2 * n_folds).reshape(n_folds, 2)


def _spread(counts):
    return (counts[:, 1] / np.maximum(counts.sum(axis=1), 1)).std()
