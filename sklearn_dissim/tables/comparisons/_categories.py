"""Compare categories: whether two are equal, and how much their equality says."""

from dataclasses import dataclass, field, replace

import numpy as np

from sklearn_dissim.tables.comparisons._comparison import Comparison
from sklearn_dissim.tables.comparisons._strings import read_codes


def mismatch(left, right):
    """Return 0 where both are equal, else 1."""
    return (left != right).astype(np.float64)


@dataclass(frozen=True)
class Rarity:
    r"""Weigh agreement by rarity: :math:`\log(1 + c) / \log(1 + n)` where both are equal.

    c of the n records in training had this category. Two records that share a rare category
    are near 0; two records that share a category of all records, or share none, are at 1.
    """

    name = "rarity"
    read = staticmethod(read_codes)
    commonness: dict = field(default_factory=dict, repr=False)

    def fit(self, readings, counts):
        """Count the records of each category."""
        totals: dict = {}
        for category, count in zip(readings, counts, strict=True):
            totals[category] = totals.get(category, 0) + int(count)
        most = np.log1p(max(sum(totals.values()), 1))
        return replace(self, commonness={c: np.log1p(n) / most for c, n in totals.items()})

    def prepare(self, readings):
        """Return a number for each category, and how common the category is."""
        numbers = np.unique(readings.astype(str), return_inverse=True)[1]
        common = [self.commonness.get(category, 0.0) for category in readings]
        return np.stack([numbers, np.array(common, dtype=np.float64)], axis=1)

    def distances(self, left, right):
        """Return how common the shared category is, or 1 where both differ."""
        return np.where(left[:, 0] == right[:, 0], left[:, 1], 1.0)


CATEGORY_COMPARISONS = (Comparison("mismatch", read_codes, mismatch), Rarity())
