"""The four ways to give pairs: tell them apart, take the items out, put others in."""

import numpy as np
from scipy import sparse

from sklearn_dissim._pairs.indexed_pairs import IndexedPairs

LEFT, RIGHT = "left_", "right_"


def is_frame(X):
    """Tell whether X is a dataframe: two dimensions and named columns."""
    return hasattr(X, "columns") and len(getattr(X, "shape", ())) == 2


def pair_kind(X, left=LEFT, right=RIGHT):
    """Return which of the four ways X is: "indexed", "frame", "array" or "vectors".

    Parameters
    ----------
    X : object
    left, right : str, default="left_", "right_"
        Prefixes of the column names in a frame of pairs.

    Returns
    -------
    str
    """
    if isinstance(X, IndexedPairs):
        return "indexed"
    if is_frame(X):
        return "frame" if item_columns(X, left, right) else "vectors"
    return "array" if _ndim(X) > 2 else "vectors"


def _ndim(X):
    if hasattr(X, "ndim"):
        return X.ndim
    try:
        return np.asarray(X).ndim
    except ValueError:  # ragged: refused with the vectors
        return 2


def columns_by_name(frame):
    """Return the columns' labels by their names, strings; refuse two of one name."""
    columns = {str(column): column for column in frame.columns}
    if len(columns) < len(frame.columns):
        names = [str(column) for column in frame.columns]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"X has two columns of the same name, {repeated!r}.")
    return columns


def item_columns(frame, left=LEFT, right=RIGHT):
    """Return the names of an item's columns in a frame of pairs, without prefix.

    Parameters
    ----------
    frame : DataFrame of pandas or Polars
    left, right : str, default="left_", "right_"
        Prefixes of the column names.

    Returns
    -------
    list of str
        Empty where no column has a prefix: the rows are no pairs.

    Raises
    ------
    ValueError
        If a column has a prefix and another one has none or lacks its partner.
    """
    names = [str(column) for column in frame.columns]
    on_left = [name.removeprefix(left) for name in names if name.startswith(left)]
    on_right = [name.removeprefix(right) for name in names if name.startswith(right)]
    if not on_left and not on_right:
        return []
    columns_by_name(frame)
    alone = [left + name for name in on_left if name not in set(on_right)]
    alone += [right + name for name in on_right if name not in set(on_left)]
    alone += [name for name in names if not name.startswith((left, right))]
    if alone:
        raise ValueError(
            f"X must have each column twice, as {left}<name> and {right}<name>; without a "
            f"partner: {alone[:5]}. Leave out what is not compared, as a label or a key."
        )
    return on_left


