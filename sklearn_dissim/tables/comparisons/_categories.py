"""Categories: whether two are the same, and how much it says that they are."""

from dataclasses import dataclass, field, replace

import numpy as np

from sklearn_dissim.tables.comparisons._comparison import Comparison
from sklearn_dissim.tables.comparisons._strings import read_codes


def mismatch(left, right):
    """0 where equal, else 1."""
    return (left != right).astype(np.float64)


@dataclass(frozen=True)
class Rarity:
    r"""Agreement weighted by rarity: :math:`\log(1 + c) / \log(1 + n)` where both are the same.

    c is how many of the n records in training had this category. Agreeing on a category that
    nobody else has gives 0, on one that all have 1; not agreeing gives 1 as well.
    """

    name = "rarity"
    read = staticmethod(read_codes)
    commonness: dict = field(default_factory=dict, repr=False)

    def fit(self, readings, counts):
        """Count the categories."""
        totals: dict = {}
        for category, count in zip(readings, counts, strict=True):
            totals[category] = totals.get(category, 0) + int(count)
        most = np.log1p(max(sum(totals.values()), 1))
        return replace(self, commonness={c: np.log1p(n) / most for c, n in totals.items()})

    def prepare(self, readings):
        """A number for each category, and how common it is."""
        numbers = np.unique(readings.astype(str), return_inverse=True)[1]
        common = [self.commonness.get(category, 0.0) for category in readings]
        return np.stack([numbers, np.array(common, dtype=np.float64)], axis=1)

    def distances(self, left, right):
        """How common the category is that both have; 1 where they have none in common."""
        return np.where(left[:, 0] == right[:, 0], left[:, 1], 1.0)


CATEGORY_COMPARISONS = (Comparison("mismatch", read_codes, mismatch), Rarity())
