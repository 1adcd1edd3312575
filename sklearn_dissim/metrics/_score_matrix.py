"""ScoreMatrix: rank relevant items by a matrix of scores that is held in memory."""

import numpy as np


class ScoreMatrix:
    """Hold the scores of all queries with all gallery items, and rank items by them.

    Parameters
    ----------
    scores : array-like of shape (n_queries, n_gallery)
        Numbers; NaN is refused when a query is ranked.
    """

    def __init__(self, scores):
        if np.ma.is_masked(scores):
            raise ValueError("scores have masked values; fill them, or name groups to ignore.")
        self._scores = np.asarray(scores)
        self.shape = self._scores.shape
        if self._scores.ndim != 2 or self._scores.dtype.kind not in "biuf":
            raise ValueError(
                "scores must be numbers, one row a query and one column a gallery item; "
                f"got shape {self.shape} and dtype {self._scores.dtype}."
            )

    def relevant_ranks_of(
        self, relevant_rows, relevant_offsets, ignored_rows, ignored_offsets, junk_rows
    ):
        """Rank the relevant items of each query, as `relevant_ranks` asks for it.

        Memory is needed for one row of scores beyond the matrix.

        Parameters
        ----------
        relevant_rows, relevant_offsets, ignored_rows, ignored_offsets, junk_rows
            The lists of a `Relevance`.

        Returns
        -------
        ndarray of int, shape (n_relevant,)
        """
        ranks = np.empty(len(relevant_rows), np.intp)
        kept: slice | np.ndarray = slice(None)
        if len(junk_rows):
            kept = np.delete(np.arange(self.shape[1]), junk_rows)
        for query in np.flatnonzero(np.diff(relevant_offsets)):
            scores = self._scores[query]
            relevant = slice(*relevant_offsets[query : query + 2])
            ignored = ignored_rows[slice(*ignored_offsets[query : query + 2])]
            if np.isnan(scores).any():
                raise ValueError(f"scores must not be NaN; those of query {query} contain NaN.")
            ranks[relevant] = _ranks(scores[kept], scores[relevant_rows[relevant]], scores[ignored])
        return ranks


def _ranks(all_scores, relevant, ignored):
    """Return the ranks of the relevant scores, rising, among all that are not ignored.

    A tie counts against the relevant item: each irrelevant item that scores at least as much is
    ahead of it, and so are the relevant items before it.
    """
    relevant = np.sort(relevant)[::-1]
    n_irrelevant_ahead = (
        _count_at_least(all_scores, relevant)
        - _count_at_least(relevant, relevant)
        - _count_at_least(ignored, relevant)
    )
    return n_irrelevant_ahead + np.arange(1, len(relevant) + 1)


def _count_at_least(scores, thresholds):
    """Return how many of the scores reach each threshold."""
    return len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left")
