"""Blocking by texts: nearest neighbours by the n-grams they share."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from sklearn_dissim._utils.checks import check_count, is_count
from sklearn_dissim.tables.blocking._rules import column_names, sorted_once

_PRODUCTS = 1 << 23  # similarities held at a time


@dataclass(frozen=True, repr=False)
class NearestText:
    """Pairs of each record of left with those of right whose text is most alike.

    The columns are joined to one text; n-grams of letters, within words, weighted by TF-IDF,
    make vectors of it, and the highest cosines win. In one table, each record is paired with
    its nearest others.

    Parameters
    ----------
    columns : str or tuple of str
        Texts; numbers are written out, missing values left out.
    n_neighbors : int, default=10
        For each record of left; of equal cosines the earlier record of right comes first.
    ngram_range : tuple (int, int), default=(3, 3)
        Fewest and most letters of an n-gram.
    max_df : float, default=1.0
        Leave out n-grams that more than this share of the records have; what is common costs
        most of the time and says least.

    Notes
    -----
    The cosines are sparse products, made for some records of left at a time.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_dissim.tables import NearestText, candidate_pairs
    >>> left = pd.DataFrame({"title": ["a red shoe", "blue trousers"]})
    >>> right = pd.DataFrame({"title": ["trousers, blue", "hat", "shoe red"]})
    >>> candidate_pairs(left, right, rules=[NearestText("title", 1)]).indices.tolist()
    [[0, 2], [1, 0]]
    """

    columns: Any
    n_neighbors: int = 10
    ngram_range: tuple = (3, 3)
    max_df: float = 1.0

    def __post_init__(self):
        object.__setattr__(self, "columns", column_names(self.columns, "NearestText"))
        check_count(self.n_neighbors, f"{self}: n_neighbors")
        shortest, longest = self.ngram_range
        if not (is_count(shortest) and is_count(longest, least=shortest)):
            raise ValueError(
                f"{self}: ngram_range must be two whole numbers, 1 <= fewest <= most; "
                f"got {self.ngram_range!r}."
            )
        if not 0 < self.max_df <= 1:
            raise ValueError(f"{self}: max_df must lie in (0, 1]; got {self.max_df!r}.")

    def __repr__(self):
        columns = self.columns[0] if len(self.columns) == 1 else list(self.columns)
        return f"NearestText({columns!r}, n_neighbors={self.n_neighbors})"

    def plan(self, tables):
        """The pairs of this rule, at most as many as `n_pairs`, not yet built."""
        texts = [_texts(tables.column(name, self)) for name in self.columns]
        joined = [" ".join(parts) for parts in zip(*texts, strict=True)]
        return _TextJoin(tables, joined, self)


class _TextJoin:
    exact = False

    def __init__(self, tables, texts, rule):
        self._tables, self._texts, self._rule = tables, texts, rule
        others = tables.n_right - (tables.right is None)
        self.n_pairs = tables.n_left * min(rule.n_neighbors, others)

    def largest_blocks(self):
        return []

    def numbers(self, progress):
        """The pairs, as `Tables` numbers them; sorted, none twice."""
        vectors = _tfidf(self._texts, self._rule)
        if vectors is None:
            return np.empty(0, np.int64)
        left, right = self._tables.sides(vectors)
        itself = right is None
        across = (left if itself else right).T.tocsr()
        found = []
        for start, stop in _stretches(left, across):
            products = (left[start:stop] @ across).tocsr()
            rows, partners = _largest(products, self._rule.n_neighbors, start if itself else None)
            found.append(self._tables.numbers(rows + start, partners))
            progress(stop * self.n_pairs // self._tables.n_left)
        return sorted_once(np.concatenate(found))


def _tfidf(texts, rule):
    """Rows of length 1 in single precision; None where no text is as long as an n-gram."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=rule.ngram_range,
        max_df=float(rule.max_df),
        dtype=np.float32,
    )
    try:
        return vectorizer.fit_transform(texts)
    except ValueError as error:
        if not any(text.strip() for text in texts):
            return None
        raise ValueError(f"{rule}: {error}") from error


def _stretches(left, across):
    """Stretches of rows whose products hold about as many numbers as may be held at a time."""
    holders = np.diff(across.indptr).astype(np.int64)
    bound = np.minimum(
        np.add.reduceat(np.append(holders[left.indices], 0), left.indptr[:-1])
        * (np.diff(left.indptr) > 0),
        across.shape[1],
    )
    ends = np.cumsum(bound)
    start = 0
    while start < left.shape[0]:
        reached = (ends[start - 1] if start else 0) + _PRODUCTS
        stop = max(start + 1, int(np.searchsorted(ends, reached, side="right")))
        yield start, stop
        start = stop


def _largest(products, k, own):
    """Rows and columns of the k largest numbers of each row; `own` is the column of row 0 that
    is row 0 itself, and so on.
    """
    columns, bounds = [], products.indptr
    for row, (start, stop) in enumerate(pairwise(bounds)):
        places, values = products.indices[start:stop], products.data[start:stop]
        if own is not None:
            others = places != own + row
            places, values = places[others], values[others]
        if len(values) > k:
            least = np.partition(values, -k)[-k]
            chosen = places[values > least]
            equal = np.sort(places[values == least])[: k - len(chosen)]
            places = np.concatenate([chosen, equal])
        columns.append(places)
    counts = [len(c) for c in columns]
    rows = np.repeat(np.arange(len(columns)), counts)
    return rows, np.concatenate(columns).astype(np.intp)


def _texts(column):
    """Values written out; missing ones as nothing, whole numbers without a fraction."""
    from pandas.api.types import is_float_dtype

    numbers = is_float_dtype(column)
    known = column.notna().to_numpy()
    return [
        "" if not k else str(int(value)) if numbers and value.is_integer() else str(value)
        for value, k in zip(column.to_numpy(dtype=object), known, strict=True)
    ]
