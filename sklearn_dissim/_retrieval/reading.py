"""Read items, wherever they are stored, into the vectors that a matcher compares."""

from functools import partial

import numpy as np

from sklearn_dissim._retrieval.gallery import Gallery
from sklearn_dissim._retrieval.gallery_files import load_gallery, save_gallery
from sklearn_dissim._retrieval.item_blocks import (
    as_items,
    count_items,
    is_dask,
    item_blocks,
    refuse_non_finite,
)
from sklearn_dissim._utils.progress import Progress


def read_queries(matcher, X):
    """Return the vectors of queries."""
    X = as_items(X)
    if count_items(X) == 0:
        raise ValueError("X must hold at least one item; it has none.")
    return _vectors(matcher, X, 0)


def read_vectors(matcher, X, verbose):
    """Return the vectors of items in one array."""
    return np.concatenate(list(_vector_blocks(matcher, X, verbose)))


def read_gallery(matcher, X, identities, store, verbose):
    """Return a gallery of items.

    Parameters
    ----------
    matcher : LinearMatcher or PairwiseMatcher
    X : items that `item_blocks` reads, or dask array
    identities : ndarray of shape (n_items,)
    store : str, Path or None
        Folder to write the vectors to; None for memory.
    verbose : int
        1 shows a bar.

    Returns
    -------
    Gallery
    """
    if is_dask(X):
        if store is not None:
            raise ValueError("store must be None for a dask array, whose workers keep it.")
        from sklearn_dissim._retrieval.dask_gallery import dask_gallery

        return dask_gallery(X, identities, partial(_vectors, matcher))
    if store is not None:
        blocks = _vector_blocks(matcher, X, verbose)
        save_gallery(store, blocks, identities, matcher.fingerprint)
        return load_gallery(store, matcher.fingerprint)
    if isinstance(X, np.ndarray) and X.dtype.kind == "f" and X.ndim == 2 and matcher.takes_vectors:
        # The kernels read X as it is, so that a mapped array larger than memory need not be
        # copied. It is still looked at once, block by block, for what cannot be compared.
        for _ in _vector_blocks(matcher, X, verbose):
            pass
        return Gallery([X], identities)
    return Gallery([read_vectors(matcher, X, verbose)], identities)


def _vector_blocks(matcher, X, verbose):
    """Yield the vectors of items block by block."""
    n_items, n_done = count_items(X), 0
    if n_items == 0:
        raise ValueError("X must hold at least one item; it has none.")
    with Progress("Reading the gallery", n_items, verbose) as progress:
        for items in item_blocks(X):
            yield _vectors(matcher, items, n_done)
            n_done += len(items)
            progress(n_done)


def _vectors(matcher, items, first_row):
    # First, so that the message names the row in X, not the place in a block.
    refuse_non_finite(items, first_row)
    return matcher.vectors(items)
