"""From scored pairs to what they mean together: clusters of one table, one-to-one links of two."""

from heapq import heapify, heappop, heappush

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from sklearn_dissim._utils.checks import check_count
from sklearn_dissim._utils.graphs import connected_components, renumber_by_first

METHODS = ("connected_components", "correlation")

_BATCH = 1000  # records matched at a time: the matching reads all of them for each


def cluster_pairs(indices, scores, n_records, *, method="connected_components", threshold=0.0):
    """Clusters of records that are the same, from the scores of pairs.

    Parameters
    ----------
    indices : array-like of int, shape (n_pairs, 2)
        Row positions of both records. No pair may come twice.
    scores : array-like of shape (n_pairs,)
        Higher means more likely the same.
    n_records : int
    method : {"connected_components", "correlation"}, default="connected_components"
        "connected_components": records joined by a chain of pairs above the threshold are the
        same; one wrong pair joins two clusters. "correlation" weighs the pairs against each
        other: clusters in which the scores above the threshold, less those below, are largest
        in sum, sought by joining again and again the two clusters whose pairs say so most
        strongly, until none do (greedy additive edge contraction [1]_, a heuristic for
        correlation clustering [2]_). A pair without a score says nothing.
    threshold : float, default=0.0
        Scores above it speak for the same, by their distance to it.

    Returns
    -------
    ndarray of int, shape (n_records,)
        The number of each record's cluster, in the order of their first records.

    References
    ----------
    .. [1] M. Keuper et al., "Efficient decomposition of image and mesh graphs by lifted
       multicuts", ICCV 2015, algorithm 1.
    .. [2] N. Bansal, A. Blum and S. Chawla, "Correlation clustering", Machine Learning 56, 2004.

    Examples
    --------
    >>> from sklearn_dissim.tables import cluster_pairs
    >>> pairs, scores = [[0, 1], [1, 2], [0, 2], [3, 4]], [2.0, 0.5, -3.0, 1.0]
    >>> cluster_pairs(pairs, scores, 5)
    array([0, 0, 0, 1, 1])
    >>> cluster_pairs(pairs, scores, 5, method="correlation")
    array([0, 0, 1, 2, 2])
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {list(METHODS)}; got {method!r}.")
    check_count(n_records, "n_records", least=0)
    indices, scores = check_scored_pairs(indices, scores, threshold, one_table=True)
    if len(indices) and indices.max() >= n_records:
        pair = int(np.flatnonzero((indices >= n_records).any(axis=1))[0])
        raise ValueError(
            f"indices must lie between 0 and {n_records - 1}, the last of {n_records} records; "
            f"pair {pair} has {indices[pair].tolist()}."
        )
    links = indices[scores > threshold]
    labels = connected_components(links[:, 0], links[:, 1], n_records)
    if method == "correlation":
        labels = _correlation_clusters(indices, scores - threshold, labels)
    return renumber_by_first(labels)


def assign_pairs(indices, scores, *, threshold=0.0):
    """Which pairs link two tables one to one: no record twice, the sum of scores the highest.

    Of all sets of pairs above the threshold in which no record of either table comes twice,
    the one whose scores exceed it by most in total. Each group of pairs that share records is
    solved by itself, as a sparse matching problem.

    Parameters
    ----------
    indices : array-like of int, shape (n_pairs, 2)
        Row positions in left and right. No pair may come twice.
    scores : array-like of shape (n_pairs,)
        Higher means more likely the same.
    threshold : float, default=0.0

    Returns
    -------
    ndarray of bool, shape (n_pairs,)

    Examples
    --------
    >>> from sklearn_dissim.tables import assign_pairs
    >>> assign_pairs([[0, 0], [0, 1], [1, 0], [2, 2]], [3.0, 2.0, 2.0, -1.0])
    array([False,  True,  True, False])
    """
    indices, scores = check_scored_pairs(indices, scores, threshold)
    assigned = scores > threshold
    above = np.flatnonzero(assigned)
    left, right = (np.unique(side, return_inverse=True)[1] for side in indices[above].T)
    shared = (np.bincount(left)[left] > 1) | (np.bincount(right)[right] > 1)
    above, left, right = above[shared], left[shared], right[shared]
    if len(above):
        n_left = left.max() + 1
        group = connected_components(left, n_left + right, n_left + right.max() + 1)[left]
        for some in _batches(group):
            rows = above[some]
            assigned[rows] = _matched(left[some], right[some], scores[rows] - threshold)
    return assigned


def _batches(group):
    """Positions of pairs in batches that cut no group apart."""
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    start = 0
    for stop in [*starts[1:], len(order)]:
        if stop - start >= _BATCH or stop == len(order):
            yield order[start:stop]
            start = stop


def _matched(left, right, gains):
    """Which pairs are in the matching of largest gain in total.

    Each left record may also stay alone, at a place of its own, for a gain of 0; so a full
    matching exists. As every left record has one place, the same may be added to all costs,
    which must not be 0 in a sparse matrix.
    """
    names, left = np.unique(left, return_inverse=True)
    n_left, n_right = len(names), len(np.unique(right))
    right = np.unique(right, return_inverse=True)[1]
    alone = np.arange(n_left)
    costs = 1.0 + np.concatenate([gains.max() - gains, np.full(n_left, gains.max())])
    rows = np.concatenate([left, alone])
    columns = np.concatenate([right, n_right + alone])
    shape = (n_left, n_right + n_left)
    graph = sparse.coo_array((costs, (rows, columns)), shape=shape).tocsr()
    place = np.empty(n_left, np.intp)
    row, column = min_weight_full_bipartite_matching(graph)
    place[row] = column
    return place[left] == right


def _correlation_clusters(indices, weights, components):
    """Components of positive pairs, taken apart where negative pairs within them say so."""
    within = components[indices[:, 0]] == components[indices[:, 1]]
    indices, weights = indices[within], weights[within]
    group = components[indices[:, 0]]
    disputed = np.unique(group[weights < 0])
    chosen = np.flatnonzero(np.isin(group, disputed))
    chosen = chosen[np.argsort(group[chosen], kind="stable")]
    labels = components.astype(np.int64)
    n_labels = len(labels)
    starts = np.flatnonzero(np.diff(group[chosen], prepend=-1))
    for some in np.split(chosen, starts[1:]) if len(chosen) else ():
        records, places = np.unique(indices[some], return_inverse=True)
        kept = _contracted(places.reshape(-1, 2), weights[some], len(records))
        labels[records] = n_labels + records[kept]
    return labels


def _contracted(edges, weights, n_nodes):
    """For each node the one that stands for its cluster, by greedy additive edge contraction."""
    around: list[dict] = [{} for _ in range(n_nodes)]
    for (a, b), weight in zip(edges.tolist(), weights.tolist(), strict=True):
        around[a][b] = around[b][a] = weight
    heap = [(-weight, a, b) for a in range(n_nodes) for b, weight in around[a].items() if a < b]
    heapify(heap)
    parent = np.arange(n_nodes)
    while heap and heap[0][0] < 0:
        loss, a, b = heappop(heap)
        if around[a].get(b) != -loss:
            continue  # from before one of the two was joined with another
        if len(around[a]) < len(around[b]):
            a, b = b, a
        parent[b] = a
        del around[a][b], around[b][a]
        for c, weight in around[b].items():
            del around[c][b]
            total = around[a].get(c, 0.0) + weight
            around[a][c] = around[c][a] = total
            heappush(heap, (-total, min(a, c), max(a, c)))
        around[b] = {}
    while (parent != parent[parent]).any():
        parent = parent[parent]
    return parent


def check_scored_pairs(indices, scores, threshold, *, one_table=False):
    """Indices of shape (n_pairs, 2), each pair once, and a finite score for each."""
    indices = np.asarray(indices)
    if indices.size == 0:
        indices = np.empty((0, 2), np.intp)
    if indices.ndim != 2 or indices.shape[1] != 2 or indices.dtype.kind not in "iu":
        raise ValueError(
            "indices must be whole numbers of shape (n_pairs, 2); "
            f"got shape {indices.shape}, dtype {indices.dtype}."
        )
    if (indices < 0).any():
        pair = int(np.flatnonzero((indices < 0).any(axis=1))[0])
        raise ValueError(f"indices must be at least 0; pair {pair} has {indices[pair].tolist()}.")
    if one_table and (indices[:, 0] == indices[:, 1]).any():
        pair = int(np.flatnonzero(indices[:, 0] == indices[:, 1])[0])
        raise ValueError(
            f"indices must pair two records; pair {pair} has {indices[pair].tolist()}."
        )
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape != (len(indices),):
        raise ValueError(
            f"scores must have shape (n_pairs,) = ({len(indices)},); got {scores.shape}."
        )
    if not np.isfinite(scores).all():
        pair = int(np.flatnonzero(~np.isfinite(scores))[0])
        raise ValueError(f"scores must be finite; pair {pair} has {scores[pair]}.")
    if not np.isfinite(threshold):
        raise ValueError(f"threshold must be finite; got {threshold!r}.")
    _refuse_repeated(np.sort(indices, axis=1) if one_table else indices)
    return indices.astype(np.intp), scores


def _refuse_repeated(indices):
    order = np.lexsort(indices.T)
    repeated = (indices[order[1:]] == indices[order[:-1]]).all(axis=1)
    if repeated.any():
        pair = int(order[1:][repeated][0])
        raise ValueError(f"indices must hold no pair twice; {indices[pair].tolist()} is there.")
