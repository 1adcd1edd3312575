"""A gallery on the workers of a dask cluster."""

import dask
import numpy as np

from sklearn_dissim._retrieval.gallery import Gallery


class DaskGallery(Gallery):
    """Parts are delayed arrays; what is asked of them is computed where they are.

    A part whose worker is lost is made again by dask, from what it was made of.
    """

    def map(self, function, *others):
        """As of a `Gallery`, of all parts at once."""
        calls = [dask.delayed(function)(*own) for own in zip(self.parts, *others, strict=True)]
        return list(dask.compute(*calls))

    def _computed(self, pieces):
        return list(dask.compute(*pieces))

    def prepared(self, function):
        """The same items, with ``function(part)`` for each part, made and kept where it is."""
        parts = [dask.delayed(function)(part) for part in self.parts]
        return DaskGallery(list(dask.persist(*parts)), self.identities, self.lengths)


def dask_gallery(X, identities, vectors):
    """The rows of a dask array, made vectors on the workers and kept there.

    Parameters
    ----------
    X : dask array of shape (n_items, ...)
    identities : ndarray of shape (n_items,)
    vectors : callable
        ``vectors(items, first_row)`` of a part.

    Returns
    -------
    DaskGallery
    """
    X = X.rechunk(dict.fromkeys(range(1, X.ndim), -1))
    lengths = [int(length) for length in X.chunks[0]]
    starts = np.cumsum([0, *lengths[:-1]]).tolist()
    blocks = zip(X.to_delayed().ravel(), starts, strict=True)
    parts = [dask.delayed(vectors)(block, first_row) for block, first_row in blocks]
    parts = list(dask.persist(*parts))
    dask.compute(*(dask.delayed(len)(part) for part in parts))  # raises what they raise
    return DaskGallery(parts, identities, lengths)
