"""Combine several columns into one: numbers into vectors, strings into one text."""

import numpy as np

from sklearn_dissim.tables.columns._distinct_values import DistinctValues, distinct_values
from sklearn_dissim.tables.comparisons._numbers import read_numbers

_MAJORITY = 0.9  # share of a column's strings that must be numbers for a vector


def combine_columns(columns, names, form=None):
    """Return several columns as one: of vectors where all hold numbers, else of texts.

    Parameters
    ----------
    columns : list of DistinctValues
    names : tuple of str
    form : {"vector", "string"}, default=None
        Form of the values in fit; None decides by the values.

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
    return _joined_numbers(columns) if form == "vector" else _joined_texts(columns, names)


def _holds_numbers(column):
    present = np.isfinite(read_numbers(column.values))
    return bool(present.mean() >= _MAJORITY) if len(present) else True


def _joined_numbers(columns):
    """Return rows of numbers; a row is missing where any of its numbers is."""
    numbers = [np.append(read_numbers(c.values), np.nan)[c.codes] for c in columns]
    rows = np.stack(numbers, axis=1)
    present = ~np.isnan(rows).any(axis=1)
    return DistinctValues("vector", rows[present], np.where(present, np.cumsum(present) - 1, -1))


def _joined_texts(columns, names):
    """Return joined texts; a text is missing where all its parts are."""
    import pandas as pd

    words = [
        np.append(np.array([f"{value} " for value in c.values], dtype=object), "")[c.codes]
        for c in columns
    ]
    return distinct_values(pd.Series(sum(words[1:], words[0]), dtype=object), "_".join(names))
