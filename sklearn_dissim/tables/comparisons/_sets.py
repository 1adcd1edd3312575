"""Compare sets by the share of elements that both do not have in common."""

import numpy as np

from sklearn_dissim.tables.comparisons._comparison import Comparison
from sklearn_dissim.tables.comparisons._strings import read_texts


def read_sets(values):
    """Return lists and sets as sets, strings as the sets of their words."""
    return _sets_of(
        text.split() if isinstance(value, str) else value
        for value, text in zip(values, read_texts(values), strict=True)
    )


def read_numerals(values):
    """Return the sets of words that hold a digit: years, versions, model numbers."""
    return _sets_of(
        [word for word in text.split() if any(map(str.isdigit, word))]
        for text in read_texts(values)
    )


def _sets_of(groups):
    sets = [frozenset(group) for group in groups]
    array = np.empty(len(sets), dtype=object)
    array[:] = sets
    return array


def jaccard(left, right):
    """Return one less the share of the union that both have; 0 where both are empty."""
    shares = (len(a & b) / len(a | b) if a or b else 1.0 for a, b in zip(left, right, strict=True))
    return 1 - np.fromiter(shares, dtype=np.float64, count=len(left))


SET_COMPARISONS = (
    Comparison("jaccard", read_sets, jaccard),
    Comparison("numerals", read_numerals, jaccard),
)
