"""Blocking by keys: equal ones, or neighbours in their order."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklearn_dissim._utils.checks import check_count
from sklearn_dissim.tables.blocking._rules import column_names

_CHUNK = 1 << 22  # pairs made at a time


@dataclass(frozen=True, repr=False)
class SameKey:
    """Pairs of records that agree in a key.

    Parameters
    ----------
    columns : str, tuple of str, or callable
        A column; several, which must all agree; or a function that makes of a table one value
        a record, such as the first letters of a name or a phonetic code. It is called with
        each table, as it was given.

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
        """The pairs of this rule, counted but not yet built."""
        if callable(self.columns):
            keys = [tables.computed(self.columns, self)]
        else:
            keys = [tables.column(name, self) for name in self.columns]
        return KeyJoin(tables, keys, _codes(keys, self, in_order=False), reach=0)


@dataclass(frozen=True, repr=False)
class SortedNeighbourhood:
    """Pairs of records whose keys are close to each other in sorted order.

    The distinct keys of both tables are sorted together; a window of `window` of them moves
    along, and records whose keys are in it at once, one in the middle, are paired [1]_. It
    tells apart what begins alike, so errors at the end of a word do little harm.

    Parameters
    ----------
    columns : str or tuple of str
        The key; of several columns, sorted by the first, then by the second...
    window : int, default=5
        Odd, at least 3: 5 pairs a key with itself and two on either side.

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
        """The pairs of this rule, counted but not yet built."""
        keys = [tables.column(name, self) for name in self.columns]
        return KeyJoin(tables, keys, _codes(keys, self, in_order=True), reach=self.window // 2)


class KeyJoin:
    """Pairs of records whose key codes differ by at most `reach`.

    With the records in the order of their codes, the partners of each are one stretch: that
    is how they are counted before any pair is built.

    Parameters
    ----------
    tables : Tables
    keys : list of Series
        Of all records, left before right; to name blocks.
    codes : ndarray of int
        Of all records; -1 is missing.
    reach : int
    """

    exact = True

    def __init__(self, tables, keys, codes, reach):
        self._tables, self._keys, self._codes = tables, keys, codes
        left, right = tables.sides(codes)
        self._owners = _in_order(left)
        code = left[self._owners]
        self._partners = self._owners if right is None else _in_order(right)
        among = code if right is None else right[self._partners]
        if right is None:
            self._first = np.arange(1, len(code) + 1)
        else:
            self._first = np.searchsorted(among, code - reach, side="left")
        self._counts = np.searchsorted(among, code + reach, side="right") - self._first
        self.n_pairs = int(self._counts.sum())

    def largest_blocks(self, n_blocks=3):
        """(key, pairs) of the keys that give most pairs."""
        sizes = np.bincount(self._codes[self._owners], weights=self._counts).astype(np.int64)
        largest = np.argsort(-sizes, kind="stable")[:n_blocks]
        return [(self._key(code), int(sizes[code])) for code in largest if sizes[code]]

    def _key(self, code):
        record = int(np.flatnonzero(self._codes == code)[0])
        values = tuple(_plain(key.iloc[record]) for key in self._keys)
        return values[0] if len(values) == 1 else values

    def numbers(self, progress):
        """The pairs, as `Tables` numbers them; sorted, none twice."""
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

    def _numbers(self, some):
        counts = self._counts[some]
        before = np.cumsum(counts) - counts
        place = np.arange(counts.sum()) + np.repeat(self._first[some] - before, counts)
        return self._tables.numbers(np.repeat(self._owners[some], counts), self._partners[place])


def _in_order(codes):
    """Rows in the order of their codes, without the missing ones."""
    order = np.argsort(codes, kind="stable")
    return order[np.searchsorted(codes[order], 0) :]


def _codes(keys, rule, *, in_order):
    """A whole number for each distinct key, in their order if wished; -1 where one is missing."""
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