def side_frame(frame, prefix, names=None):
    """Return one side of a frame of pairs as a pandas frame, without prefix.

    Parameters
    ----------
    frame : DataFrame of pandas or Polars
    prefix : str
    names : list of str, default=None
        The item's columns; None for all.

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd

    names = item_columns(frame) if names is None else names
    if isinstance(frame, pd.DataFrame):
        return frame[[prefix + name for name in names]].set_axis(names, axis=1)
    return pd.DataFrame({name: as_series(frame[prefix + name]) for name in names})


def stacked_sides(frame, names, left=LEFT, right=RIGHT):
    """Return the items of a frame of pairs, all left ones above all right ones.

    Parameters
    ----------
    frame : DataFrame of pandas or Polars
    names : list of str
        The item's columns to return.
    left, right : str, default="left_", "right_"
        Prefixes of the column names.

    Returns
    -------
    pandas.DataFrame
        2 * n_pairs rows.
    """
    import pandas as pd

    sides = [side_frame(frame, prefix, names) for prefix in (left, right)]
    categorical = []
    for name in names:
        types = [side[name].dtype for side in sides]
        if types[0] == types[1]:
            continue
        if all(isinstance(dtype, pd.CategoricalDtype) for dtype in types):
            categorical.append(name)
        # Frames would make numbers of booleans beside numbers; and the type of a side without
        # a value must not change the values of the other side.
        as_objects = name in categorical or any(map(pd.api.types.is_bool_dtype, types))
        sides = [
            side.astype({name: object}) if as_objects or side[name].isna().all() else side
            for side in sides
        ]
    return pd.concat(sides, ignore_index=True).astype(dict.fromkeys(categorical, "category"))


def as_series(values):
    """Return a column of pandas or Polars, or a sequence, as a pandas Series."""
    import pandas as pd

    if isinstance(values, pd.Series):
        return values
    zone = getattr(getattr(values, "dtype", None), "time_zone", None)
    array = values.to_numpy() if hasattr(values, "to_numpy") else np.asarray(values)
    series = pd.Series([*array] if array.ndim > 1 else array)
    # Polars hands out times with a zone in UTC, without saying so.
    return series if zone is None else series.dt.tz_localize("UTC")


def as_pandas(frame):
    """Return a frame of pandas or Polars as one of pandas."""
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        return frame
    return pd.DataFrame({name: as_series(frame[name]) for name in frame.columns})


def stacked_items(X):
    """Return the items of pairs, one a row.

    Parameters
    ----------
    X : IndexedPairs, array or DataFrame

    Returns
    -------
    array, sparse matrix or DataFrame
        Of indexed pairs the items in use, each once; else left and right of the first pair,
        left and right of the second...
    """
    kind = pair_kind(X)
    if kind == "indexed":
        return X.compact().items
    if kind == "frame":
        both = stacked_sides(X, item_columns(X))
        return both.iloc[np.arange(len(both)).reshape(2, -1).T.ravel()].reset_index(drop=True)
    X = np.asarray(X)
    if X.shape[1] != 2:
        raise ValueError(f"X must hold pairs, of shape (n_pairs, 2, ...); got {X.shape}.")
    return X.reshape(2 * len(X), *X.shape[2:])


def as_indexed(X):
    """Return pairs in any container as indexed pairs over the items in use.

    Parameters
    ----------
    X : IndexedPairs, array or DataFrame

    Returns
    -------
    IndexedPairs
    """
    if isinstance(X, IndexedPairs):
        return X.compact()
    items = stacked_items(X)
    return IndexedPairs(items, np.arange(items.shape[0]).reshape(-1, 2))


def map_items(X, function, feature_names=None):
    """Return the same pairs, in the same container, over ``function(items)``.

    Parameters
    ----------
    X : IndexedPairs, array or DataFrame
    function : callable
        Maps items to as many items.
    feature_names : callable, default=None
        Returns the names of the new items' columns; called where the container is a dataframe
        and the new items have no names.

    Returns
    -------
    IndexedPairs, array or DataFrame
    """
    kind = pair_kind(X)
    if kind == "indexed":
        pairs = X.compact()
        return pairs.over(function(pairs.items))
    before = stacked_items(X)
    items = _same_count(function(before), before)
    if kind == "frame":
        return _frame_of_pairs(items, feature_names, getattr(X, "index", None))
    return _dense(items).reshape(len(X), 2, *items.shape[1:])


def _same_count(items, before):
    if items.shape[0] != before.shape[0]:
        raise ValueError(
            f"An item transformer must return one row an item: {before.shape[0]} rows "
            f"expected, got {items.shape[0]}."
        )
    return items


def _dense(items):
    return items.toarray() if sparse.issparse(items) else np.asarray(items)


def _frame_of_pairs(items, feature_names, index):
    """Return a frame of pairs of items that come pair by pair."""
    import pandas as pd

    if not isinstance(items, pd.DataFrame):
        items = pd.DataFrame(_dense(items), columns=feature_names())
    sides = [
        items.iloc[side::2].add_prefix(prefix).reset_index(drop=True)
        for side, prefix in ((0, LEFT), (1, RIGHT))
    ]
    pairs = pd.concat(sides, axis=1)
    return pairs if index is None else pairs.set_axis(index, axis=0)
