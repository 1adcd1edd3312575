"""Propose candidates for each query by an inner-product index, for galleries past a million."""

import numpy as np

from sklearn_dissim._kernels import kernels_for
from sklearn_dissim._retrieval.inner_products import InnerProducts

_ROWS = 1 << 14  # turned into features at a time
_TRAINING_ROWS = 1 << 16  # for an index that must be trained
_CACHED = 1 << 11  # rows multiplied at a time, whose products then are ranked from the cache


class FlatIndex:
    """Compute all inner products by products of matrices.

    It has the methods of an index of faiss.

    Parameters
    ----------
    n_features : int
    """

    def __init__(self, n_features):
        self._blocks = [np.empty((0, n_features), np.float32)]

    def add(self, features):
        """Put in more rows."""
        self._blocks.append(features)

    def search(self, queries, k):
        """Return the k greatest inner products of each query, and the rows they are with."""
        return kernels_for("cpu").top_k_of_blocks(self._products(queries), len(queries), k)

    def _products(self, queries):
        for block in self._blocks:
            for row in range(0, len(block), _CACHED):
                yield queries @ block[row : row + _CACHED].T


class ShortlistedPart:
    """Hold a part of a gallery, and an index of its rows.

    Parameters
    ----------
    vectors : ndarray of shape (n_items, n_features)
    score : LinearScore
    make_index : callable
        Given a number of features, returns an index with `add` and `search` as faiss has them;
        one whose `is_trained` is false is trained first.
    """

    def __init__(self, vectors, score, make_index):
        self.vectors = vectors
        self._products = InnerProducts(vectors, score.weights, score.difference, vectors.shape[1])
        sample = self._products.of_gallery(vectors[:: -(-len(vectors) // _TRAINING_ROWS)])
        self._index = make_index(sample.shape[1])
        if not getattr(self._index, "is_trained", True):
            self._index.train(sample)
        # Block by block, as the features of all rows would take the memory of another gallery.
        for row in range(0, len(vectors), _ROWS):
            self._index.add(self._products.of_gallery(vectors[row : row + _ROWS]))

    def __len__(self):
        return len(self.vectors)

    def __getitem__(self, rows):
        return self.vectors[rows]

    def candidates(self, queries, n):
        """Return rows of at most n candidates for each query, -1 where the index found fewer."""
        return self._index.search(self._products.of_queries(queries), min(n, len(self)))[1]
