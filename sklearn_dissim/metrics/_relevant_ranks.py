"""At which ranks each query finds its relevant items: what every retrieval metric counts."""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_dissim._pairs.validation import check_identities, check_one_dimensional, codes_of
from sklearn_dissim.metrics._score_matrix import ScoreMatrix


class RelevantRanks(NamedTuple):
    """Ranks of the relevant items of all queries that have some.

    Attributes
    ----------
    ranks : ndarray of int, shape (n_relevant,)
        From 1, query by query, rising within each. Ignored items have none; of equal scores,
        those of irrelevant items come first.
    offsets : ndarray of int, shape (n_valid + 1,)
        ``ranks[offsets[i]:offsets[i + 1]]`` are those of the i-th valid query.
    queries : ndarray of int, shape (n_valid,)
        Row numbers of the valid queries, those with something relevant.
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
        """Rank of the first relevant item of each valid query."""
        return self.ranks[self.offsets[:-1]]

    @property
    def last(self):
        """Rank of the last."""
        return self.ranks[self.offsets[1:] - 1]

    @property
    def counts(self):
        """Number of relevant items of each valid query, at least 1."""
        return np.diff(self.offsets)

    def sums(self, values):
        """Sum over the relevant items of each valid query."""
        return np.add.reduceat(values, self.offsets[:-1])


class Relevance(NamedTuple):
    """Which gallery items are relevant to each query, and which are no part of its ranking.

    Attributes
    ----------
    relevant_rows : ndarray of int
        Row numbers in the gallery, query by query, rising within each.
    relevant_offsets : ndarray of int, shape (n_queries + 1,)
        ``relevant_rows[relevant_offsets[i]:relevant_offsets[i + 1]]`` are those of query i;
        none where it is left out.
    ignored_rows, ignored_offsets : ndarrays of int
        In the same form: the items ignored for one query.
    junk_rows : ndarray of int
        Those ignored for every query; rising.
    """

    relevant_rows: np.ndarray
    relevant_offsets: np.ndarray
    ignored_rows: np.ndarray
    ignored_offsets: np.ndarray
    junk_rows: np.ndarray


def relevant_ranks(
    scores, query_identities, gallery_identities=None, *, query_groups=None, gallery_groups=None
):
    """Ranks of the relevant items, from scores that are there or can be computed.

    Parameters
    ----------
    scores : array-like of shape (n_queries, n_gallery), or an object that ranks by itself
        The latter has a `shape` and a method ``relevant_ranks_of``, which takes the fields of
        a `Relevance` in their order and returns the ranks of all `relevant_rows`, query by
        query, rising within each: 1 + the number of other relevant items ahead + the number
        of items neither relevant nor ignored (nor junk) that score at least as much.
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
    alone = gallery_identities is None
    _check_sides(scores.shape, alone, query_groups, gallery_groups)
    identities = _joined(query_identities, gallery_identities, scores.shape, "identities")
    codes = _split(check_identities(identities, identities), scores.shape)
    groups = None
    if query_groups is not None:
        groups = _joined(query_groups, gallery_groups, scores.shape, "groups")
        groups = _split(codes_of(groups, "groups"), scores.shape)
    relevance = _relevance(codes, groups, alone)

    counts = np.diff(relevance.relevant_offsets)
    queries = np.flatnonzero(counts)
    _say_what_is_left_out(len(queries), int((codes[0] >= 0).sum()), relevance, groups is None)
    ranks = scores.relevant_ranks_of(*relevance)
    return RelevantRanks(ranks, _offsets(counts[queries]), queries, *scores.shape)


def _check_sides(shape, alone, query_groups, gallery_groups):
    if alone and shape[0] != shape[1]:
        raise ValueError(
            "gallery_identities must be given where queries are not the gallery; "
            f"scores have shape {shape}."
        )
    if alone and gallery_groups is not None:
        raise ValueError("gallery_groups must be None where gallery_identities are.")
    if not alone and (query_groups is None) != (gallery_groups is None):
        missing = "query_groups" if query_groups is None else "gallery_groups"
        raise ValueError(f"{missing} must be given too; groups of both sides are compared.")


def _joined(of_queries, of_gallery, shape, name):
    """Values of the queries and then of the gallery; those of the queries if they are both."""
    queries = check_one_dimensional(of_queries, f"query_{name}", np.empty((shape[0], 0)))
    if of_gallery is None:
        return queries
    gallery = check_one_dimensional(of_gallery, f"gallery_{name}", np.empty((shape[1], 0)))
    if queries.dtype.kind != gallery.dtype.kind:  # else 1 would become "1"
        queries, gallery = queries.astype(object), gallery.astype(object)
    return np.concatenate([queries, gallery])


def _split(codes, shape):
    return codes[: shape[0]], codes[len(codes) - shape[1] :]


def _relevance(identities, groups, alone):
    """What is relevant and ignored, in memory for the pairs of one identity alone."""
    of_queries, of_gallery = identities
    queries, rows = _same_pairs(of_queries, of_gallery)
    ignored = queries == rows if alone else np.zeros(len(rows), bool)
    if groups is not None:
        ignored |= groups[0][queries] == groups[1][rows]
    n_queries = len(of_queries)
    return Relevance(
        rows[~ignored],
        _offsets(np.bincount(queries[~ignored], minlength=n_queries)),
        rows[ignored],
        _offsets(np.bincount(queries[ignored], minlength=n_queries)),
        np.flatnonzero(of_gallery < 0),
    )


def _same_pairs(of_queries, of_gallery):
    """Query and gallery row of each pair of one known identity, sorted."""
    order = np.argsort(of_gallery, kind="stable")
    first = np.searchsorted(of_gallery[order], of_queries, side="left")
    last = np.searchsorted(of_gallery[order], of_queries, side="right")
    counts = np.where(of_queries >= 0, last - first, 0)
    offsets = _offsets(counts)
    queries = np.repeat(np.arange(len(of_queries)), counts)
    return queries, order[np.arange(offsets[-1]) + (first - offsets[:-1])[queries]]


def _offsets(counts):
    return np.concatenate([[0], np.cumsum(counts)])


def _say_what_is_left_out(n_valid, n_known, relevance, groupless):
    if n_known == 0:
        raise ValueError("query_identities must name a known identity; all are -1, unknown.")
    if n_valid == 0 and len(relevance.ignored_rows) and not groupless:
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
        warnings.warn(
            f"{n_known - n_valid} of {n_known} queries have nothing relevant in the gallery and "
            "are left out.",
            UndefinedMetricWarning,
            stacklevel=4,
        )
