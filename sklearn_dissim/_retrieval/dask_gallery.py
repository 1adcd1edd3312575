"""Keep and search a gallery on the workers of a dask cluster."""

import dask
import numpy as np

from sklearn_dissim._retrieval.gallery import Gallery


class DaskGallery(Gallery):
    """Hold parts that are delayed arrays, and compute where they are.

    A part whose worker is lost is made again by dask, from what it was made of.
    """

    def map(self, function, *lists):
        """See `Gallery.map`; all parts are mapped at once."""
        calls = [dask.delayed(function)(*own) for own in zip(self.parts, *lists, strict=True)]
        return list(dask.compute(*calls))

    def _as_arrays(self, pieces):
        return list(dask.compute(*pieces))

    def prepared(self, function):
        """See `Gallery.prepared`; what is made of a part is kept where the part is."""
        parts = [dask.delayed(function)(part) for part in self.parts]
        return DaskGallery(list(dask.persist(*parts)), self.identities, self.lengths)


def dask_gallery(X, identities, vectors):
    """Turn the rows of a dask array into vectors on the workers, and keep them there.

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
    # A worker needs whole items, so that only rows are divided.
    X = X.rechunk(dict.fromkeys(range(1, X.ndim), -1))
    lengths = [int(length) for length in X.chunks[0]]
    starts = np.cumsum([0, *lengths[:-1]]).tolist()
    blocks = zip(X.to_delayed().ravel(), starts, strict=True)
    parts = [dask.delayed(vectors)(block, first_row) for block, first_row in blocks]
    parts = list(dask.persist(*parts))
    # An error in a part is raised now, while the retriever still has its gallery of before.
    dask.compute(*(dask.delayed(len)(part) for part in parts))
    return DaskGallery(parts, identities, lengths)
