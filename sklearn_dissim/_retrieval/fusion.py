"""Fuse the scores of several gallery items of one identity."""

from collections.abc import Callable

import numpy as np

FUSIONS: dict[str, Callable] = {"max": np.max, "mean": np.mean, "median": np.median, "min": np.min}


def fuse(scores, codes, fusion):
    """Return one score an identity, from those of its items.

    Parameters
    ----------
    scores : ndarray of shape (n_queries, n_items)
    codes : ndarray of int, shape (n_items,)
        Identities, numbered from 0.
    fusion : {"max", "mean", "median", "min"}

    Returns
    -------
    ndarray of shape (n_queries, n_identities)
    """
    order, counts = np.argsort(codes, kind="stable"), np.bincount(codes)
    starts = np.cumsum(counts) - counts
    out = np.empty((len(scores), len(counts)))
    # Identities of one size together: one array operation a size, not one an identity.
    for count in np.unique(counts):
        chosen = np.flatnonzero(counts == count)
        columns = order[starts[chosen][:, np.newaxis] + np.arange(count)]
        out[:, chosen] = FUSIONS[fusion](scores[:, columns], axis=2)
    return out
