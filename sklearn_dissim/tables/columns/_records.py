"""Pairs of records, in whichever container: named columns, and which records are paired."""

from functools import cached_property

import numpy as np
from scipy import sparse

from sklearn_dissim._pairs.containers import is_frame, item_columns
from sklearn_dissim._pairs.indexed_pairs import IndexedPairs
from sklearn_dissim.tables.columns._column_groups import together
from sklearn_dissim.tables.columns._distinct_values import distinct_values
from sklearn_dissim.tables.columns._paired_column import pair_values


class Records:
    """Columns of records, taken out when asked for, and pairs of their rows.

    Parameters
    ----------
    names : list of str
    column : callable
        From a name to all records' values, a pandas Series.
    indices : ndarray of shape (n_pairs, 2)
    named : bool
        Whether the names are the user's.
    """

    def __init__(self, names, column, indices, *, named=True):
        if len(indices) == 0:
            raise ValueError("X must hold at least one pair; found 0 sample(s).")
        self.names, self.indices, self.named = names, indices, named
        self._column = column
        self._distinct: dict = {}

    def of(self, names):
        """The same pairs of records, with these columns only."""
        kept = [name for name in self.names if name in names]
        return Records(kept, self._column, self.indices, named=self.named)

    def paired(self, names, form=None):
        """A column, or several columns taken together; how their values meet.

        Parameters
        ----------
        names : tuple of str
        form : str, default=None
            What the values of several columns were in fit.

        Returns
        -------
        PairedColumn
        """
        columns = [self._values(name) for name in names]
        column = columns[0] if len(names) == 1 else together(columns, names, form)
        return pair_values("_".join(names), column, self.indices)

    def _values(self, name):
        if name not in self._distinct:
            self._distinct[name] = distinct_values(self._column(name), name)
        return self._distinct[name]

    def counts(self, column):
        """How many records have each value of a column; records that are equal count once.

        A frame repeats a record in every pair that has it. Counting it once, pairs say the
        same in every container.
        """
        known = column.codes[self._first_of_its_kind & (column.codes >= 0)]
        return np.bincount(known, minlength=len(column.values))

    @cached_property
    def _first_of_its_kind(self):
        import pandas as pd

        kinds = np.zeros(self.indices.max() + 1, dtype=np.int64)
        for name in self.names:
            _, values, codes = self._values(name)
            kinds = pd.factorize(kinds * (len(values) + 1) + codes + 1)[0]
        return ~pd.Series(kinds).duplicated().to_numpy()


def paired_records(X, left, right):
    """X as records; None where it holds no pairs but vectors, rows of numbers."""
    if isinstance(X, IndexedPairs):
        pairs = X.compact()
        return _table(pairs.items, pairs.indices)
    if is_frame(X):
        return _two_sided(X, left, right)
    X = X if hasattr(X, "ndim") else _as_array(X)
    if X.ndim < 3:
        return None
    if sparse.issparse(X) or X.ndim > 3 or X.shape[1] != 2:
        raise ValueError(
            f"X must hold pairs of records, a dense array (n_pairs, 2, n_columns); got {X.shape}."
        )
    X = np.ma.filled(X.astype(float), np.nan) if np.ma.isMaskedArray(X) else np.asarray(X)
    return _table(X.reshape(-1, X.shape[2]), np.arange(2 * len(X)).reshape(-1, 2))


def _as_array(X):
    try:
        return np.asarray(X)
    except ValueError:  # ragged: refused with the vectors
        return np.empty((0, 0))


def _table(items, indices):
    import pandas as pd

    if is_frame(items):
        columns = _columns_by_name(items)
        return Records([*columns], lambda name: _series(items, columns[name]), indices)
    items = items.toarray() if sparse.issparse(items) else np.asarray(items)
    items = items.reshape(len(items), -1)
    names = [f"x{k}" for k in range(items.shape[1])]
    return Records(names, lambda name: pd.Series(items[:, int(name[1:])]), indices, named=False)


def _two_sided(frame, left, right):
    columns = _columns_by_name(frame)
    names = _names_on_both_sides(columns, left, right)
    if names:

        def column(name):
            return _stacked(*(_series(frame, columns[side + name]) for side in (left, right)))

        return Records(names, column, np.arange(2 * len(frame)).reshape(2, -1).T)
    if all(map(_is_numeric, frame.dtypes)) and not item_columns(frame):
        return None
    raise ValueError(
        f"X must have columns {left}<name> and {right}<name>, or be IndexedPairs over a table; "
        f"its columns are {[*columns][:5]}."
    )


def _columns_by_name(frame):
    columns = {str(column): column for column in frame.columns}
    if len(columns) < len(frame.columns):
        names = [str(column) for column in frame.columns]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"X has two columns of the same name, {twice!r}.")
    return columns


def _names_on_both_sides(columns, left, right):
    on_left = [c[len(left) :] for c in columns if c.startswith(left)]
    on_right = [c[len(right) :] for c in columns if c.startswith(right)]
    if not on_left and not on_right:
        return []
    alone = [left + c for c in on_left if c not in set(on_right)]
    alone += [right + c for c in on_right if c not in set(on_left)]
    alone += [c for c in columns if not c.startswith((left, right))]
    if alone:
        raise ValueError(
            f"X must have each column twice, as {left}<name> and {right}<name>; without a "
            f"partner: {alone[:5]}. Leave out what is not compared, as a label or a key."
        )
    return on_left


def _is_numeric(dtype):
    import pandas as pd

    if hasattr(dtype, "is_numeric"):  # polars
        return dtype.is_numeric()
    return pd.api.types.is_numeric_dtype(dtype)


def _series(frame, column):
    import pandas as pd

    values = frame[column]
    if isinstance(values, pd.Series):
        return values
    zone = getattr(values.dtype, "time_zone", None)
    values = values.to_numpy()
    series = pd.Series([*values] if values.ndim > 1 else values)
    return series if zone is None else series.dt.tz_localize("UTC")


def _stacked(left, right):
    """Left values above right ones."""
    import pandas as pd

    categories = all(isinstance(side.dtype, pd.CategoricalDtype) for side in (left, right))
    sides = [
        # An empty side has some dtype, but no values that it would be true of.
        side.astype(object) if categories or side.isna().all() else side
        for side in (left, right)
    ]
    both = pd.concat(sides, ignore_index=True)
    return both.astype("category") if categories else both
