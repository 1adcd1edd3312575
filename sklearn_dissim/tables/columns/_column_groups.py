"""Several columns taken together: numbers as vectors, strings as one text."""

import numpy as np

from sklearn_dissim.tables.columns._distinct_values import DistinctValues, distinct_values
from sklearn_dissim.tables.comparisons._numbers import read_numbers

_MOST = 0.9  # of a column's strings are numbers, where they are taken for such


def together(columns, names, form=None):
    """Columns as one, of vectors where all hold numbers, else of texts.

    Parameters
    ----------
    columns : list of DistinctValues
    names : tuple of str
    form : {"vector", "string"}, default=None
        Which of both; found out where it is None.

    Returns
    -------
    DistinctValues
    """
    for column, name in zip(columns, names, strict=True):
        if column.storage not in ("number", "string", "category"):
            raise ValueError(
                f"column {name!r} must hold numbers or text to be taken together with others, "
                f"{names}; its values are of type {column.storage}."
            )
    if form is None:
        form = "vector" if all(map(_holds_numbers, columns)) else "string"
    return _vectors(columns) if form == "vector" else _texts(columns, names)


def _holds_numbers(column):
    known = np.isfinite(read_numbers(column.values))
    return bool(known.mean() >= _MOST) if len(known) else True


def _vectors(columns):
    """Known where all numbers are."""
    numbers = [np.append(read_numbers(c.values), np.nan)[c.codes] for c in columns]
    rows = np.stack(numbers, axis=1)
    known = ~np.isnan(rows).any(axis=1)
    return DistinctValues("vector", rows[known], np.where(known, np.cumsum(known) - 1, -1))


def _texts(columns, names):
    """Known where any of the columns is."""
    import pandas as pd

    words = [
        np.append(np.array([f"{value} " for value in c.values], dtype=object), "")[c.codes]
        for c in columns
    ]
    return distinct_values(pd.Series(sum(words[1:], words[0]), dtype=object), "_".join(names))
