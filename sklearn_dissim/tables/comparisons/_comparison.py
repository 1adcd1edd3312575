"""What a comparison of two values is, made of functions.

A comparison has a name, and in this order

    read(values)              distinct values of a column -> readings, which comparisons of the
                              same `read` share: normalised strings, numbers...
    fit(readings, counts)     -> the comparison that has learned from them, a new object
    prepare(readings)         -> rows, one a value: what two values are compared by
    distances(left, right)    rows of left and right values -> numbers of at least 0, higher where
                              they differ more; NaN where they cannot be compared
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Comparison:
    """A comparison that learns nothing: one function reads values, another compares them."""

    name: str
    read: Callable
    distances: Callable

    def fit(self, readings, counts):
        """Nothing to learn."""
        return self

    def prepare(self, readings):
        """The readings are what is compared."""
        return readings


def as_they_are(values):
    """Reads nothing into values."""
    return values


@dataclass(frozen=True)
class UserComparison:
    """A function of the user's own: left and right values -> distances."""

    function: Callable

    @property
    def name(self):
        """The function's name."""
        return getattr(self.function, "__name__", type(self.function).__name__)

    read = staticmethod(as_they_are)

    def fit(self, readings, counts):
        """Nothing to learn."""
        return self

    def prepare(self, readings):
        """The values are what is compared."""
        return readings

    def distances(self, left, right):
        """What the function says, checked."""
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
