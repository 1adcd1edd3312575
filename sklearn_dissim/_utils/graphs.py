"""Partitions of nodes: the connected components of a graph, and the numbers of the parts."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components as components_of_matrix


def connected_components(left, right, n_nodes):
    """Return the number of each node's component in an undirected graph.

    Parameters
    ----------
    left, right : ndarray of int, shape (n_edges,)
        Both nodes of each edge.
    n_nodes : int
        Number of nodes, those without an edge among them.

    Returns
    -------
    ndarray of int, shape (n_nodes,)
        Two nodes have the same number where a chain of edges joins them.
    """
    # Booleans, since the conversion adds up edges that occur several times.
    edges = coo_array((np.ones(len(left), bool), (left, right)), shape=(n_nodes, n_nodes))
    return components_of_matrix(edges.tocsr(), directed=False)[1]


def renumber_by_first(labels):
    """Return the same partition with its parts numbered from 0 by their first members.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        Equal labels mark the members of one part.

    Returns
    -------
    ndarray of int, shape (n,)
        The first label becomes 0, the first that differs from it 1, and so on.
    """
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]
