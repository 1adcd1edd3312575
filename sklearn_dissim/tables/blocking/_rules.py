"""What blocking rules read: the columns of one table, or of two, side by side."""

from functools import cached_property

import numpy as np

from sklearn_dissim._pairs.containers import as_pandas, as_series, is_frame


class Tables:
    """Two tables whose records are to be linked, or one that holds duplicates.

    Parameters
    ----------
    left : DataFrame of pandas or Polars
    right : DataFrame or None
        None where both members of a pair come from `left`.
    """

    def __init__(self, left, right=None):
        self.left, self.right = left, right
        for name, table in self.named.items():
            if not is_frame(table):
                raise TypeError(
                    f"{name} must be a DataFrame of pandas or Polars; got {type(table).__name__}."
                )
            if table.shape[0] == 0:
                raise ValueError(f"{name} must hold at least one record; it has none.")
        self.n_left = left.shape[0]
        self.n_right = self.n_left if right is None else right.shape[0]

    @property
    def named(self):
        """The tables by name; one or two."""
        return {"left": self.left} | ({} if self.right is None else {"right": self.right})

    @property
    def n_all_pairs(self):
        """Pairs there are: of two tables all, of one those of different records, unordered."""
        if self.right is None:
            return self.n_left * (self.n_left - 1) // 2
        return self.n_left * self.n_right

    @cached_property
    def stacked(self):
        """All records as one pandas table, left before right; the columns that both have."""
        import pandas as pd

        frames = [as_pandas(table) for table in self.named.values()]
        if len(frames) == 1:
            return frames[0]
        shared = self.shared_columns
        if not shared:
            raise ValueError("left and right must have a column in common; they have none.")
        return pd.concat([frame[shared] for frame in frames], ignore_index=True)

    @property
    def shared_columns(self):
        """Names of the columns that all tables have, in the order of left."""
        others = self.left if self.right is None else self.right
        return [name for name in self.left.columns if name in set(others.columns)]

    def column(self, name, rule):
        """A column of all records, left before right, as a pandas Series.

        Parameters
        ----------
        name : str
        rule : object
            Who asks; named in messages.
        """
        return self._joined({side: self._side(side, name, rule) for side in self.named}, name, rule)

    def computed(self, function, rule):
        """What a function makes of each table: one value a record, left before right."""
        sides = {}
        for side, table in self.named.items():
            values = as_series(function(table))
            if len(values) != table.shape[0]:
                raise ValueError(
                    f"{rule} must return one value a record: {table.shape[0]} expected for "
                    f"{side}, got {len(values)}."
                )
            sides[side] = values
        return self._joined(sides, "its values", rule)

    def _side(self, side, name, rule):
        table = self.named[side]
        found = list(table.columns).count(name)
        if found != 1:
            what = "no column" if found == 0 else f"{found} columns"
            raise ValueError(
                f"{rule}: {side} has {what} {name!r}; its columns are {list(table.columns)}."
            )
        return as_series(table[name])

    def _joined(self, sides, name, rule):
        import pandas as pd
        from pandas.api.types import is_numeric_dtype

        series = list(sides.values())
        known = {side: s.dtype for side, s in sides.items() if s.notna().any()}
        if len({is_numeric_dtype(dtype) for dtype in known.values()}) > 1:
            raise TypeError(
                f"{rule}: {name!r} must be of one type in both tables; got {known['left']} in "
                f"left, {known['right']} in right."
            )
        if len(series) == 1:
            return series[0].reset_index(drop=True)
        # A side without a value has no say in the type of both.
        kept = [s if side in known else s.astype(object) for side, s in sides.items()]
        return pd.concat(kept, ignore_index=True)

    def sides(self, values):
        """Values of all records, as those of left and those of right (None for one table)."""
        return values[: self.n_left], None if self.right is None else values[self.n_left :]

    def numbers(self, left, right):
        """One whole number a pair of row numbers; those of one table in ascending order."""
        if self.right is None:
            left, right = np.minimum(left, right), np.maximum(left, right)
        return left.astype(np.int64) * self.n_right + right

    def indices(self, numbers):
        """The row numbers again, shape (n_pairs, 2)."""
        indices = np.empty((len(numbers), 2), np.intp)
        np.divmod(numbers, self.n_right, out=(indices[:, 0], indices[:, 1]))
        return indices


def column_names(columns, rule):
    """Columns of a rule as a tuple of at least one name."""
    names = (columns,) if isinstance(columns, str) else tuple(columns)
    if not names:
        raise ValueError(f"{rule} must name at least one column; got none.")
    return names


def sorted_once(numbers):
    """In ascending order, each once; quick where stretches are in order already.

    np.unique takes a hash table for it, forty times as slow for ten millions.
    """
    numbers = np.sort(numbers, kind="stable")
    first = np.ones(len(numbers), bool)
    np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
    return numbers if first.all() else numbers[first]
