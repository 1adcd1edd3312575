"""Take scores apart into what each element of a vector, or group of elements, adds."""

from typing import NamedTuple

import numpy as np


class LinearScore(NamedTuple):
    """Score vectors by ``vectors @ weights + intercept``.

    Parameters
    ----------
    weights : ndarray of shape (n_elements,)
    intercept : float
    """

    weights: np.ndarray
    intercept: float

    def __call__(self, vectors):
        return vectors @ self.weights + self.intercept


def contributions(score, vectors, reference, groups=None):
    r"""Return what each group of elements contributes to scores, beside a reference.

    The contribution of the group g to the score s of a vector v, with the reference r, is

    .. math:: c_g(v) = s(v) - s(v \text{ with } v_g = r_g).

    Of a linear score, :math:`c_g(v) = \sum_{i \in g} w_i (v_i - r_i)`, and the contributions of
    disjoint groups that hold all elements add up to :math:`s(v) - s(r)`. Of any other score,
    each contribution says what taking the reference for this one group would change.

    Parameters
    ----------
    score : callable
        Maps vectors of shape (n, n_elements) to scores of shape (n,).
    vectors : ndarray of shape (n, n_elements)
    reference : ndarray of shape (n_elements,)
    groups : list of ndarray of int, default=None
        Positions of each group's elements; None makes each element a group.

    Returns
    -------
    ndarray of shape (n, n_groups)
    """
    if isinstance(score, LinearScore):
        # Without the difference of two scores, which would cancel digits.
        of_elements = (vectors - reference) * score.weights + 0.0  # no -0.0
        if groups is None:
            return of_elements
        return np.stack([of_elements[:, group].sum(axis=1) for group in groups], axis=1)
    groups = np.arange(vectors.shape[1])[:, np.newaxis] if groups is None else groups
    scores = score(vectors)
    columns = []
    for group in groups:
        replaced = vectors.copy()
        replaced[:, group] = reference[group]
        columns.append(scores - score(replaced))
    return np.stack(columns, axis=1)
