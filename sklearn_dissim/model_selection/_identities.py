"""Identities of pairs: checked, and as whole numbers."""

import numpy as np

from sklearn_dissim._validation import check_pair_groups, codes_of


def check_identities_of_pairs(groups, n_pairs=None, name="groups"):
    """Both identities of each pair, all of them known, as an array of shape (n_pairs, 2)."""
    if groups is None:
        raise ValueError(f"{name} must be given: both identities of each pair.")
    missing = np.ma.getmaskarray(groups) if np.ma.isMaskedArray(groups) else None
    # A list of names and numbers would become one of names.
    groups = np.asarray(groups) if hasattr(groups, "shape") else np.array(groups, dtype=object)
    if n_pairs is not None:
        check_pair_groups(groups, n_pairs)
    elif groups.ndim != 2 or groups.shape[1] != 2:
        raise ValueError(f"{name} must have shape (n_pairs, 2); got {groups.shape}.")
    _refuse_unknown(groups, missing, name)
    if groups.dtype.kind == "f" and (groups != np.floor(groups)).any():
        raise ValueError(f"{name} must hold integers or strings; got fractions.")
    return groups


def _refuse_unknown(groups, missing, name):
    unknown = np.zeros(groups.shape, bool) if missing is None else missing.copy()
    if groups.dtype.kind == "f":
        unknown |= ~np.isfinite(groups)
    elif groups.dtype.kind in "mMO":
        from pandas import isna

        unknown |= isna(groups)
    if groups.dtype.kind in "ifO":
        unknown[~unknown] = groups[~unknown] == -1
    if unknown.any():
        pair, side = np.argwhere(unknown)[0].tolist()
        raise ValueError(
            f"{name} must name both identities of each pair; {unknown.any(axis=1).sum()} pairs "
            f"have one that is missing or -1, the unknown (the first is pair {pair}, "
            f"{('left', 'right')[side]}). An unknown identity may be on both sides: leave such "
            "pairs out."
        )


def codes_of_identities(groups, name="groups"):
    """Whole numbers from 0 for the identities, in sorted order, shape (n_pairs, 2)."""
    return codes_of(groups, name).reshape(-1, 2)
