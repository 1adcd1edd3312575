"""Which pairs lie on a side of the line between identities, and what is lost across it."""

import numpy as np


def pairs_within(codes, side):
    """Rows of the pairs that have both identities on a side.

    Parameters
    ----------
    codes : ndarray of int, shape (n_pairs, 2)
        Identities of both members.
    side : ndarray of bool, shape (n_identities,)

    Returns
    -------
    ndarray of int
    """
    return np.flatnonzero(side[codes].all(axis=1))


def pairs_across(codes, first, second):
    """Rows of the pairs that have an identity on either of two sides."""
    left, right = codes.T
    return np.flatnonzero((first[left] & second[right]) | (second[left] & first[right]))


def of_two(codes):
    """Whether a pair is of two identities: only such pairs can cross."""
    return codes[:, 0] != codes[:, 1]
