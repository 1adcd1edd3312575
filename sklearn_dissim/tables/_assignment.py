"""Link two tables one to one: a matching of largest weight in a bipartite graph."""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from sklearn_dissim._utils.graphs import connected_components
from sklearn_dissim.tables._scored_pairs import check_scored_pairs

# Pairs matched at a time: the matching takes time for all records of a batch, once for each.
_BATCH = 1000


def assign_pairs(indices, scores, *, threshold=0.0):
    """Choose the pairs that link two tables one to one, with the largest sum of scores.

    Of all sets of pairs at or above the threshold in which no record of either table comes
    twice, choose the one whose scores exceed the threshold by most in total. Pairs that score
    the threshold itself change no total; they link what else would stay without a link.

    Parameters
    ----------
    indices : array-like of int, shape (n_pairs, 2)
        Row positions in the left and in the right table. No pair may come twice.
    scores : array-like of shape (n_pairs,)
        Higher means more likely the same.
    threshold : float, default=0.0
        Lowest score of a link.

    Returns
    -------
    ndarray of bool, shape (n_pairs,)
        Whether each pair is a link.

    See Also
    --------
    cluster_pairs : Group the records of one table.

    Notes
    -----
    Each connected component of the graph of pairs is a matching problem of its own, which is
    solved by a sparse implementation of the shortest augmenting path.

    Examples
    --------
    >>> from sklearn_dissim.tables import assign_pairs
    >>> assign_pairs([[0, 0], [0, 1], [1, 0], [2, 2]], [3.0, 2.0, 2.0, -1.0])
    array([False,  True,  True, False])
    """
    indices, scores = check_scored_pairs(indices, scores, threshold)
    gains = scores - threshold
    assigned = np.zeros(len(indices), bool)
    above = np.flatnonzero(gains > 0)
    assigned[above] = _largest_matching(indices[above], gains[above])
    left, right = (np.isin(side, side[assigned]) for side in indices.T)
    free = np.flatnonzero((gains == 0) & ~left & ~right)
    assigned[free] = _largest_matching(indices[free], np.ones(len(free)))
    return assigned


def _largest_matching(indices, gains):
    """Tell which pairs are in the matching with the largest sum of positive gains."""
    chosen = np.ones(len(indices), bool)
    left, right = (np.unique(side, return_inverse=True)[1] for side in indices.T)
    # A pair that shares no record with another one is in every largest matching.
    shared = (np.bincount(left)[left] > 1) | (np.bincount(right)[right] > 1)
    rivals = np.flatnonzero(shared)
    if not len(rivals):
        return chosen
    left, right = left[rivals], right[rivals]
    n_left = left.max() + 1
    component = connected_components(left, n_left + right, n_left + right.max() + 1)[left]
    for batch in _batches(component):
        chosen[rivals[batch]] = _matching_of_batch(left[batch], right[batch], gains[rivals[batch]])
    return chosen


def _batches(component):
    """Yield positions of pairs in batches that cut no component apart."""
    order = np.argsort(component, kind="stable")
    starts = np.flatnonzero(np.diff(component[order], prepend=-1))
    start = 0
    for stop in [*starts[1:], len(order)]:
        if stop - start >= _BATCH or stop == len(order):
            yield order[start:stop]
            start = stop


def _matching_of_batch(left, right, gains):
    """Tell which pairs are in the matching with the largest sum of gains.

    The solver wants a full matching of smallest cost, in which every left record has a
    partner. So each left record gets a place of its own besides the right records, where it
    stays alone at a gain of 0.
    """
    records, left = np.unique(left, return_inverse=True)
    n_left = len(records)
    right = np.unique(right, return_inverse=True)[1]
    n_right = right.max() + 1
    alone = np.arange(n_left)
    # Every left record pays once, so a constant changes nothing; it keeps the costs above 0,
    # which a sparse matrix would take for no edge.
    costs = 1.0 + np.concatenate([gains.max() - gains, np.full(n_left, gains.max())])
    rows = np.concatenate([left, alone])
    columns = np.concatenate([right, n_right + alone])
    shape = (n_left, n_right + n_left)
    graph = sparse.coo_array((costs, (rows, columns)), shape=shape).tocsr()
    place = np.empty(n_left, np.intp)
    row, column = min_weight_full_bipartite_matching(graph)
    place[row] = column
    return place[left] == right
