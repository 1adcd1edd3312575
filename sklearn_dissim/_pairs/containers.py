"""The four ways to give pairs: telling them apart, taking the items out, putting others in."""

import numpy as np
from scipy import sparse

from sklearn_dissim._pairs.indexed_pairs import IndexedPairs

LEFT, RIGHT = "left_", "right_"


def is_frame(X):
    """Whether X is a dataframe: named columns, two dimensions."""
    return hasattr(X, "columns") and len(getattr(X, "shape", ())) == 2


def pair_kind(X):
    """One of "indexed", "frame", "array" (both hold pairs) and "vectors"."""
    if isinstance(X, IndexedPairs):
        return "indexed"
    if is_frame(X):
        return "frame" if item_columns(X) else "vectors"
    return "array" if _ndim(X) > 2 else "vectors"


def _ndim(X):
    if hasattr(X, "ndim"):
        return X.ndim
    try:
        return np.asarray(X).ndim
    except ValueError:  # ragged: refused with the vectors
        return 2


def item_columns(frame):
    """The item's column names, where every one stands as left_name and right_name.

    Empty where no column has such a prefix: the rows are no pairs.
    """
    columns = [str(c) for c in frame.columns]
    left = [c[len(LEFT) :] for c in columns if c.startswith(LEFT)]
    right = [c[len(RIGHT) :] for c in columns if c.startswith(RIGHT)]
    if not left and not right:
        return []
    alone = [LEFT + c for c in left if c not in set(right)]
    alone += [RIGHT + c for c in right if c not in set(left)]
    alone += [c for c in columns if not c.startswith((LEFT, RIGHT))]
    if alone:
        raise ValueError(
            "X must have each column twice, as left_<name> and right_<name>; "
            f"without a partner: {alone[:5]}."
        )
    if len(set(columns)) < len(columns):
        raise ValueError("X has two columns of the same name.")
    return left


def side_frame(frame, prefix):
    """One side of a frame of pairs, its columns named as the item's."""
    import pandas as pd

    names = item_columns(frame)
    if isinstance(frame, pd.DataFrame):
        return frame[[prefix + c for c in names]].set_axis(names, axis=1)
    return pd.DataFrame({c: np.asarray(frame[prefix + c]) for c in names})


def stacked_items(X):
    """The items of pairs, one a row: for indexed pairs those in use, each once;
    else left and right of the first pair, left and right of the second...
    """
    kind = pair_kind(X)
    if kind == "indexed":
        return X.compact().items
    if kind == "frame":
        import pandas as pd

        both = pd.concat([side_frame(X, LEFT), side_frame(X, RIGHT)])
        return both.iloc[np.arange(len(both)).reshape(2, -1).T.ravel()].reset_index(drop=True)
    X = np.asarray(X)
    if X.shape[1] != 2:
        raise ValueError(f"X must hold pairs, of shape (n_pairs, 2, ...); got {X.shape}.")
    return X.reshape(2 * len(X), *X.shape[2:])


def map_items(X, function, feature_names):
    """The same pairs, in the same container, over ``function(items)``.

    `feature_names` is called for the names of the new items' columns, where the
    container is a dataframe.
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
    import pandas as pd

    if not isinstance(items, pd.DataFrame):
        items = pd.DataFrame(_dense(items), columns=feature_names())
    sides = [
        items.iloc[side::2].add_prefix(prefix).reset_index(drop=True)
        for side, prefix in ((0, LEFT), (1, RIGHT))
    ]
    pairs = pd.concat(sides, axis=1)
    return pairs if index is None else pairs.set_axis(index, axis=0)
