"""Candidates for each query by an inner-product index, for galleries past a million items."""

import numpy as np

from sklearn_dissim._retrieval.inner_products import InnerProducts

_ROWS = 1 << 14  # made features at a time
_LEARNED_FROM = 1 << 16  # rows, by an index that must be trained
_CACHED = 1 << 11  # rows multiplied at a time


class FlatIndex:
    """All inner products, by products of matrices, as an index of faiss gives them."""

    def __init__(self, n_features):
        self._blocks = [np.empty((0, n_features), np.float32)]

    def add(self, features):
        """Put in more rows."""
        self._blocks.append(features)

    def search(self, queries, k):
        """The k rows of greatest inner product with each query, and these."""
        from sklearn_dissim._kernels.best_first import best_first
        from sklearn_dissim._kernels.ranking import no_best, no_score, offer

        best, rows = no_best(len(queries), k, np.float32)
        floors = np.full(len(queries), no_score(np.float32), np.float32)
        first_row = 0
        for block in self._blocks:
            for row in range(0, len(block), _CACHED):
                part = block[row : row + _CACHED]
                offer(queries @ part.T, first_row, best, rows, floors)
                first_row += len(part)
        return best_first(best, rows, k)


class ShortlistedPart:
    """A part of a gallery, and an index of its rows.

    Parameters
    ----------
    vectors : ndarray of shape (n_items, n_features)
    weights, difference
        As in `top_k`.
    make_index : callable
        Given a number of features, returns an index with `add` and `search` as faiss has them;
        one whose `is_trained` is false is trained first.
    """

    def __init__(self, vectors, weights, difference, make_index):
        self.vectors = vectors
        self._products = InnerProducts(vectors, weights, difference, vectors.shape[1])
        sample = self._products.of_gallery(vectors[:: -(-len(vectors) // _LEARNED_FROM)])
        self._index = make_index(sample.shape[1])
        if not getattr(self._index, "is_trained", True):
            self._index.train(sample)
        for row in range(0, len(vectors), _ROWS):
            self._index.add(self._products.of_gallery(vectors[row : row + _ROWS]))

    def __len__(self):
        return len(self.vectors)

    def __getitem__(self, rows):
        return self.vectors[rows]

    def candidates(self, queries, n):
        """Rows of at most n candidates for each query, -1 where the index found fewer."""
        return self._index.search(self._products.of_queries(queries), min(n, len(self)))[1]
