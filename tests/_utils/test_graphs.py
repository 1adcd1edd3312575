"""Connected components and the numbers of parts."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dissim._utils.graphs import connected_components, renumber_by_first

nodes = st.integers(0, 8)


@given(st.lists(st.tuples(nodes, nodes)))
@settings(deadline=None, max_examples=60)
def test_components_are_those_of_networkx(edges):
    graph = nx.Graph(edges)
    graph.add_nodes_from(range(9))
    left, right = np.reshape(edges, (-1, 2)).astype(int).T
    labels = connected_components(left, right, 9)
    parts = {frozenset(np.flatnonzero(labels == label).tolist()) for label in labels}
    assert parts == set(map(frozenset, nx.connected_components(graph)))


def test_an_edge_that_is_repeated_256_times_stays_an_edge():
    edges = np.zeros(256, int)
    assert len(set(connected_components(edges, edges + 1, 3))) == 2


def test_a_graph_without_nodes_has_no_components():
    nothing = np.empty(0, int)
    assert connected_components(nothing, nothing, 0).tolist() == []


def test_parts_are_numbered_by_their_first_members():
    assert renumber_by_first(np.array([7, 3, 7, -1, 3])).tolist() == [0, 1, 0, 2, 1]
    assert renumber_by_first(np.array(["b", "a", "b"])).tolist() == [0, 1, 0]
