"""ScoreMatrix: ranks of relevant items, from scores that are there."""

import numpy as np


class ScoreMatrix:
    """Scores that are there, as an array of numbers."""

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
        """Ranks of the relevant items; a row of scores is sorted at a time."""
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
    """Rising ranks of the relevant ones among all that are not ignored."""
    relevant = np.sort(relevant)[::-1]
    ahead = _at_least(all_scores, relevant)
    ahead -= _at_least(relevant, relevant) + _at_least(ignored, relevant)
    return ahead + np.arange(1, len(relevant) + 1)


def _at_least(scores, thresholds):
    """How many of the scores reach each threshold."""
    return len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left")
