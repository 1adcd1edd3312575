"""Find the pairs within a side of identities, and those with one identity on either side."""

import numpy as np


def pairs_within(codes, side):
    """Return the rows of the pairs that have both identities on a side.

    Parameters
    ----------
    codes : ndarray of int, shape (n_pairs, 2)
        Both identities of each pair.
    side : ndarray of bool, shape (n_identities,)
        Whether each identity is on the side.

    Returns
    -------
    ndarray of int
    """
    return np.flatnonzero(side[codes].all(axis=1))


def pairs_across(codes, first, second):
    """Return the rows of the pairs that have one identity on each of two sides."""
    left, right = codes.T
    return np.flatnonzero((first[left] & second[right]) | (second[left] & first[right]))


def of_two(codes):
    """Say for each pair whether it is of two identities: only such pairs can cross."""
    return codes[:, 0] != codes[:, 1]
