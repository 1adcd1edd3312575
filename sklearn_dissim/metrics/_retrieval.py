"""Measure how well the items of a query's identity are found in a gallery.

Each metric is a short function of the ranks of the relevant items, `RelevantRanks`.
"""

import numpy as np

from sklearn_dissim._utils.checks import check_count
from sklearn_dissim.metrics._relevant_ranks import relevant_ranks


def average_precision(
    scores, query_identities, gallery_identities=None, *, query_groups=None, gallery_groups=None
):
    """Compute the average precision of each query.

    At the rank of a relevant item, the precision is the share of relevant items among all items
    down to that rank. The average precision is the mean of these precisions over all relevant
    items of the query, wherever they are in the ranking.

    Parameters
    ----------
    scores : array-like of shape (n_queries, n_gallery)
        Higher means more likely the same. Of equal scores, those of irrelevant items are
        ranked first, so that the metric is the worst that any order of them gives.
    query_identities : array-like of shape (n_queries,)
        Integers or strings. The integer -1 means unknown: such a query is left out.
    gallery_identities : array-like of shape (n_gallery,), default=None
        Items of identity -1 are ignored: they are taken out of every ranking, neither right nor
        wrong. Strangers that should count as wrong have another identity, which no query has.
        By default the queries are the gallery, and each of them is ignored when it is the
        query.
    query_groups : array-like of shape (n_queries,), default=None
        Camera, drawer or session of each query. Gallery items that share both identity and
        group with the query are ignored, as in the protocol of Market-1501 (Zheng et al. 2015,
        "Scalable Person Re-identification: A Benchmark").
    gallery_groups : array-like of shape (n_gallery,), default=None
        The group of each gallery item; to be given if `query_groups` are, unless the queries
        are the gallery.

    Returns
    -------
    ndarray of shape (n_queries,)
        Average precisions between 0 and 1; NaN for a query with nothing relevant.

    Raises
    ------
    ValueError
        If no query has anything relevant, scores are NaN, or shapes do not fit.

    Warns
    -----
    UndefinedMetricWarning
        If queries of known identity have nothing relevant; the warning counts them.

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
    relevant = relevant_ranks(
        scores,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    precision = np.full(relevant.n_queries, np.nan)
    precision[relevant.queries] = _average_precision(relevant)
    return precision


def mean_average_precision_score(
    scores, query_identities, gallery_identities=None, *, query_groups=None, gallery_groups=None
):
    """Compute the mean average precision, mAP: the mean of `average_precision` over queries.

    Errors and warnings are those of `average_precision`. Queries with nothing relevant are
    left out.

    Parameters
    ----------
    scores : array-like of shape (n_queries, n_gallery)
        Higher means more likely the same.
    query_identities : array-like of shape (n_queries,)
        Integers or strings; -1 is unknown.
    gallery_identities : array-like of shape (n_gallery,), default=None
        Integers or strings; -1 is unknown. By default the queries are the gallery.
    query_groups : array-like of shape (n_queries,), default=None
        Camera of each query: gallery items that share it and the identity are ignored.
    gallery_groups : array-like of shape (n_gallery,), default=None
        Camera of each gallery item.

    Returns
    -------
    float
        Between 0 and 1; higher is better.

    See Also
    --------
    average_precision : The average precision of each query, and the parameters in full.
    leave_one_out_mean_average_precision_scorer : A scorer for cross-validation.

    Examples
    --------
    >>> from sklearn_dissim.metrics import mean_average_precision_score
    >>> scores = [[0.9, 0.8, 0.7, 0.1], [0.2, 0.3, 0.4, 0.5]]
    >>> identities = ["ann", "bob", "ann", "cleo"]
    >>> round(mean_average_precision_score(scores, ["ann", "bob"], identities), 3)
    0.583
    """
    relevant = relevant_ranks(
        scores,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    return float(_average_precision(relevant).mean())


def cmc_curve(
    scores,
    query_identities,
    gallery_identities=None,
    *,
    query_groups=None,
    gallery_groups=None,
    max_rank=None,
):
    """Compute the cumulative match characteristic: the rate of queries matched by each rank.

    A query is matched by rank r if one of the first r items of its ranking is relevant. Errors
    and warnings are those of `average_precision`. Queries with nothing relevant are left out.

    Parameters
    ----------
    scores : array-like of shape (n_queries, n_gallery)
        Higher means more likely the same.
    query_identities : array-like of shape (n_queries,)
        Integers or strings; -1 is unknown.
    gallery_identities : array-like of shape (n_gallery,), default=None
        Integers or strings; -1 is unknown. By default the queries are the gallery.
    query_groups : array-like of shape (n_queries,), default=None
        Camera of each query: gallery items that share it and the identity are ignored.
    gallery_groups : array-like of shape (n_gallery,), default=None
        Camera of each gallery item.
    max_rank : int, default=None
        Length of the curve. By default the number of gallery items.

    Returns
    -------
    ndarray of shape (max_rank,)
        At index r - 1, the share of queries with a relevant item at rank r or before; never
        falling.

    See Also
    --------
    recall_at_k_score : One point of the curve.
    CMCDisplay : The curve, drawn.

    Examples
    --------
    >>> from sklearn_dissim.metrics import cmc_curve
    >>> scores = [[0.9, 0.8, 0.7, 0.1], [0.2, 0.3, 0.4, 0.5]]
    >>> cmc_curve(scores, ["ann", "bob"], ["ann", "bob", "ann", "cleo"])
    array([0.5, 0.5, 1. , 1. ])
    """
    if max_rank is not None:
        check_count(max_rank, "max_rank")
    relevant = relevant_ranks(
        scores,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    max_rank = relevant.n_gallery if max_rank is None else max_rank
    # The last bin takes the queries that are matched beyond max_rank; rank 0 does not occur.
    at_rank = np.bincount(np.minimum(relevant.first, max_rank + 1), minlength=max_rank + 2)
    return at_rank[1:-1].cumsum() / len(relevant.queries)


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
    """Compute the share of queries, or of relevant items, that are matched within the first k.

    Errors and warnings are those of `average_precision`. Queries with nothing relevant are
    left out.

    Parameters
    ----------
    scores : array-like of shape (n_queries, n_gallery)
        Higher means more likely the same.
    query_identities : array-like of shape (n_queries,)
        Integers or strings; -1 is unknown.
    gallery_identities : array-like of shape (n_gallery,), default=None
        Integers or strings; -1 is unknown. By default the queries are the gallery.
    k : int
        Number of items at the top of each ranking that are looked at.
    of : {"queries", "items"}, default="queries"
        What the share is of:

        - "queries": the share of queries with at least one relevant item among the first k, as
          re-identification and metric learning use the word; the CMC curve at k, or hit rate;
        - "items": of a query's relevant items, the share that is among the first k, averaged
          over queries, as search engines and record linkage use the word.
    query_groups : array-like of shape (n_queries,), default=None
        Camera of each query: gallery items that share it and the identity are ignored.
    gallery_groups : array-like of shape (n_gallery,), default=None
        Camera of each gallery item.

    Returns
    -------
    float
        Between 0 and 1; higher is better.

    See Also
    --------
    cmc_curve : The share of queries for every k.

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
    relevant = relevant_ranks(
        scores,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    if of == "queries":
        return float((relevant.first <= k).mean())
    return float((relevant.sums(relevant.ranks <= k) / relevant.counts).mean())


def r_precision_score(
    scores, query_identities, gallery_identities=None, *, query_groups=None, gallery_groups=None
):
    """Compute the mean R-precision: of the first R items, how many are relevant.

    R is the number of the query's relevant items. Errors and warnings are those of
    `average_precision`. Queries with nothing relevant are left out.

    Parameters
    ----------
    scores : array-like of shape (n_queries, n_gallery)
        Higher means more likely the same.
    query_identities : array-like of shape (n_queries,)
        Integers or strings; -1 is unknown.
    gallery_identities : array-like of shape (n_gallery,), default=None
        Integers or strings; -1 is unknown. By default the queries are the gallery.
    query_groups : array-like of shape (n_queries,), default=None
        Camera of each query: gallery items that share it and the identity are ignored.
    gallery_groups : array-like of shape (n_gallery,), default=None
        Camera of each gallery item.

    Returns
    -------
    float
        Between 0 and 1; higher is better.

    See Also
    --------
    mean_average_precision_score : All relevant items count, wherever they are.

    Examples
    --------
    >>> from sklearn_dissim.metrics import r_precision_score
    >>> r_precision_score([[0.9, 0.8, 0.7, 0.1]], ["ann"], ["ann", "bob", "ann", "cleo"])
    0.5
    """
    relevant = relevant_ranks(
        scores,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    within_r = relevant.ranks <= np.repeat(relevant.counts, relevant.counts)
    return float((relevant.sums(within_r) / relevant.counts).mean())


def mean_inverse_negative_penalty_score(
    scores, query_identities, gallery_identities=None, *, query_groups=None, gallery_groups=None
):
    """Compute the mean inverse negative penalty, mINP: how far down the last relevant item is.

    The inverse negative penalty of a query is the number of its relevant items, divided by the
    rank of the last of them (Ye et al. 2021, "Deep Learning for Person Re-identification: A
    Survey and Outlook", section 4.1). Errors and warnings are those of `average_precision`.
    Queries with nothing relevant are left out.

    Parameters
    ----------
    scores : array-like of shape (n_queries, n_gallery)
        Higher means more likely the same.
    query_identities : array-like of shape (n_queries,)
        Integers or strings; -1 is unknown.
    gallery_identities : array-like of shape (n_gallery,), default=None
        Integers or strings; -1 is unknown. By default the queries are the gallery.
    query_groups : array-like of shape (n_queries,), default=None
        Camera of each query: gallery items that share it and the identity are ignored.
    gallery_groups : array-like of shape (n_gallery,), default=None
        Camera of each gallery item.

    Returns
    -------
    float
        Between 0 and 1; higher is better.

    See Also
    --------
    mean_average_precision_score : All relevant items count, not the last alone.

    Examples
    --------
    >>> from sklearn_dissim.metrics import mean_inverse_negative_penalty_score
    >>> scores, gallery = [[0.9, 0.8, 0.7, 0.1]], ["ann", "bob", "ann", "cleo"]
    >>> round(mean_inverse_negative_penalty_score(scores, ["ann"], gallery), 3)
    0.667
    """
    relevant = relevant_ranks(
        scores,
        query_identities,
        gallery_identities,
        query_groups=query_groups,
        gallery_groups=gallery_groups,
    )
    return float((relevant.counts / relevant.last).mean())


def _average_precision(relevant):
    """Return the average precision of each valid query.

    The precision at the rank of a query's n-th relevant item is n / rank.
    """
    ends = np.arange(1, len(relevant.ranks) + 1)
    nth = ends - np.repeat(relevant.offsets[:-1], relevant.counts)
    return relevant.sums(nth / relevant.ranks) / relevant.counts
