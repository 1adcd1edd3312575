"""Give blocking rules the columns of one table or of two, and pairs of rows a number."""

from functools import cached_property

import numpy as np

from sklearn_dissim._pairs.containers import as_pandas, as_series, is_frame


class Tables:
    """Hold two tables whose records are to be linked, or one that has duplicates.

    Parameters
    ----------
    left : DataFrame of pandas or Polars
    right : DataFrame or None
        None where both records of a pair come from `left`.
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
        """Tables by name: "left", and "right" if there are two."""
        return {"left": self.left} | ({} if self.right is None else {"right": self.right})

    @property
    def n_all_pairs(self):
        """Number of all pairs; in one table, of all unordered pairs of different records."""
        if self.right is None:
            return self.n_left * (self.n_left - 1) // 2
        return self.n_left * self.n_right

    @cached_property
    def stacked(self):
        """All records as one pandas table, left before right, with the shared columns."""
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
        last = self.left if self.right is None else self.right
        return [name for name in self.left.columns if name in set(last.columns)]

    def column(self, name, rule):
        """Return a column of all records, left before right.

        Parameters
        ----------
        name : str
        rule : object
            Rule that reads the column, named in messages.

        Returns
        -------
        Series of pandas
        """
        return self._joined({side: self._side(side, name, rule) for side in self.named}, name, rule)

    def computed(self, function, rule):
        """Return the values of a function for all records, left before right.

        Parameters
        ----------
        function : callable
            Returns one value for each record of a table.
        rule : object
            Rule that has the function, named in messages.

        Returns
        -------
        Series of pandas
        """
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
        """Return a column of one table; refuse a name that is missing or comes twice."""
        table = self.named[side]
        n_columns = list(table.columns).count(name)
        if n_columns != 1:
            what = "no column" if n_columns == 0 else f"{n_columns} columns"
            raise ValueError(
                f"{rule}: {side} has {what} {name!r}; its columns are {list(table.columns)}."
            )
        return as_series(table[name])

    def _joined(self, sides, name, rule):
        """Return one series of both sides; refuse numbers on one side and text on the other."""
        import pandas as pd
        from pandas.api.types import is_numeric_dtype

        series = list(sides.values())
        types = {side: s.dtype for side, s in sides.items() if s.notna().any()}
        if len({is_numeric_dtype(dtype) for dtype in types.values()}) > 1:
            raise TypeError(
                f"{rule}: {name!r} must be of one type in both tables; got {types['left']} in "
                f"left, {types['right']} in right."
            )
        if len(series) == 1:
            return series[0].reset_index(drop=True)
        # The type of a side without a value must not change the values of the other side.
        typed = [s if side in types else s.astype(object) for side, s in sides.items()]
        return pd.concat(typed, ignore_index=True)

    def sides(self, values):
        """Split values of all records into those of left and of right, or None for one table."""
        return values[: self.n_left], None if self.right is None else values[self.n_left :]

    def numbers(self, left, right):
        """Return one number for each pair of positions, in ascending order of the pairs.

        In one table, both orders of two positions have the same number.
        """
        if self.right is None:
            left, right = np.minimum(left, right), np.maximum(left, right)
        return left.astype(np.int64) * self.n_right + right

    def indices(self, numbers):
        """Return the positions of pairs with these numbers, shape (n_pairs, 2)."""
        indices = np.empty((len(numbers), 2), np.intp)
        np.divmod(numbers, self.n_right, out=(indices[:, 0], indices[:, 1]))
        return indices


def column_names(columns, rule):
    """Return the columns of a rule as a tuple of at least one name."""
    names = (columns,) if isinstance(columns, str) else tuple(columns)
    if not names:
        raise ValueError(f"{rule} must name at least one column; got none.")
    return names


def sorted_once(numbers):
    """Return numbers in ascending order, each once.

    A stable sort is fast here, since the numbers come in sorted runs; `numpy.unique` may use a
    hash table instead, which took forty times as long for ten million numbers.
    """
    numbers = np.sort(numbers, kind="stable")
    first = np.ones(len(numbers), bool)
    np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
    return numbers if first.all() else numbers[first]
