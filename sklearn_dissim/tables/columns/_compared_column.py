"""A fitted column: its comparisons, and what stands where two values cannot be compared."""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

_BLOCK = 1 << 15  # meetings compared at a time


@dataclass(frozen=True)
class ComparedColumn:
    """What fitting has found out about a column.

    Attributes
    ----------
    label : str
    form : str
        What its values are.
    comparisons : list
        Fitted comparisons.
    neutral : ndarray of shape (n_comparisons,)
        Stands for distances that are not known.
    indicator : bool
        Whether a last element tells where distances are not known.
    """

    label: str
    form: str
    comparisons: list
    neutral: np.ndarray
    indicator: bool

    def endings(self):
        """What the names of the resulting columns end in."""
        return [comparison.name for comparison in self.comparisons] + ["missing"] * self.indicator

    def vectors(self, column):
        """The column's part of the dissimilarity vectors of pairs."""
        if column.form not in (self.form, "empty"):
            raise ValueError(
                f"column {self.label!r} held values of type {self.form} in fit; now of type "
                f"{column.form}."
            )
        with _naming(self.label):
            distances = _distances_of(self.comparisons, column, _Readings(column))
        return self.filled(distances)

    def filled(self, distances):
        """Known distances as they are, the neutral value elsewhere, and the indicator."""
        unknown = np.isnan(distances)
        filled = np.where(unknown, self.neutral, distances)
        return np.column_stack([filled, unknown.any(axis=1)]) if self.indicator else filled


def fit_comparisons(comparisons, column, counts):
    """Comparisons that have learned from a column's values, and the distances of its pairs.

    Returns
    -------
    comparisons : list
    distances : ndarray of shape (n_pairs, n_comparisons)
        NaN where they are not known.
    """
    with _naming(column.label):
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
    # What cannot be compared with itself cannot be read.
    rows = comparison.prepare(comparison.read(column.values))
    if np.isnan(comparison.distances(rows, rows)).all():
        raise ValueError(
            f"{comparison.name!r} can make nothing of its values, such as "
            f"{str(column.values[0])[:40]!r}"
        )


@contextmanager
def _naming(label):
    """Say in messages which column it is."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"column {label!r}: {error}.") from error


def _distances_of(comparisons, column, readings):
    distances = np.empty((len(column.meeting), len(comparisons)))
    for k, comparison in enumerate(comparisons):
        met = _distances_of_meetings(comparison, column, readings)
        distances[:, k] = np.append(met, np.nan)[column.meeting]
    return distances


def _distances_of_meetings(comparison, column, readings):
    met = np.empty(len(column.left))
    if len(met):
        rows = comparison.prepare(readings.by(comparison))
        for start in range(0, len(met), _BLOCK):
            block = slice(start, start + _BLOCK)
            met[block] = comparison.distances(rows[column.left[block]], rows[column.right[block]])
    return met


class _Readings:
    """What comparisons read into a column's values; what several read alike is read once."""

    def __init__(self, column):
        self._values = column.values
        self._of: dict = {}

    def by(self, comparison):
        if comparison.read not in self._of:
            self._of[comparison.read] = comparison.read(self._values)
        return self._of[comparison.read]


def neutral_values(distances, signs=None):
    """For each comparison the mean of its known distances, 0 where there are none.

    With pair labels it is the mean of both labels' means, from which a distance speaks
    for either label as much.
    """
    of_all = _known_means(distances)
    if signs is not None:
        halfway = (_known_means(distances[signs > 0]) + _known_means(distances[signs < 0])) / 2
        of_all = np.where(np.isnan(halfway), of_all, halfway)
    return np.nan_to_num(of_all, nan=0.0)


def _known_means(distances):
    known = ~np.isnan(distances)
    counts = known.sum(axis=0)
    sums = np.where(known, distances, 0.0).sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
