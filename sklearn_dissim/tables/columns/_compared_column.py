"""Fit the comparisons of a column, and fill in what cannot be compared."""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

_CHUNK = 1 << 15  # combinations of values compared at a time


@dataclass(frozen=True)
class ComparedColumn:
    """Compare the values of a column by fitted comparisons.

    Attributes
    ----------
    label : str
        Name of the column, or of the columns that it combines.
    form : str
        Form of its values in fit, as in `PairedColumn`.
    comparisons : list
        Fitted comparisons.
    neutral : ndarray of shape (n_comparisons,)
        Replaces distances that are not known.
    indicator : bool
        Whether a last feature says where a distance is not known.
    """

    label: str
    form: str
    comparisons: list
    neutral: np.ndarray
    indicator: bool

    def endings(self):
        """Return the last parts of the features' names."""
        return [comparison.name for comparison in self.comparisons] + ["missing"] * self.indicator

    def vectors(self, column):
        """Return the features of pairs, the column's part of their dissimilarity vectors."""
        if column.form not in (self.form, "empty"):
            raise ValueError(
                f"column {self.label!r} held values of type {self.form} in fit; now of type "
                f"{column.form}."
            )
        with _errors_named(self.label):
            distances = _distances_of(self.comparisons, column, _Readings(column))
        return self.filled(distances)

    def filled(self, distances):
        """Return distances with neutral values for unknown ones, and the indicator."""
        unknown = np.isnan(distances)
        filled = np.where(unknown, self.neutral, distances)
        return np.column_stack([filled, unknown.any(axis=1)]) if self.indicator else filled


def fit_comparisons(comparisons, column, counts):
    """Fit comparisons to the values of a column, and return the distances of its pairs too.

    Parameters
    ----------
    comparisons : list
        Not fitted.
    column : PairedColumn
    counts : ndarray of int, shape (n_values,)
        Number of records that have each value.

    Returns
    -------
    comparisons : list
        Fitted comparisons.
    distances : ndarray of shape (n_pairs, n_comparisons)
        NaN where they are not known.
    """
    with _errors_named(column.label):
        readings = _Readings(column)
        comparisons = [
            comparison.fit(readings.by(comparison), counts) for comparison in comparisons
        ]
        distances = _distances_of(comparisons, column, readings)
        for comparison, of_pairs in zip(comparisons, distances.T, strict=True):
            if np.isnan(of_pairs).all():
                _refuse_unreadable(comparison, column)
    return comparisons, distances


def _refuse_unreadable(comparison, column):
    """Refuse a comparison that cannot compare any value of a column with itself."""
    rows = comparison.prepare(comparison.read(column.values))
    if np.isnan(comparison.distances(rows, rows)).all():
        raise ValueError(
            f"{comparison.name!r} can make nothing of its values, such as "
            f"{str(column.values[0])[:40]!r}"
        )


@contextmanager
def _errors_named(label):
    """Put the name of the column into the messages of errors."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"column {label!r}: {error}.") from error


def _distances_of(comparisons, column, readings):
    """Return distances of pairs, shape (n_pairs, n_comparisons); NaN where a value is missing."""
    distances = np.empty((len(column.combination), len(comparisons)))
    for k, comparison in enumerate(comparisons):
        of_combinations = _distances_of_combinations(comparison, column, readings)
        # Position -1, a missing value, takes the NaN at the end.
        distances[:, k] = np.append(of_combinations, np.nan)[column.combination]
    return distances


def _distances_of_combinations(comparison, column, readings):
    """Return one distance for each two values that occur together in a pair."""
    distances = np.empty(len(column.left))
    if len(distances):
        rows = comparison.prepare(readings.by(comparison))
        for start in range(0, len(distances), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            left, right = rows[column.left[chunk]], rows[column.right[chunk]]
            distances[chunk] = comparison.distances(left, right)
    return distances


class _Readings:
    """Keep the readings of a column's values, for all comparisons with the same `read`."""

    def __init__(self, column):
        self._values = column.values
        self._of: dict = {}

    def by(self, comparison):
        if comparison.read not in self._of:
            self._of[comparison.read] = comparison.read(self._values)
        return self._of[comparison.read]


def neutral_values(distances, signs=None):
    """Return for each comparison a distance that speaks for neither label.

    Parameters
    ----------
    distances : ndarray of shape (n_pairs, n_comparisons)
        NaN where they are not known.
    signs : ndarray of shape (n_pairs,), default=None
        +1 for same and -1 for different pairs.

    Returns
    -------
    ndarray of shape (n_comparisons,)
        With signs, halfway between the means of same and of different pairs; else, or where
        one of both has no known distance, the mean of all pairs; 0 where none is known.
    """
    of_all = _known_means(distances)
    if signs is not None:
        halfway = (_known_means(distances[signs > 0]) + _known_means(distances[signs < 0])) / 2
        of_all = np.where(np.isnan(halfway), of_all, halfway)
    return np.nan_to_num(of_all, nan=0.0)


def _known_means(distances):
    present = ~np.isnan(distances)
    counts = present.sum(axis=0)
    sums = np.where(present, distances, 0.0).sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
