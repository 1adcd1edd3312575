"""Find which distinct values of a column occur together in pairs, to compare each two once."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PairedColumn:
    """Hold the distinct values of a column and their combinations in pairs.

    Attributes
    ----------
    label : str
        Name of the column, or of the columns that it combines.
    storage : {"string", "number", "date", "boolean", "category", "collection", "vector", "empty"}
        How the values are stored, as their Python types tell.
    values : ndarray of shape (n_values, ...)
        Distinct known values.
    codes : ndarray of shape (n_records,)
        The position of each record's value; -1 where it is missing.
    left, right : ndarrays of shape (n_combinations,)
        Positions of two values that some pair has, left and right.
    combination : ndarray of shape (n_pairs,)
        Position of each pair's combination; -1 where a value is missing.
    """

    label: str
    storage: str
    values: np.ndarray
    codes: np.ndarray
    left: np.ndarray
    right: np.ndarray
    combination: np.ndarray

    @property
    def form(self):
        """Storage of the values, as far as it matters for comparisons."""
        return "string" if self.storage in ("category", "boolean") else self.storage


def pair_values(label, column, indices):
    """Return the column of pairs that have these values.

    Parameters
    ----------
    label : str
    column : DistinctValues
    indices : ndarray of shape (n_pairs, 2)
        Positions of both records.

    Returns
    -------
    PairedColumn
    """
    import pandas as pd

    storage, values, codes = column
    n_values = max(len(values), 1)
    left, right = codes[indices].T
    present = (left >= 0) & (right >= 0)
    combination = np.full(len(indices), -1)
    keys = left[present].astype(np.int64) * n_values + right[present]
    combination[present], distinct = pd.factorize(keys)
    return PairedColumn(
        label,
        storage if len(values) else "empty",
        values,
        codes,
        distinct // n_values,
        distinct % n_values,
        combination,
    )
