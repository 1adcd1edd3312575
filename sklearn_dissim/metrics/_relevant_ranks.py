"""Rank the relevant items of each query: what every retrieval metric counts."""

from typing import NamedTuple

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_dissim._utils.user_warnings import warn_user
from sklearn_dissim.metrics._relevance import judge_relevance
from sklearn_dissim.metrics._score_matrix import ScoreMatrix


class RelevantRanks(NamedTuple):
    """Hold the ranks of the relevant items of all queries that have some, the valid queries.

    Attributes
    ----------
    ranks : ndarray of int, shape (n_relevant,)
        From 1, query by query, rising within each. Ignored items have none; of equal scores,
        those of irrelevant items come first.
    offsets : ndarray of int, shape (n_valid + 1,)
        ``ranks[offsets[i]:offsets[i + 1]]`` are those of the i-th valid query.
    queries : ndarray of int, shape (n_valid,)
        Row numbers of the valid queries.
    n_queries : int
        Number of all queries.
    n_gallery : int
        Number of all gallery items.
    """

    ranks: np.ndarray
    offsets: np.ndarray
    queries: np.ndarray
    n_queries: int
    n_gallery: int

    @property
    def first(self):
        """Return the rank of the first relevant item of each valid query."""
        return self.ranks[self.offsets[:-1]]

    @property
    def last(self):
        """Return the rank of the last relevant item of each valid query."""
        return self.ranks[self.offsets[1:] - 1]

    @property
    def counts(self):
        """Return the number of relevant items of each valid query, at least 1."""
        return np.diff(self.offsets)

    def sums(self, values):
        """Sum values, one for each of the ranks, over the relevant items of a query."""
        return np.add.reduceat(values, self.offsets[:-1])


def relevant_ranks(
    scores, query_identities, gallery_identities=None, *, query_groups=None, gallery_groups=None
):
    """Rank the relevant items by scores that are given, or computed when asked for.

    Parameters
    ----------
    scores : array-like of shape (n_queries, n_gallery), or an object that ranks by itself
        The latter has a `shape` and a method ``relevant_ranks_of(relevant_rows,
        relevant_offsets, ignored_rows, ignored_offsets, junk_rows)``, which takes the lists of
        a `Relevance` and returns the ranks of all `relevant_rows`, query by query, rising
        within each: 1 + the number of other relevant items ahead + the number of items neither
        relevant nor ignored (nor junk) that score at least as much.
    query_identities, gallery_identities, query_groups, gallery_groups
        As in `average_precision`.

    Returns
    -------
    RelevantRanks

    Raises
    ------
    ValueError
        If shapes do not fit, scores are NaN, or no query has anything relevant.
    """
    if not hasattr(scores, "relevant_ranks_of"):
        scores = ScoreMatrix(scores)
    relevance = judge_relevance(
        scores.shape,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    counts = relevance.relevant.lengths
    queries = np.flatnonzero(counts)
    _report_queries_left_out(relevance, len(queries), has_groups=query_groups is not None)
    ranks = scores.relevant_ranks_of(*relevance.relevant, *relevance.ignored, relevance.junk_rows)
    # Queries left out have empty lists, so their offsets repeat the ones before.
    offsets = np.append(0, relevance.relevant.offsets[1:][queries])
    return RelevantRanks(ranks, offsets, queries, *scores.shape)


def _report_queries_left_out(relevance, n_valid, *, has_groups):
    """Refuse searches without any valid query; warn of queries with nothing relevant."""
    n_known = int(relevance.is_known.sum())
    if n_known == 0:
        raise ValueError("query_identities must name a known identity; all are -1, unknown.")
    if n_valid == 0 and len(relevance.ignored.rows) and has_groups:
        raise ValueError(
            "query_groups and gallery_groups leave nothing to be found: every gallery item of a "
            "query's identity has the query's own group (camera), too, and is ignored. Data of a "
            "single group have no other to search; give no groups."
        )
    if n_valid == 0:
        raise ValueError(
            "gallery_identities must hold the identity of some query, in another item than the "
            "query; there is nothing to be found."
        )
    if n_valid < n_known:
        warn_user(
            f"{n_known - n_valid} of {n_known} queries have nothing relevant in the gallery and "
            "are left out.",
            UndefinedMetricWarning,
        )
