"""Blocking by texts: nearest neighbours by shared n-grams."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from sklearn_dissim._utils.checks import check_count, is_count
from sklearn_dissim.tables.blocking._tables import column_names, sorted_once

_CHUNK = 1 << 23  # similarities held at a time


@dataclass(frozen=True, repr=False)
class NearestText:
    """Propose for each left record the right records with the most similar texts.

    The columns are joined to one text. Texts are compared by the cosine of their n-grams of
    letters within words, weighted by TF-IDF. In one table, each record is paired with its
    nearest neighbours other than itself.

    Parameters
    ----------
    columns : str or tuple of str
        Columns of the text. Numbers are written out, missing values left out.
    n_neighbors : int, default=10
        Number of right records for each left record. Of equal cosines the earlier right record
        comes first.
    ngram_range : tuple (int, int), default=(3, 3)
        Smallest and largest number of letters of an n-gram.
    max_df : float, default=1.0
        Ignore n-grams that more than this share of the records have. Frequent n-grams say
        least and take most of the time.

    See Also
    --------
    SameKey : Propose pairs with equal keys.
    SortedNeighbourhood : Propose pairs with similar keys.
    candidate_pairs : Unite the pairs of several rules.

    Notes
    -----
    Cosines are products of sparse matrices, computed for a chunk of left records at a time.

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
        """Bound the number of pairs of this rule, without building them.

        Parameters
        ----------
        tables : Tables
            The tables whose records are paired.

        Returns
        -------
        TextJoin
            The largest number of pairs, and a method that builds them.
        """
        texts = [_texts(tables.column(name, self)) for name in self.columns]
        joined = [" ".join(parts) for parts in zip(*texts, strict=True)]
        return TextJoin(tables, joined, self)


class TextJoin:
    """Build the pairs of nearest texts; `n_pairs` is the largest possible number.

    Parameters
    ----------
    tables : Tables
    texts : list of str
        Texts of all records, left before right.
    rule : NearestText
    """

    exact = False

    def __init__(self, tables, texts, rule):
        self._tables, self._texts, self._rule = tables, texts, rule
        n_partners = tables.n_right - (tables.right is None)
        self.n_pairs = tables.n_left * min(rule.n_neighbors, n_partners)

    def largest_blocks(self):
        """Return no blocks, which only keys have."""
        return []

    def numbers(self, progress):
        """Return the numbers of the pairs, as `Tables` has them, in ascending order."""
        vectors = _tfidf(self._texts, self._rule)
        if vectors is None:
            return np.empty(0, np.int64)
        left, right = self._tables.sides(vectors)
        transposed = (left if right is None else right).T.tocsr()
        numbers = []
        for start, stop in _chunks(left, transposed):
            cosines = (left[start:stop] @ transposed).tocsr()
            own = start if right is None else None
            rows, partners = _largest(cosines, self._rule.n_neighbors, own)
            numbers.append(self._tables.numbers(rows + start, partners))
            progress(stop * self.n_pairs // self._tables.n_left)
        return sorted_once(np.concatenate(numbers))


def _tfidf(texts, rule):
    """Return sparse rows of unit length in single precision; None where all texts are blank."""
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


def _chunks(left, transposed):
    """Yield (start, stop) of rows whose products hold about as many numbers as a chunk may.

    A row of the product has at most as many numbers as right texts share an n-gram with it,
    counted once for each n-gram.
    """
    n_texts = np.diff(transposed.indptr).astype(np.int64)
    bound = np.minimum(
        np.add.reduceat(np.append(n_texts[left.indices], 0), left.indptr[:-1])
        * (np.diff(left.indptr) > 0),
        transposed.shape[1],
    )
    ends = np.cumsum(bound)
    start = 0
    while start < left.shape[0]:
        reached = (ends[start - 1] if start else 0) + _CHUNK
        stop = max(start + 1, int(np.searchsorted(ends, reached, side="right")))
        yield start, stop
        start = stop


def _largest(products, k, own):
    """Return positions of the k largest numbers in each row; of ties, the first columns.

    Parameters
    ----------
    products : csr matrix
    k : int
    own : int or None
        Column that belongs to row 0, the next one belonging to row 1, and so on. A row's own
        column is left out.

    Returns
    -------
    rows, columns : ndarrays of int, shape (n_positions,)
    """
    columns_of_rows = []
    for row, (start, stop) in enumerate(pairwise(products.indptr)):
        columns, values = products.indices[start:stop], products.data[start:stop]
        if own is not None:
            is_other = columns != own + row
            columns, values = columns[is_other], values[is_other]
        if len(values) > k:
            smallest = np.partition(values, -k)[-k]
            larger = columns[values > smallest]
            ties = np.sort(columns[values == smallest])[: k - len(larger)]
            columns = np.concatenate([larger, ties])
        columns_of_rows.append(columns)
    counts = [len(columns) for columns in columns_of_rows]
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.concatenate(columns_of_rows).astype(np.intp)


def _texts(column):
    """Return values as text: missing ones as "", whole numbers without a fraction."""
    from pandas.api.types import is_float_dtype

    numbers = is_float_dtype(column)
    present = column.notna().to_numpy()
    return [
        "" if not is_present else str(int(value)) if numbers and value.is_integer() else str(value)
        for value, is_present in zip(column.to_numpy(dtype=object), present, strict=True)
    ]
