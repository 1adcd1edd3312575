"""Decide which gallery items are relevant to a query, and which are ignored for it.

The rule knows identities and groups (cameras) alone, no scores. For one query, a gallery item is

- *ignored* if its identity is unknown, -1 ("junk", ignored for every query); if it shares both
  identity and group with the query (the protocol of Market-1501); or if it is the query itself,
  where the queries are the gallery. Ignored items are neither right nor wrong: rankings are
  those of a gallery without them;
- *relevant* if it is of the query's identity and not ignored;
- *irrelevant* otherwise.

A query of unknown identity has no relevant item. Metrics and displays all ask here.
"""

from typing import NamedTuple

import numpy as np

from sklearn_dissim._pairs.validation import check_identities, check_one_dimensional, codes_of


class RowLists(NamedTuple):
    """Hold a list of gallery rows for each query, all lists end to end in one array.

    Attributes
    ----------
    rows : ndarray of int
        Row numbers in the gallery, query by query, rising within each.
    offsets : ndarray of int, shape (n_queries + 1,)
        ``rows[offsets[i]:offsets[i + 1]]`` is the list of query i.
    """

    rows: np.ndarray
    offsets: np.ndarray

    def of(self, query):
        """Return the list of one query."""
        return self.rows[self.offsets[query] : self.offsets[query + 1]]

    @property
    def lengths(self):
        """Return the length of each query's list."""
        return np.diff(self.offsets)


class Relevance(NamedTuple):
    """Hold what is relevant to each query and what is ignored for it; all else is irrelevant.

    Attributes
    ----------
    relevant : RowLists
        The relevant items of each query.
    ignored : RowLists
        The items that are ignored for this query, without those ignored for every query.
    junk_rows : ndarray of int
        The items that are ignored for every query; rising.
    is_known : ndarray of bool, shape (n_queries,)
        Whether the identity of the query is known.
    """

    relevant: RowLists
    ignored: RowLists
    junk_rows: np.ndarray
    is_known: np.ndarray

    def all_ignored_for(self, query):
        """Return the rows of all items that are ignored for one query, junk among them."""
        return np.concatenate([self.ignored.of(query), self.junk_rows])


def judge_relevance(
    shape,
    query_identities,
    gallery_identities=None,
    *,
    query_groups=None,
    gallery_groups=None,
    queries=None,
):
    """Judge gallery items by identities and groups, as the head of this file says.

    Memory is needed for the pairs of query and gallery item of one identity only.

    Parameters
    ----------
    shape : (int, int)
        Numbers of queries and of gallery items; named in errors as the shape of the scores.
    query_identities, gallery_identities, query_groups, gallery_groups
        As in `average_precision`.
    queries : ndarray of int, default=None
        Row numbers of the queries that are judged. Default: all.

    Returns
    -------
    Relevance
        Its queries are those of `queries`, in that order.

    Raises
    ------
    ValueError
        If shapes do not fit, values are missing, or one side has groups and the other none.
    TypeError
        If one side has numbers and the other strings.
    """
    queries_are_gallery = gallery_identities is None
    _check_sides(shape, queries_are_gallery, query_groups, gallery_groups)
    if queries is None:
        queries = np.arange(shape[0])

    identities = _of_both_sides(query_identities, gallery_identities, shape, "identities")
    of_queries, of_gallery = _by_side(check_identities(identities, identities), shape)
    of_queries = of_queries[queries]
    owners, rows = _pairs_of_one_identity(of_queries, of_gallery)
    ignored = np.zeros(len(rows), bool)
    if queries_are_gallery:
        ignored |= queries[owners] == rows
    if query_groups is not None:
        groups = _of_both_sides(query_groups, gallery_groups, shape, "groups")
        query_codes, gallery_codes = _by_side(codes_of(groups, "groups"), shape)
        ignored |= query_codes[queries][owners] == gallery_codes[rows]

    return Relevance(
        _row_lists(owners[~ignored], rows[~ignored], len(queries)),
        _row_lists(owners[ignored], rows[ignored], len(queries)),
        np.flatnonzero(of_gallery < 0),
        of_queries >= 0,
    )


def _check_sides(shape, queries_are_gallery, query_groups, gallery_groups):
    if queries_are_gallery and shape[0] != shape[1]:
        raise ValueError(
            "gallery_identities must be given where queries are not the gallery; "
            f"scores have shape {shape}."
        )
    if queries_are_gallery and gallery_groups is not None:
        raise ValueError("gallery_groups must be None where gallery_identities are.")
    if not queries_are_gallery and (query_groups is None) != (gallery_groups is None):
        missing = "query_groups" if query_groups is None else "gallery_groups"
        raise ValueError(f"{missing} must be given too; groups of both sides are compared.")


def _of_both_sides(of_queries, of_gallery, shape, name):
    """Return the values of the queries, then of the gallery; once where they are the same."""
    queries = check_one_dimensional(of_queries, f"query_{name}", np.empty((shape[0], 0)))
    if of_gallery is None:
        return queries
    gallery = check_one_dimensional(of_gallery, f"gallery_{name}", np.empty((shape[1], 0)))
    if queries.dtype.kind != gallery.dtype.kind:  # else 1 would become "1"
        queries, gallery = queries.astype(object), gallery.astype(object)
    return np.concatenate([queries, gallery])


def _by_side(codes, shape):
    """Undo `_of_both_sides`: where the sides are the same, both are all the codes."""
    return codes[: shape[0]], codes[len(codes) - shape[1] :]


def _pairs_of_one_identity(of_queries, of_gallery):
    """Return query and gallery row of each pair of one known identity, sorted."""
    order = np.argsort(of_gallery, kind="stable")
    first = np.searchsorted(of_gallery[order], of_queries, side="left")
    last = np.searchsorted(of_gallery[order], of_queries, side="right")
    counts = np.where(of_queries >= 0, last - first, 0)
    ends = np.cumsum(counts)
    queries = np.repeat(np.arange(len(of_queries)), counts)
    # Position within the query's own run of equal identities, then the start of that run.
    within = np.arange(len(queries)) - np.repeat(ends - counts, counts)
    return queries, order[first[queries] + within]


def _row_lists(owners, rows, n_queries):
    counts = np.bincount(owners, minlength=n_queries)
    return RowLists(rows, np.concatenate([[0], np.cumsum(counts)]))
