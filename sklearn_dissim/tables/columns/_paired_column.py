"""A column's distinct values, and which of them meet in the pairs: each two are compared once."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PairedColumn:
    """Values and meetings.

    Attributes
    ----------
    label : str
    storage : {"string", "number", "date", "boolean", "category", "collection", "vector", "empty"}
        What the values are, as far as their Python types tell.
    values : ndarray of shape (n_values, ...)
        Distinct known values.
    codes : ndarray of shape (n_records,)
        The position of each record's value; -1 where it is missing.
    left, right : ndarrays of shape (n_meetings,)
        Positions of two values that meet in some pair.
    meeting : ndarray of shape (n_pairs,)
        Position of each pair's meeting; -1 where a value is missing.
    """

    label: str
    storage: str
    values: np.ndarray
    codes: np.ndarray
    left: np.ndarray
    right: np.ndarray
    meeting: np.ndarray

    @property
    def form(self):
        """The storage, as far as it matters for comparing."""
        return "string" if self.storage in ("category", "boolean") else self.storage


def pair_values(label, column, indices):
    """Distinct values, and each record's position among them, to a column of pairs."""
    import pandas as pd

    storage, values, codes = column
    n_values = max(len(values), 1)
    left, right = codes[indices].T
    known = (left >= 0) & (right >= 0)
    meeting = np.full(len(indices), -1)
    keys = left[known].astype(np.int64) * n_values + right[known]
    meeting[known], distinct = pd.factorize(keys)
    return PairedColumn(
        label,
        storage if len(values) else "empty",
        values,
        codes,
        distinct // n_values,
        distinct % n_values,
        meeting,
    )
