"""Hold the vectors of a gallery's items and whom they show, in memory or on disk."""

from functools import cached_property

import numpy as np

from sklearn_dissim._kernels.backend import best_first

_COPIED = 1 << 24  # bytes at a time


class Gallery:
    """Hold vectors in one or several parts, and their identities.

    A gallery is never changed. Every change makes another one that shares the parts, so that a
    search goes on in the gallery that it began with, and needs no lock.

    Parameters
    ----------
    parts : list of ndarray of shape (n, ...)
        In memory or mapped.
    identities : ndarray of shape (n_items,)
    lengths : list of int, default=None
        Of the parts.
    """

    def __init__(self, parts, identities, lengths=None):
        self.parts, self.identities = parts, identities
        self.lengths = [len(part) for part in parts] if lengths is None else lengths
        self.starts = np.cumsum([0, *self.lengths])

    def __len__(self):
        return len(self.identities)

    @cached_property
    def named(self):
        """Return the sorted identities, and the number of each item's identity among them."""
        return np.unique(self.identities, return_inverse=True)

    def map(self, function, *lists):
        """Return ``function(part)`` of every part, given an element of each of the lists, too."""
        return [function(*own) for own in zip(self.parts, *lists, strict=True)]

    def _as_arrays(self, pieces):
        return list(map(np.asarray, pieces))

    def prepared(self, function):
        """Return a gallery of the same items, with ``function(part)`` for each part."""
        return type(self)(self.map(function), self.identities, self.lengths)

    def __getitem__(self, rows):
        """Return the vectors of a slice of rows, in one array."""
        pieces = []
        for part, start, length in zip(self.parts, self.starts, self.lengths, strict=False):
            first, last = max(rows.start - start, 0), min(rows.stop - start, length)
            if first < last:
                pieces.append(part[first:last])
        return np.concatenate(self._as_arrays(pieces))

    def plus(self, vectors, identities):
        """Return a gallery of these items and more after them."""
        lengths = [*self.lengths, len(vectors)]
        identities = np.concatenate([self.identities, identities])
        return type(self)([*self.parts, vectors], identities, lengths)

    def without(self, identities):
        """Return a gallery of these items but those of some identities.

        Parts that lose no item are shared, the others copied.
        """
        kept = ~np.isin(self.identities, identities)
        kept_of_parts = np.split(kept, self.starts[1:-1])
        remaining = [
            (part, rows) for part, rows in zip(self.parts, kept_of_parts, strict=True) if rows.any()
        ]
        parts = [part if rows.all() else part[rows] for part, rows in remaining]
        lengths = [int(rows.sum()) for _, rows in remaining]
        return type(self)(parts, self.identities[kept], lengths)

    def top_k(self, search, k):
        """Return the best k rows of all parts, where ``search(part)`` returns those of one."""
        scores, rows = zip(*self.map(search), strict=True)
        shifted = [part + start for part, start in zip(rows, self.starts, strict=False)]
        return best_first(np.hstack(scores), np.hstack(shifted), k)

    def blocks(self):
        """Yield the vectors in order, some at a time."""
        n_rows = max(1, _COPIED // max(1, self[slice(0, 1)].nbytes))
        for row in range(0, len(self), n_rows):
            yield self[slice(row, min(row + n_rows, len(self)))]
