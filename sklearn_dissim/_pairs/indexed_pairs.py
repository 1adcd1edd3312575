"""IndexedPairs: many pairs over few items, without copying an item."""

import numpy as np
from scipy import sparse

from sklearn_dissim._utils.compat import take_rows


class IndexedPairs:
    """Hold pairs of items, each item stored once.

    To scikit-learn it looks like an array of shape ``(n_pairs, 2, *item_shape)``:
    splitters, searches and pipelines slice it, and every slice shares the items.

    Parameters
    ----------
    items : array-like of shape (n_items, ...), sparse matrix or DataFrame
        Vectors, images, texts or records; kept as they are, not copied.
    indices : array-like of int, shape (n_pairs, 2)
        Row numbers into `items`: left and right item of each pair.

    Raises
    ------
    TypeError
        If `indices` are not integers.
    ValueError
        If `indices` have another shape, or name a row that does not exist.

    See Also
    --------
    make_pairs : Draw labelled pairs from items and their identities.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dissim import IndexedPairs
    >>> pairs = IndexedPairs(np.eye(3), [[0, 1], [2, 2]])
    >>> pairs
    IndexedPairs(2 pairs of 3 items of shape (3,))
    >>> pairs[1]
    array([[0., 0., 1.],
           [0., 0., 1.]])
    >>> pairs[[True, False]].items is pairs.items
    True
    """

    def __init__(self, items, indices):
        self._items = items if hasattr(items, "shape") else np.asarray(items)
        if not self._items.shape:
            raise ValueError("items must be a sequence of items; got a single value.")
        self._indices = _check_indices(indices, self._items.shape[0])

    def _copy(self, items, indices):
        """Make pairs without checks, of indices that are rows of items."""
        pairs = object.__new__(type(self))
        pairs._items, pairs._indices = items, indices
        return pairs

    @property
    def items(self):
        """Return the items as they were given."""
        return self._items

    @property
    def indices(self):
        """Return the row numbers of both items, an integer array of shape (n_pairs, 2)."""
        return self._indices

    @property
    def shape(self):
        """Return ``(n_pairs, 2, *item_shape)``."""
        return (len(self._indices), 2, *self._items.shape[1:])

    @property
    def ndim(self):
        """Return the number of dimensions, one more than `items` has."""
        return len(self.shape)

    @property
    def dtype(self):
        """Return the items' dtype; object where their columns have several."""
        return getattr(self._items, "dtype", np.dtype(object))

    def __len__(self):
        return len(self._indices)

    def __repr__(self):
        n_items, *item_shape = self._items.shape
        return (
            f"{type(self).__name__}({len(self)} pairs of {n_items} items "
            f"of shape {tuple(item_shape)})"
        )

    def __getitem__(self, key):
        if isinstance(key, tuple):  # scikit-learn asks for X[rows, ...]
            if len(key) != 2 or key[1] is not Ellipsis:
                raise IndexError(
                    "IndexedPairs are indexed by pair only; "
                    "np.asarray(pairs) gives the whole array."
                )
            key = key[0]
        if isinstance(key, range):
            key = np.arange(key.start, key.stop, key.step)
        elif isinstance(key, list):
            key = np.asarray(key, dtype=None if key else np.intp)
        chosen = self._indices[key]
        if chosen.shape == (2,):
            return take_rows(self._items, chosen)
        if chosen.ndim != 2:
            raise IndexError(f"pairs cannot be indexed by {key!r}.")
        return self._copy(self._items, chosen)

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("IndexedPairs become an array only by a copy.")
        rows = take_rows(self._items, self._indices.ravel())
        rows = rows.toarray() if sparse.issparse(rows) else np.asarray(rows)
        return rows.reshape(self.shape).astype(dtype or rows.dtype, copy=False)

    def compact(self):
        """Drop the items that no pair uses.

        Returns
        -------
        IndexedPairs
            The same pairs, over each used item once.
        """
        used, inverse = np.unique(self._indices, return_inverse=True)
        if len(used) == self._items.shape[0]:
            return self
        return self._copy(take_rows(self._items, used), inverse.reshape(-1, 2))

    def over(self, items):
        """Replace each item by another one, such as its embedding.

        Parameters
        ----------
        items : array, sparse matrix or DataFrame of shape (n_items, ...)
            The new items, in the order of the old ones.

        Returns
        -------
        IndexedPairs
            The same pairs, over the new items.
        """
        if items.shape[0] != self._items.shape[0]:
            raise ValueError(
                f"items must have one row an item: {self._items.shape[0]} rows expected, "
                f"got {items.shape[0]}."
            )
        return self._copy(items, self._indices)


def pairs_with_themselves(items):
    """Pair each item with itself, to hand items to what takes pairs."""
    items = items if hasattr(items, "shape") else np.asarray(items)
    everyone = np.arange(items.shape[0] if items.shape else 0)
    return IndexedPairs(items, np.stack([everyone, everyone], axis=1))


def _check_indices(indices, n_items):
    """Return indices as integers of shape (n_pairs, 2), all of them rows of the items."""
    indices = np.asarray(indices)
    if indices.size == 0 and indices.ndim < 3:
        indices = indices.reshape(-1, 2).astype(np.intp)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"indices must be integers; got dtype {indices.dtype}.")
    if indices.ndim != 2 or indices.shape[1] != 2:
        raise ValueError(f"indices must have shape (n_pairs, 2); got {indices.shape}.")
    for outside in (indices < 0, indices >= n_items):
        if outside.any():
            pair = int(np.flatnonzero(outside.any(axis=1))[0])
            raise ValueError(
                f"indices must lie between 0 and {n_items - 1}, the last of "
                f"{n_items} items; pair {pair} has {indices[pair].tolist()}."
            )
    return indices.astype(np.intp)
