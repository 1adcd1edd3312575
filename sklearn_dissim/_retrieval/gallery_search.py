"""Search a gallery by a matcher."""

from functools import partial

import numpy as np

from sklearn_dissim._retrieval.fusion import fuse

_QUERIES = 4096  # searched at a time
_SCORES = 1 << 24  # held at a time, when all identities are scored
_SAMPLE = 100  # queries that the recall is measured with


class GallerySearch:
    """Search one gallery by one matcher.

    Neither is ever changed, so that threads may search while a retriever takes another gallery.

    Parameters
    ----------
    matcher : LinearMatcher or PairwiseMatcher
    gallery : Gallery
        With an index, if the matcher proposes candidates.
    """

    def __init__(self, matcher, gallery):
        if matcher.n_candidates is not None:
            gallery = gallery.prepared(matcher.prepared)
        self.matcher, self.gallery = matcher, gallery

    def top_k(self, queries, k, n_threads):
        """Return scores and rows of the k best items of each query.

        Parameters
        ----------
        queries : ndarray of shape (n_queries, ...)
            Vectors.
        k : int
        n_threads : int or None

        Returns
        -------
        scores, rows : ndarrays of shape (n_queries, min(k, n_gallery))
        """
        found = []
        for row in range(0, len(queries), _QUERIES):
            part = queries[row : row + _QUERIES]
            search = partial(self.matcher.top_k, part, k=k, n_threads=n_threads)
            found.append(self.gallery.top_k(search, k))
        scores, rows = zip(*found, strict=True)
        return np.concatenate(scores), np.concatenate(rows)

    def neighbors(self, k, n_threads):
        """Return scores and rows of the k best items of each gallery item but itself."""
        found = []
        for start in range(0, len(self.gallery), _QUERIES):
            own = np.arange(start, min(start + _QUERIES, len(self.gallery)))[:, np.newaxis]
            queries = self.gallery[slice(start, start + len(own))]
            scores, rows = self.top_k(queries, k + 1, n_threads)
            # One of k + 1 goes: the item itself, or where items equal to it have pushed it out
            # of the list, the last.
            is_own = rows == own
            extra = np.where(is_own.any(axis=1), is_own.argmax(axis=1), k)
            kept = np.arange(k + 1) != extra[:, np.newaxis]
            found.append((scores[kept].reshape(-1, k), rows[kept].reshape(-1, k)))
        scores, rows = zip(*found, strict=True)
        return np.concatenate(scores), np.concatenate(rows)

    def identity_scores(self, queries, fusion, n_threads):
        """Return the fused scores of identities, shape (n_queries, n_identities)."""
        identities, codes = self.gallery.named
        out = np.empty((len(queries), len(identities)))
        n_rows = max(1, _SCORES // len(self.gallery))
        for row in range(0, len(queries), n_rows):
            part = queries[row : row + n_rows]
            score = partial(self.matcher.scores, part, n_threads=n_threads)
            scores = np.hstack(self.gallery.map(score))
            out[row : row + n_rows] = fuse(scores, codes, fusion)
        return out

    def best_identities(self, queries, fusion, n_threads):
        """Return the best identity of each query and its score."""
        if fusion == "max":  # it is that of the best item, whose score is exact
            scores, rows = self.top_k(queries, 1, n_threads)
            return self.gallery.identities[rows[:, 0]], scores[:, 0]
        scores = self.identity_scores(queries, fusion, n_threads)
        return self.gallery.named[0][scores.argmax(axis=1)], scores.max(axis=1)

    def recall(self, k, n_threads):
        """Return the share of the k best items that candidates contain.

        It is measured with items of the gallery as queries.
        """
        n_queries = min(_SAMPLE, len(self.gallery))
        sample = np.linspace(0, len(self.gallery) - 1, n_queries).astype(int)
        queries = np.concatenate([self.gallery[slice(row, row + 1)] for row in sample])
        search = partial(
            self.matcher.top_k, queries, k=min(k, len(self.gallery)), n_threads=n_threads
        )
        found = self.gallery.top_k(search, k)[1]
        best = self.gallery.top_k(partial(search, exact=True), k)[1]
        return float(np.mean([np.isin(b, f).mean() for b, f in zip(best, found, strict=True)]))
