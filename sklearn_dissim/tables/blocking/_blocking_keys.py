"""Blocking by keys: equal keys, or neighbours in sorted order."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklearn_dissim._utils.checks import check_count
from sklearn_dissim.tables.blocking._tables import column_names

_CHUNK = 1 << 22  # pairs built at a time


@dataclass(frozen=True, repr=False)
class SameKey:
    """Propose pairs of records that agree in a key.

    Parameters
    ----------
    columns : str, tuple of str, or callable
        The key: a column; several columns, which must all agree; or a function from a table to
        one value for each record, such as the first letters of a name or a phonetic code. The
        function is called with each table as it was given.

    See Also
    --------
    SortedNeighbourhood : Propose pairs with similar keys.
    NearestText : Propose pairs with similar texts.
    candidate_pairs : Unite the pairs of several rules.

    Notes
    -----
    Missing values and blank texts agree with nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_dissim.tables import SameKey, candidate_pairs
    >>> table = pd.DataFrame({"name": ["Ann", "Anna", "Bea"], "town": ["Bern", None, "Bern"]})
    >>> candidate_pairs(table, rules=[SameKey("town")]).indices.tolist()
    [[0, 2]]
    >>> first_letter = lambda table: table["name"].str[0]
    >>> candidate_pairs(table, rules=[SameKey(first_letter)]).indices.tolist()
    [[0, 1]]
    """

    columns: Any

    def __post_init__(self):
        if not callable(self.columns):
            object.__setattr__(self, "columns", column_names(self.columns, "SameKey"))

    def __repr__(self):
        if callable(self.columns):
            return f"SameKey({getattr(self.columns, '__name__', repr(self.columns))})"
        return f"SameKey({_quoted(self.columns)})"

    def plan(self, tables):
        """Count the pairs of this rule, without building them.

        Parameters
        ----------
        tables : Tables
            The tables whose records are paired.

        Returns
        -------
        KeyJoin
            The number of pairs, and a method that builds them.
        """
        if callable(self.columns):
            keys = [tables.computed(self.columns, self)]
        else:
            keys = [tables.column(name, self) for name in self.columns]
        return KeyJoin(tables, keys, _codes(keys, self, in_order=False), reach=0)


@dataclass(frozen=True, repr=False)
class SortedNeighbourhood:
    """Propose pairs of records whose keys are close in sorted order.

    The distinct keys of both tables are sorted together. Records are paired if both keys lie in
    a window of consecutive keys and one of them is in its middle [1]_. Errors at the end of a
    word change its place in the order little, errors at its beginning much.

    Parameters
    ----------
    columns : str or tuple of str
        The key. Several columns are sorted by the first, then by the second...
    window : int, default=5
        Number of keys in the window, odd and at least 3. A window of 5 pairs a key with itself
        and with two keys on either side.

    See Also
    --------
    SameKey : Propose pairs with equal keys.
    NearestText : Propose pairs with similar texts.
    candidate_pairs : Unite the pairs of several rules.

    Notes
    -----
    Missing values and blank texts are left out.

    References
    ----------
    .. [1] P. Christen, "A survey of indexing techniques for scalable record linkage and
       deduplication", IEEE TKDE 24(9), 2012, section 3.2 (inverted index based approach).

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_dissim.tables import SortedNeighbourhood, candidate_pairs
    >>> table = pd.DataFrame({"name": ["smith", "zhou", "smyth", "abel"]})
    >>> candidate_pairs(table, rules=[SortedNeighbourhood("name", window=3)]).indices.tolist()
    [[0, 2], [0, 3], [1, 2]]
    """

    columns: Any
    window: int = 5

    def __post_init__(self):
        object.__setattr__(self, "columns", column_names(self.columns, "SortedNeighbourhood"))
        check_count(self.window, f"{self}: window", least=3)
        if self.window % 2 == 0:
            raise ValueError(f"{self}: window must be an odd whole number; got {self.window}.")

    def __repr__(self):
        return f"SortedNeighbourhood({_quoted(self.columns)}, window={self.window})"

    def plan(self, tables):
        """Count the pairs of this rule, without building them.

        Parameters
        ----------
        tables : Tables
            The tables whose records are paired.

        Returns
        -------
        KeyJoin
            The number of pairs, and a method that builds them.
        """
        keys = [tables.column(name, self) for name in self.columns]
        return KeyJoin(tables, keys, _codes(keys, self, in_order=True), reach=self.window // 2)


class KeyJoin:
    """Count and build the pairs of records whose key codes differ by at most `reach`.

    In the order of codes, the partners of a record are consecutive. So the first partner and
    their number are found by bisection, before any pair is built.

    Parameters
    ----------
    tables : Tables
    keys : list of Series
        Keys of all records, left before right; to name blocks.
    codes : ndarray of int
        Key codes of all records; -1 where a key is missing.
    reach : int
        0 pairs equal keys.
    """

    exact = True

    def __init__(self, tables, keys, codes, reach):
        self._tables, self._keys, self._codes = tables, keys, codes
        left, right = tables.sides(codes)
        self._records = _in_order(left)
        code = left[self._records]
        self._partners = self._records if right is None else _in_order(right)
        partner_code = code if right is None else right[self._partners]
        if right is None:  # partners come after the record, so that no pair comes twice
            self._first = np.arange(1, len(code) + 1)
        else:
            self._first = np.searchsorted(partner_code, code - reach, side="left")
        self._counts = np.searchsorted(partner_code, code + reach, side="right") - self._first
        self.n_pairs = int(self._counts.sum())

    def largest_blocks(self, n_blocks=3):
        """Return the keys with most pairs, and their numbers of pairs."""
        sizes = np.bincount(self._codes[self._records], weights=self._counts).astype(np.int64)
        largest = np.argsort(-sizes, kind="stable")[:n_blocks]
        return [(self._key(code), int(sizes[code])) for code in largest if sizes[code]]

    def _key(self, code):
        record = int(np.flatnonzero(self._codes == code)[0])
        values = tuple(_plain(key.iloc[record]) for key in self._keys)
        return values[0] if len(values) == 1 else values

    def numbers(self, progress):
        """Return the numbers of the pairs, as `Tables` has them, in ascending order."""
        numbers = np.empty(self.n_pairs, np.int64)
        ends = np.cumsum(self._counts)
        done = start = 0
        while done < self.n_pairs:
            stop = max(start + 1, int(np.searchsorted(ends, done + _CHUNK, side="right")))
            end = int(ends[stop - 1])
            numbers[done:end] = self._numbers(slice(start, stop))
            start, done = stop, end
            progress(done)
        numbers.sort()
        return numbers

    def _numbers(self, rows):
        """Return the numbers of the pairs of some records, a slice of `_records`."""
        counts = self._counts[rows]
        n_before = np.cumsum(counts) - counts
        place = np.arange(counts.sum()) + np.repeat(self._first[rows] - n_before, counts)
        return self._tables.numbers(np.repeat(self._records[rows], counts), self._partners[place])


def _in_order(codes):
    """Return rows in the order of their codes, without those that have none."""
    order = np.argsort(codes, kind="stable")
    return order[np.searchsorted(codes[order], 0) :]


def _codes(keys, rule, *, in_order):
    """Return a code for the combined keys of each record, -1 where one of them is missing.

    Parameters
    ----------
    keys : list of Series
    rule : SameKey or SortedNeighbourhood
        Rule that is named in messages.
    in_order : bool
        Whether codes have the order of the keys; else any order, which is faster.

    Returns
    -------
    ndarray of int, shape (n_records,)
    """
    codes = None
    for key in keys:
        new, n_values = _factorized(key, rule, in_order)
        if codes is None:
            codes = new
            continue
        missing = (codes < 0) | (new < 0)
        codes = np.unique(np.where(missing, -1, codes * n_values + new), return_inverse=True)[1]
        codes = codes - 1 if missing.any() else codes
    return codes


def _factorized(key, rule, in_order):
    """Return a code for each distinct key, -1 where it is missing or blank, and their number."""
    import pandas as pd

    try:
        codes, values = pd.factorize(key, sort=in_order)
    except TypeError as error:
        raise TypeError(f"{rule}: keys must be of one hashable type: {error}.") from error
    blank = np.array([isinstance(value, str) and not value.strip() for value in values], bool)
    if blank.any():
        codes = np.where(blank[codes] & (codes >= 0), -1, codes)
    return codes.astype(np.int64), len(values)


def _quoted(columns):
    return repr(columns[0]) if len(columns) == 1 else repr(tuple(columns))


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value
