"""Group the records of one table by the scores of their pairs."""

from heapq import heapify, heappop, heappush

import numpy as np

from sklearn_dissim._utils.checks import check_count
from sklearn_dissim._utils.graphs import connected_components, renumber_by_first
from sklearn_dissim.tables._scored_pairs import check_scored_pairs

METHODS = ("connected_components", "correlation")


def cluster_pairs(indices, scores, n_records, *, method="connected_components", threshold=0.0):
    """Group records that are the same into clusters, by the scores of their pairs.

    Parameters
    ----------
    indices : array-like of int, shape (n_pairs, 2)
        Row positions of both records. No pair may come twice.
    scores : array-like of shape (n_pairs,)
        Higher means more likely the same.
    n_records : int
        Number of records, those without a pair among them.
    method : {"connected_components", "correlation"}, default="connected_components"
        How scores make clusters:

        - "connected_components": two records are the same where a chain of pairs at or above
          the threshold joins them. One wrong pair joins two clusters.
        - "correlation": pairs within a cluster should score above the threshold, pairs between
          clusters below. Starting with single records, the two clusters whose pairs exceed the
          threshold by most, in sum, are joined, as long as that sum is at least 0: greedy
          additive edge contraction [1]_, a heuristic for correlation clustering [2]_. Pairs
          that are not given have no influence.
    threshold : float, default=0.0
        Lowest score that speaks for the same.

    Returns
    -------
    ndarray of int, shape (n_records,)
        Cluster of each record, numbered from 0 in the order of the clusters' first records.

    See Also
    --------
    assign_pairs : Link two tables one to one.

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
    links = indices[scores >= threshold]
    labels = connected_components(links[:, 0], links[:, 1], n_records)
    if method == "correlation":
        labels = _correlation_clusters(indices, scores - threshold, labels)
    return renumber_by_first(labels)


def _correlation_clusters(indices, weights, components):
    """Return labels of clusters: components of links, cut where negative weights ask for it.

    Weights of links are at least 0, so clusters never cross the components of links; and a
    component without a negative weight is one cluster.
    """
    within = components[indices[:, 0]] == components[indices[:, 1]]
    indices, weights = indices[within], weights[within]
    component = components[indices[:, 0]]
    disputed = np.unique(component[weights < 0])
    pairs = np.flatnonzero(np.isin(component, disputed))
    pairs = pairs[np.argsort(component[pairs], kind="stable")]
    labels = components.astype(np.int64)
    n_labels = len(labels)
    starts = np.flatnonzero(np.diff(component[pairs], prepend=-1))
    for pairs_of_component in np.split(pairs, starts[1:]) if len(pairs) else ():
        records, nodes = np.unique(indices[pairs_of_component], return_inverse=True)
        edges = nodes.reshape(-1, 2)
        representatives = _contract_edges(edges, weights[pairs_of_component], len(records))
        labels[records] = n_labels + records[representatives]
    return labels


def _contract_edges(edges, weights, n_nodes):
    """Return for each node the one that represents its cluster.

    Greedy additive edge contraction: the edge of largest weight is contracted, and edges that
    become parallel are added up, until all weights are negative.
    """
    neighbours: list[dict] = [{} for _ in range(n_nodes)]
    for (a, b), weight in zip(edges.tolist(), weights.tolist(), strict=True):
        neighbours[a][b] = neighbours[b][a] = weight
    heap = [(-weight, a, b) for a in range(n_nodes) for b, weight in neighbours[a].items() if a < b]
    heapify(heap)
    parent = np.arange(n_nodes)
    while heap and heap[0][0] <= 0:
        cost, a, b = heappop(heap)
        if neighbours[a].get(b) != -cost:
            continue  # outdated: one of the two has been contracted with another node
        if len(neighbours[a]) < len(neighbours[b]):
            a, b = b, a
        parent[b] = a
        del neighbours[a][b], neighbours[b][a]
        for c, weight in neighbours[b].items():
            del neighbours[c][b]
            total = neighbours[a].get(c, 0.0) + weight
            neighbours[a][c] = neighbours[c][a] = total
            heappush(heap, (-total, min(a, c), max(a, c)))
        neighbours[b] = {}
    while (parent != parent[parent]).any():
        parent = parent[parent]
    return parent
