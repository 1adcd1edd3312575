"""How well the items of a query's identity are found in a gallery."""

import numpy as np

from sklearn_dissim._utils.checks import check_count
from sklearn_dissim.metrics._relevant_ranks import relevant_ranks


def average_precision(
    scores, query_identities, gallery_identities=None, *, query_groups=None, gallery_groups=None
):
    """Average precision of each query.

    The mean, over the relevant items of a query, of the share of relevant items among all
    down to that one. All relevant items count, wherever they are in the ranking.

    Parameters
    ----------
    scores : array-like of shape (n_queries, n_gallery)
        Higher means more likely the same. Of equal scores, those of irrelevant items are
        ranked first: the figure is the worst that any order of them gives.
    query_identities : array-like of shape (n_queries,)
        Integers or strings. The integer -1 means unknown: such a query is left out.
    gallery_identities : array-like of shape (n_gallery,), default=None
        Items of identity -1 are ignored: taken out of every ranking, neither right nor wrong.
        Strangers who are to count as wrong have another identity that no query has.
        Default: the queries are the gallery, and each of them is ignored when it is the query.
    query_groups, gallery_groups : array-like, default=None
        Camera, drawer or session of each item. A gallery item of the query's own identity
        and group is ignored, as the protocol of Market-1501 has it (Zheng et al. 2015,
        "Scalable Person Re-identification: A Benchmark"). Where `gallery_identities` is
        None, `query_groups` alone.

    Returns
    -------
    ndarray of shape (n_queries,)
        Between 0 and 1; NaN for a query with nothing relevant.

    Raises
    ------
    ValueError
        If no query has anything relevant, scores are NaN, or shapes do not fit.

    Warns
    -----
    UndefinedMetricWarning
        If queries of known identity have nothing relevant; it says how many.

    See Also
    --------
    mean_average_precision_score : The mean over queries.

    Examples
    --------
    >>> from sklearn_dissim.metrics import average_precision
    >>> scores = [[0.9, 0.8, 0.7, 0.1], [0.2, 0.3, 0.4, 0.5]]
    >>> average_precision(scores, ["ann", "bob"], ["ann", "bob", "ann", "cleo"])
    array([0.83333333, 0.33333333])
    """
    found = relevant_ranks(
        scores,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    precision = np.full(found.n_queries, np.nan)
    precision[found.queries] = _average_precision(found)
    return precision


def mean_average_precision_score(
    scores, query_identities, gallery_identities=None, *, query_groups=None, gallery_groups=None
):
    """Mean average precision, mAP: the mean of `average_precision` over queries.

    Parameters
    ----------
    scores, query_identities, gallery_identities, query_groups, gallery_groups
        As in `average_precision`, with its errors and warnings. Queries with nothing
        relevant are left out.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> from sklearn_dissim.metrics import mean_average_precision_score
    >>> scores = [[0.9, 0.8, 0.7, 0.1], [0.2, 0.3, 0.4, 0.5]]
    >>> identities = ["ann", "bob", "ann", "cleo"]
    >>> round(mean_average_precision_score(scores, ["ann", "bob"], identities), 3)
    0.583
    """
    found = relevant_ranks(
        scores,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    return float(_average_precision(found).mean())


def cmc_curve(
    scores,
    query_identities,
    gallery_identities=None,
    *,
    query_groups=None,
    gallery_groups=None,
    max_rank=None,
):
    """Cumulative match characteristic: how many queries have found somebody by each rank.

    Parameters
    ----------
    scores, query_identities, gallery_identities, query_groups, gallery_groups
        As in `average_precision`, with its errors and warnings. Queries with nothing
        relevant are left out.
    max_rank : int, default=None
        Where the curve ends; by default at the number of gallery items.

    Returns
    -------
    ndarray of shape (max_rank,)
        At index r - 1, the share of queries whose first relevant item is at rank r or
        before. Rising, between 0 and 1.

    Examples
    --------
    >>> from sklearn_dissim.metrics import cmc_curve
    >>> scores = [[0.9, 0.8, 0.7, 0.1], [0.2, 0.3, 0.4, 0.5]]
    >>> cmc_curve(scores, ["ann", "bob"], ["ann", "bob", "ann", "cleo"])
    array([0.5, 0.5, 1. , 1. ])
    """
    if max_rank is not None:
        check_count(max_rank, "max_rank")
    found = relevant_ranks(
        scores,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    max_rank = found.n_gallery if max_rank is None else max_rank
    at_rank = np.bincount(np.minimum(found.first, max_rank + 1), minlength=max_rank + 2)
    return at_rank[1:-1].cumsum() / len(found.queries)


def recall_at_k_score(
    scores,
    query_identities,
    gallery_identities=None,
    *,
    k,
    of="queries",
    query_groups=None,
    gallery_groups=None,
):
    """Share of queries with a relevant item among the first k, or of relevant items there.

    Parameters
    ----------
    scores, query_identities, gallery_identities, query_groups, gallery_groups
        As in `average_precision`, with its errors and warnings. Queries with nothing
        relevant are left out.
    k : int
        How many items are looked at.
    of : {"queries", "items"}, default="queries"
        "queries": the share of queries with at least one relevant item among the first k, as
        re-identification and metric learning use the word; the CMC curve at k, or hit rate.
        "items": of a query's relevant items, the share that is among the first k, averaged
        over queries, as search engines and record linkage use it.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> from sklearn_dissim.metrics import recall_at_k_score
    >>> scores, gallery = [[0.9, 0.8, 0.7, 0.1]], ["ann", "bob", "ann", "cleo"]
    >>> recall_at_k_score(scores, ["ann"], gallery, k=1)
    1.0
    >>> recall_at_k_score(scores, ["ann"], gallery, k=1, of="items")
    0.5
    """
    check_count(k, "k")
    if of not in ("queries", "items"):
        raise ValueError(f"of must be 'queries' or 'items'; got {of!r}.")
    found = relevant_ranks(
        scores,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    if of == "queries":
        return float((found.first <= k).mean())
    return float((found.sums(found.ranks <= k) / found.counts).mean())


def r_precision_score(
    scores, query_identities, gallery_identities=None, *, query_groups=None, gallery_groups=None
):
    """Share of relevant items among the first R, of which a query has R, averaged.

    Parameters
    ----------
    scores, query_identities, gallery_identities, query_groups, gallery_groups
        As in `average_precision`, with its errors and warnings. Queries with nothing
        relevant are left out.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> from sklearn_dissim.metrics import r_precision_score
    >>> r_precision_score([[0.9, 0.8, 0.7, 0.1]], ["ann"], ["ann", "bob", "ann", "cleo"])
    0.5
    """
    found = relevant_ranks(
        scores,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    in_front = found.ranks <= np.repeat(found.counts, found.counts)
    return float((found.sums(in_front) / found.counts).mean())


def mean_inverse_negative_penalty_score(
    scores, query_identities, gallery_identities=None, *, query_groups=None, gallery_groups=None
):
    """Mean inverse negative penalty, mINP: how far down the last relevant item is.

    The number of a query's relevant items, divided by the rank of the last of them, averaged
    over queries (Ye et al. 2021, "Deep Learning for Person Re-identification: A Survey and
    Outlook", section 4.1).

    Parameters
    ----------
    scores, query_identities, gallery_identities, query_groups, gallery_groups
        As in `average_precision`, with its errors and warnings. Queries with nothing
        relevant are left out.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> from sklearn_dissim.metrics import mean_inverse_negative_penalty_score
    >>> scores, gallery = [[0.9, 0.8, 0.7, 0.1]], ["ann", "bob", "ann", "cleo"]
    >>> round(mean_inverse_negative_penalty_score(scores, ["ann"], gallery), 3)
    0.667
    """
    found = relevant_ranks(
        scores,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    return float((found.counts / found.last).mean())


def _average_precision(found):
    ends = np.arange(1, len(found.ranks) + 1)
    nth = ends - np.repeat(found.offsets[:-1], found.counts)
    return found.sums(nth / found.ranks) / found.counts
