"""Define what a comparison of values is, and make comparisons of functions.

A comparison has a `name` and four methods, which are called in this order:

    read(values)              Return readings of the distinct values of a column: normalised
                              strings, numbers... Comparisons with the same `read` share them.
    fit(readings, counts)     Return a new comparison that has learned from readings and from
                              the number of records of each value.
    prepare(readings)         Return rows, one for each value, by which values are compared.
    distances(left, right)    Return distances between rows of left and right values: at least
                              0, the larger the more both differ, NaN where they cannot be
                              compared.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Comparison:
    """Compare values by two functions, without learning.

    Parameters
    ----------
    name : str
    read : callable
        Returns readings of values.
    distances : callable
        Returns distances between left and right readings.
    """

    name: str
    read: Callable
    distances: Callable

    def fit(self, readings, counts):
        """Return the comparison itself; it learns nothing."""
        return self

    def prepare(self, readings):
        """Return the readings, by which values are compared."""
        return readings


def unchanged(values):
    """Return values as they are.

    Parameters
    ----------
    values : ndarray of shape (n_values,)
        Distinct values of a column.

    Returns
    -------
    ndarray of shape (n_values,)
        The same values.
    """
    return values


@dataclass(frozen=True)
class UserComparison:
    """Compare values by a function of the user, from left and right values to distances."""

    function: Callable

    @property
    def name(self):
        """Name of the function."""
        return getattr(self.function, "__name__", type(self.function).__name__)

    read = staticmethod(unchanged)

    def fit(self, readings, counts):
        """Return the comparison itself; it learns nothing."""
        return self

    def prepare(self, readings):
        """Return the values, which the function compares."""
        return readings

    def distances(self, left, right):
        """Return the distances of the function; refuse what is none."""
        distances = np.asarray(self.function(left, right), dtype=np.float64)
        if distances.shape != (len(left),):
            raise ValueError(
                f"comparison {self.name!r} must return one number a pair of values, shape "
                f"({len(left)},); got {distances.shape}."
            )
        if (distances < 0).any() or np.isinf(distances).any():
            raise ValueError(
                f"comparison {self.name!r} must return finite numbers of at least 0, or NaN "
                "where values cannot be compared."
            )
        return distances
