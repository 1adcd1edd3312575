"""Read items block by block, wherever they are stored."""

import numpy as np
from scipy import sparse

_ELEMENTS = 1 << 21  # in a block
_LIST = 512  # elements that a list is taken to have, as Arrow does not say before it is read


def as_items(X):
    """Return X, or an array of it where `item_blocks` could not read it."""
    if sparse.issparse(X):
        raise TypeError("X must be dense; sparse input is not supported.")
    if not (_is_arrow(X) or hasattr(X, "iter_batches") or hasattr(X, "shape")):
        X = np.asarray(X)
    if getattr(X, "shape", None) is not None and not _is_arrow(X) and len(X.shape) < 2:
        raise ValueError(
            f"X must hold items, one a row; got shape {tuple(X.shape)}. Reshape your data, with "
            "X.reshape(1, -1) if it is a single item."
        )
    return X


def is_dask(X):
    """Return whether X is a dask array, without importing dask."""
    return hasattr(X, "to_delayed") and hasattr(X, "rechunk")


def _is_arrow(X):
    return type(X).__module__.startswith("pyarrow")


def count_items(X):
    """Return the number of items.

    Parameters
    ----------
    X : array, DataFrame, Arrow array of lists, or pyarrow.parquet.ParquetFile
    """
    if hasattr(X, "metadata") and hasattr(X, "iter_batches"):
        return X.metadata.num_rows
    return len(X) if _is_arrow(X) else X.shape[0]


def item_blocks(X):
    """Yield the items in order, a block at a time.

    Parameters
    ----------
    X : array of shape (n_items, ...), DataFrame, zarr array, Arrow array of lists of \
            numbers, or pyarrow.parquet.ParquetFile with one column of such lists
    """
    if hasattr(X, "iter_batches"):
        for batch in X.iter_batches():
            if batch.num_columns != 1:
                raise ValueError(
                    "X must be a Parquet file with one column, of lists of numbers; it has "
                    f"{', '.join(batch.schema.names)}."
                )
            yield _of_lists(batch.column(0))
        return
    n_items = count_items(X)
    # Slices alone, which zarr arrays and mapped files read without the rest.
    size = _LIST if _is_arrow(X) else int(np.prod(X.shape[1:]))
    n_rows = max(1, _ELEMENTS // max(1, size))
    for start in range(0, n_items, n_rows):
        if _is_arrow(X):
            yield _of_lists(X.slice(start, n_rows))
        elif hasattr(X, "iloc"):
            yield X.iloc[start : start + n_rows]
        else:
            yield X[start : start + n_rows]


def _of_lists(column):
    """Return an Arrow array of lists of one length as an array of shape (n, length)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not isinstance(column, pa.Array | pa.ChunkedArray) or "list" not in str(column.type):
        kind = getattr(column, "type", type(column).__name__)
        raise TypeError(f"X must be an Arrow array of lists of numbers; got {kind}.")
    column = column.combine_chunks() if hasattr(column, "combine_chunks") else column
    # flatten() leaves out null lists without a word, and later rows would move up.
    if column.null_count:
        raise ValueError("X must hold a list of numbers in every row; some are null.")
    if len(set(pc.list_value_length(column).to_pylist())) > 1:
        raise ValueError("X must hold lists of one length; they differ.")
    return column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1)


def refuse_non_finite(items, first_row):
    """Raise an error that names the first row with NaN or infinity."""
    values = np.asarray(items)
    if values.dtype.kind != "f":
        return
    finite = np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        what = "NaN" if np.isnan(values[row]).any() else "infinity"
        raise ValueError(f"Input X contains {what}: item {first_row + row}.")
