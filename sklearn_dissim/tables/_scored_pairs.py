"""Check pairs of records and their scores, as clusters and assignments take them."""

import numpy as np


def check_scored_pairs(indices, scores, threshold, *, one_table=False):
    """Return row positions and scores of pairs as arrays; refuse what is neither.

    Parameters
    ----------
    indices : array-like of int, shape (n_pairs, 2)
        Row positions of both records.
    scores : array-like of shape (n_pairs,)
    threshold : float
    one_table : bool, default=False
        Whether both positions are rows of one table: then a record makes no pair with itself,
        and the order of both records does not matter.

    Returns
    -------
    indices : ndarray of int, shape (n_pairs, 2)
    scores : ndarray of float64, shape (n_pairs,)

    Raises
    ------
    ValueError
        If a pair comes twice, a position is negative, or a number is not finite.
    """
    indices = np.asarray(indices)
    if indices.size == 0:
        indices = np.empty((0, 2), np.intp)
    if indices.ndim != 2 or indices.shape[1] != 2 or indices.dtype.kind not in "iu":
        raise ValueError(
            "indices must be whole numbers of shape (n_pairs, 2); "
            f"got shape {indices.shape}, dtype {indices.dtype}."
        )
    _refuse_pairs(indices, (indices < 0).any(axis=1), "be at least 0")
    if one_table:
        _refuse_pairs(indices, indices[:, 0] == indices[:, 1], "pair two records")
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape != (len(indices),):
        raise ValueError(
            f"scores must have shape (n_pairs,) = ({len(indices)},); got {scores.shape}."
        )
    if not np.isfinite(scores).all():
        pair = int(np.flatnonzero(~np.isfinite(scores))[0])
        raise ValueError(f"scores must be finite; pair {pair} has {scores[pair]}.")
    if not np.isfinite(threshold):
        raise ValueError(f"threshold must be finite; got {threshold!r}.")
    _refuse_repeated(np.sort(indices, axis=1) if one_table else indices)
    return indices.astype(np.intp), scores


def _refuse_pairs(indices, wrong, rule):
    if wrong.any():
        pair = int(np.flatnonzero(wrong)[0])
        raise ValueError(f"indices must {rule}; pair {pair} has {indices[pair].tolist()}.")


def _refuse_repeated(indices):
    order = np.lexsort(indices.T)
    repeated = (indices[order[1:]] == indices[order[:-1]]).all(axis=1)
    if repeated.any():
        pair = int(order[1:][repeated][0])
        raise ValueError(f"indices must hold no pair twice; {indices[pair].tolist()} comes again.")
