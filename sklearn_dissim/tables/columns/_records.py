"""Read pairs of records from any container: named columns, and positions of both records."""

from functools import cached_property

import numpy as np
from scipy import sparse

from sklearn_dissim._pairs.containers import (
    as_series,
    columns_by_name,
    is_frame,
    item_columns,
    pair_kind,
    stacked_sides,
)
from sklearn_dissim._pairs.indexed_pairs import IndexedPairs
from sklearn_dissim.tables.columns._column_groups import combine_columns
from sklearn_dissim.tables.columns._distinct_values import distinct_values
from sklearn_dissim.tables.columns._paired_column import pair_values


class Records:
    """Hold pairs of records, whose columns are read when they are needed.

    Parameters
    ----------
    names : list of str
        Names of the columns.
    column : callable
        Returns the values of all records, a pandas Series, for the name of a column.
    indices : ndarray of shape (n_pairs, 2)
        Positions of both records.
    named : bool, default=True
        Whether the names come from the user.
    """

    def __init__(self, names, column, indices, *, named=True):
        if len(indices) == 0:
            raise ValueError("X must hold at least one pair; found 0 sample(s).")
        self.names, self.indices, self.named = names, indices, named
        self._column = column
        self._distinct: dict = {}

    def with_columns(self, names):
        """Return the same pairs of records with these columns only."""
        kept = [name for name in self.names if name in names]
        return Records(kept, self._column, self.indices, named=self.named)

    def paired(self, names, form=None):
        """Return the column of pairs of this name, or of several names combined.

        Parameters
        ----------
        names : tuple of str
        form : str, default=None
            Form that the values of several columns had in fit.

        Returns
        -------
        PairedColumn
        """
        columns = [self._values(name) for name in names]
        column = columns[0] if len(names) == 1 else combine_columns(columns, names, form)
        return pair_values("_".join(names), column, self.indices)

    def _values(self, name):
        if name not in self._distinct:
            self._distinct[name] = distinct_values(self._column(name), name)
        return self._distinct[name]

    def counts(self, column):
        """Return how many records have each value of a column; equal records count once.

        A frame of pairs repeats a record in every pair that has it. Counted once, it makes the
        same vectors in every container.

        Parameters
        ----------
        column : PairedColumn

        Returns
        -------
        ndarray of int, shape (n_values,)
        """
        codes = column.codes[self._is_first_of_equals & (column.codes >= 0)]
        return np.bincount(codes, minlength=len(column.values))

    @cached_property
    def _is_first_of_equals(self):
        """Whether each record is the first of all that equal it in every column."""
        import pandas as pd

        numbers = np.zeros(self.indices.max() + 1, dtype=np.int64)
        for name in self.names:
            _, values, codes = self._values(name)
            numbers = pd.factorize(numbers * (len(values) + 1) + codes + 1)[0]
        return ~pd.Series(numbers).duplicated().to_numpy()


def paired_records(X, left, right):
    """Return pairs as records, or None where X holds dissimilarity vectors, rows of numbers.

    Parameters
    ----------
    X : IndexedPairs, array or DataFrame
    left, right : str
        Prefixes of the column names in a frame of pairs.

    Returns
    -------
    Records or None
    """
    if is_frame(X):
        columns_by_name(X)
    kind = pair_kind(X, left, right)
    if kind == "indexed":
        pairs = X.compact()
        return _records_of_items(pairs.items, pairs.indices)
    if kind == "frame":
        return Records(
            item_columns(X, left, right),
            lambda name: stacked_sides(X, [name], left, right)[name],
            np.arange(2 * len(X)).reshape(2, -1).T,
        )
    if kind == "array":
        return _records_of_array(X)
    if is_frame(X):
        _refuse_other_columns(X, left, right)
    return None


def _records_of_items(items, indices):
    """Return pairs over a table of items; the columns of an array are x0, x1..."""
    import pandas as pd

    if is_frame(items):
        columns = columns_by_name(items)
        return Records([*columns], lambda name: as_series(items[columns[name]]), indices)
    items = items.toarray() if sparse.issparse(items) else np.asarray(items)
    items = items.reshape(len(items), -1)
    names = [f"x{k}" for k in range(items.shape[1])]
    return Records(names, lambda name: pd.Series(items[:, int(name[1:])]), indices, named=False)


def _records_of_array(X):
    """Return pairs of a dense array (n_pairs, 2, n_columns), masked values missing."""
    shape = np.shape(X)
    if sparse.issparse(X) or len(shape) > 3 or shape[1] != 2:
        raise ValueError(
            f"X must hold pairs of records, a dense array (n_pairs, 2, n_columns); got {shape}."
        )
    X = np.ma.filled(X.astype(float), np.nan) if np.ma.isMaskedArray(X) else np.asarray(X)
    return _records_of_items(X.reshape(-1, shape[2]), np.arange(2 * len(X)).reshape(-1, 2))


def _refuse_other_columns(frame, left, right):
    """Refuse a frame without pairs whose rows are no dissimilarity vectors either."""
    if not all(map(_is_numeric, frame.dtypes)) or item_columns(frame):
        raise ValueError(
            f"X must have columns {left}<name> and {right}<name>, or be IndexedPairs over a "
            f"table; its columns are {[*map(str, frame.columns)][:5]}."
        )


def _is_numeric(dtype):
    import pandas as pd

    if hasattr(dtype, "is_numeric"):  # polars
        return dtype.is_numeric()
    return pd.api.types.is_numeric_dtype(dtype)


def values_of_pairs(X, name, left, right):
    """Return the values of a column on both sides of pairs, as they were given.

    Parameters
    ----------
    X : IndexedPairs over a DataFrame, or DataFrame
    name : str
    left, right : str
        Prefixes of the column names in a frame of pairs.

    Returns
    -------
    on_left, on_right : ndarray of object, shape (n_pairs,)
    """
    if isinstance(X, IndexedPairs) and is_frame(X.items):
        values = np.asarray(X.items[columns_by_name(X.items)[name]], dtype=object)
        return values[X.indices[:, 0]], values[X.indices[:, 1]]
    if is_frame(X):
        on_left, on_right = (np.asarray(X[side + name], dtype=object) for side in (left, right))
        return on_left, on_right
    raise TypeError(f"X must be a DataFrame or IndexedPairs over one; got {type(X).__name__}.")
