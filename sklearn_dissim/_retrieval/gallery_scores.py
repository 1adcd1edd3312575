"""GalleryScores: compute the scores of queries with a whole gallery when they are needed."""

from functools import partial
from typing import Any

import numpy as np

from sklearn_dissim.metrics._score_matrix import ScoreMatrix

_QUERIES = 4096  # ranked at a time
_PAIRS = 1 << 21  # of queries and relevant items, scored at a time
_SCORES = 1 << 22  # held at a time, where they cannot be counted as they come


class GalleryScores:
    """Stand for the scores of all pairs of query and gallery item, without the matrix.

    `DissimilarityRetriever.gallery_scores` makes it. The retrieval metrics take it as a matrix
    of scores and ask it for ranks, which are counted block by block, by scores in double
    precision. ``np.asarray`` builds the matrix, whose values are of single precision where that
    holds them.

    Parameters
    ----------
    matcher : LinearMatcher or PairwiseMatcher
    gallery : Gallery
    queries : ndarray of shape (n_queries, ...) or Gallery
        Vectors.
    n_threads : int or None

    Attributes
    ----------
    shape : tuple of int
        (n_queries, n_gallery)
    """

    def __init__(self, matcher, gallery, queries, n_threads):
        self._matcher, self._gallery, self._queries = matcher, gallery, queries
        self._n_threads = n_threads
        self.shape = len(queries), len(gallery)
        self._asked: Any = None
        self._ranks: Any = None

    def __repr__(self):
        return f"{type(self).__name__}({self.shape[0]} queries x {self.shape[1]} gallery items)"

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("GalleryScores become an array only by computing it.")
        blocks = [self._matrix(queries) for _, queries in self._blocks(self._n_held())]
        return np.concatenate(blocks).astype(dtype or np.float64, copy=False)

    def relevant_ranks_of(self, *relevance):
        """Return the ranks of relevant items, as the metrics ask for them.

        Ranks are kept, so that further metrics of the same queries cost nothing.

        Parameters
        ----------
        *relevance
            The lists of a `Relevance`, as `sklearn_dissim.metrics._relevant_ranks` gives them.

        Returns
        -------
        ndarray of int, shape (n_relevant,)
        """
        if self._asked is None or not all(map(np.array_equal, relevance, self._asked)):
            *lists, junk_rows = relevance
            counted = np.ones(len(self._gallery), bool)
            counted[junk_rows] = False
            rank, n_queries = self._sorted_ranks, self._n_held()
            if self._matcher.counts:
                longest = max(np.diff(offsets).max(initial=1) for offsets in lists[1::2])
                rank, n_queries = self._counted_ranks, max(1, min(_QUERIES, _PAIRS // longest))
            ranks = [
                rank(queries, tuple(_lists_of(part, *lists)), counted)
                for part, queries in self._blocks(n_queries)
            ]
            self._asked, self._ranks = relevance, np.concatenate(ranks)
        return self._ranks.copy()

    def _n_held(self):
        return max(1, _SCORES // len(self._gallery))

    def _blocks(self, n_queries):
        """Yield slices of the queries, and their vectors."""
        for start in range(0, len(self._queries), n_queries):
            part = slice(start, min(start + n_queries, len(self._queries)))
            yield part, self._queries[part]

    def _matrix(self, queries):
        score = partial(self._matcher.scores, queries, n_threads=self._n_threads)
        return np.hstack(self._gallery.map(score))

    def _sorted_ranks(self, queries, lists, counted):
        scores = ScoreMatrix(self._matrix(queries))
        rows, offsets, ignored, ignored_offsets = lists
        junk_rows = np.flatnonzero(~counted)
        return scores.relevant_ranks_of(rows, offsets, ignored, ignored_offsets, junk_rows)

    def _counted_ranks(self, queries, lists, counted):
        """Return ranks of relevant items from counts of the items that reach their scores."""
        rows, offsets, ignored, ignored_offsets = lists
        scores = _rising(self._scores_of(queries, rows, offsets), offsets)
        ignored = _rising(self._scores_of(queries, ignored, ignored_offsets), ignored_offsets)
        count = partial(
            self._matcher.count_reaching, queries, scores, offsets, n_threads=self._n_threads
        )
        parts = np.split(counted, self._gallery.starts[1:-1])
        # What reaches a relevant item's score is ahead of it, ties included: other relevant
        # items are then taken off, as ranks count them one by one, and so are ignored ones.
        ahead = np.sum(self._gallery.map(count, parts), axis=0)
        ahead -= _n_reaching(scores, offsets, scores, offsets)
        ahead -= _n_reaching(ignored, ignored_offsets, scores, offsets)
        # Rising scores have falling ranks; the last of a query's is its first relevant item.
        places = np.repeat(offsets[1:], np.diff(offsets)) - np.arange(len(scores))
        order = np.lexsort((places, _owners(offsets)))
        return (ahead + places)[order]

    def _scores_of(self, queries, rows, offsets):
        """Return the scores of the rows that each query has, in whichever parts they lie."""
        owners, starts = _owners(offsets), self._gallery.starts
        part_numbers = np.searchsorted(starts, rows, side="right") - 1
        masks = [part_numbers == part for part in range(len(self._gallery.lengths))]
        part_owners = [owners[mask] for mask in masks]
        part_rows = [rows[mask] - start for mask, start in zip(masks, starts[:-1], strict=True)]
        score = partial(self._matcher.scores_of, queries)
        part_scores = self._gallery.map(score, part_owners, part_rows)
        scores = np.empty(len(rows))
        for mask, own_scores in zip(masks, part_scores, strict=True):
            scores[mask] = own_scores
        return scores


def _lists_of(part, rows, offsets, ignored, ignored_offsets):
    """Yield the rows, and their offsets, that belong to some queries."""
    for values, starts in ((rows, offsets), (ignored, ignored_offsets)):
        own = starts[part.start : part.stop + 1]
        yield values[own[0] : own[-1]]
        yield own - own[0]


def _owners(offsets):
    """Return the query that each element of lists belongs to."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def _rising(scores, offsets):
    """Return the scores of each query sorted."""
    return scores[np.lexsort((scores, _owners(offsets)))]


def _n_reaching(scores, offsets, limits, limit_offsets):
    """Count how many of a query's scores are at least each of its limits."""
    # Limits and scores are sorted together, a limit before the scores that equal it; the
    # scores before it are then those below it.
    owners = np.concatenate([_owners(limit_offsets), _owners(offsets)])
    is_score = np.repeat([0, 1], [len(limits), len(scores)])
    order = np.lexsort((is_score, np.concatenate([limits, scores]), owners))
    n_below = np.empty(len(order), np.int64)
    n_below[order] = np.cumsum(is_score[order])
    return offsets[1:][owners[: len(limits)]] - n_below[: len(limits)]
