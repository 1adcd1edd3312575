"""The validation split: which pairs or items, by identity, are kept out of training."""

import numpy as np

from sklearn_dissim._utils.graphs import connected_components


def identities_of_pairs(indices, signs):
    """Make identities of pairs: the items that same pairs link are one.

    Parameters
    ----------
    indices : ndarray of shape (n_pairs, 2)
    signs : ndarray of shape (n_pairs,)

    Returns
    -------
    ndarray of shape (n_pairs, 2)
        Identities of both members.
    """
    same = indices[signs > 0]
    return connected_components(same[:, 0], same[:, 1], indices.max() + 1)[indices]


def held_out(parts, repeated, fraction, rng):
    """Choose parts for validation: at least two, and their share of the repeated ones.

    Parameters
    ----------
    parts : ndarray
        Distinct parts: identities, or groups of them.
    repeated : ndarray of bool
        Whether a part holds a same pair.
    fraction : float
    rng : numpy.random.Generator

    Returns
    -------
    ndarray
    """
    chosen = []
    for of_kind in (parts[repeated], parts[~repeated]):
        count = min(len(of_kind), round(fraction * len(of_kind)))
        chosen.append(rng.permutation(of_kind)[:count])
    if len(chosen[0]) < 2:
        chosen[0] = rng.permutation(parts[repeated])[:2]
    return np.concatenate(chosen)


def split_pairs(identities, signs, fraction, rng):
    """Split pairs into training and validation pairs that have no identity in common.

    Parameters
    ----------
    identities : ndarray of shape (n_pairs, 2)
        Of both members.
    signs : ndarray of shape (n_pairs,)
    fraction : float
        Of the identities.
    rng : numpy.random.Generator

    Returns
    -------
    train, valid : ndarrays of int
        Rows; pairs of an identity on either side are in neither.
    """
    names, codes = np.unique(identities, return_inverse=True)
    codes = codes.reshape(-1, 2)
    repeated = np.zeros(len(names), bool)
    repeated[codes[signs > 0]] = True
    held = held_out(np.arange(len(names)), repeated, fraction, rng)
    inside = np.isin(codes, held)
    train, valid = np.flatnonzero(~inside.any(axis=1)), np.flatnonzero(inside.all(axis=1))
    _check_both(signs[train], signs[valid], fraction, len(held), len(names))
    return train, valid


def split_items(codes, groups, fraction, rng):
    """Split items into training and validation items that share neither identity nor group.

    Parameters
    ----------
    codes : ndarray of int, shape (n_items,)
        Identities, -1 the unknown: these stay in training, but those of a group held out are
        in neither part.
    groups : ndarray of int, shape (n_items,), or None
        Kept whole.
    fraction : float
        Of the identities, or of the groups.
    rng : numpy.random.Generator

    Returns
    -------
    train, valid : ndarrays of int
    """
    known = np.flatnonzero(codes >= 0)
    parts = codes.copy()
    if groups is not None:  # identities in two groups join them
        n_identities = codes.max() + 1
        n_nodes = n_identities + groups.max() + 1
        nodes = connected_components(codes[known], n_identities + groups[known], n_nodes)
        parts[known] = nodes[codes[known]]
    counts = np.bincount(codes[known])
    names = np.unique(parts[known])
    repeated = np.isin(names, parts[known][counts[codes[known]] > 1])
    held = np.isin(parts, held_out(names, repeated, fraction, rng)) & (codes >= 0)
    near = held if groups is None else np.isin(groups, groups[held])
    train, valid = np.flatnonzero(~near), np.flatnonzero(held)
    of_train, of_valid = (_possible_signs(codes[part]) for part in (train, valid))
    _check_both(of_train, of_valid, fraction, held.sum(), len(codes))
    return train, valid


def _possible_signs(codes):
    """Return the signs that pairs of some items can have."""
    counts = np.unique(codes[codes >= 0], return_counts=True)[1]
    return np.array([1.0] * any(counts > 1) + [-1.0] * (len(counts) > 1))


def _check_both(train, valid, fraction, n_held, n_all):
    """Refuse a split that leaves one side without same or without different pairs."""
    for name, signs in (("training", train), ("validation", valid)):
        for sign, what in ((1, "same"), (-1, "different")):
            if not (signs == sign).any():
                raise ValueError(
                    f"validation_fraction={fraction} leaves no {what} pair for {name} "
                    f"({n_held} of {n_all} held out, by identity); change it, or give more "
                    "pairs or identities."
                )
