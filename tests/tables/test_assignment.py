"""One-to-one links of scored pairs, beside exhaustive search and networkx."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from sklearn_dissim.tables import _assignment, assign_pairs
from tests.helpers.scored_pairs import eighths, scored


@given(scored(5, 4), eighths)
@settings(deadline=None, max_examples=100)
def test_assignment_has_the_largest_sum(problem, threshold):
    pairs, scores = problem
    assigned = assign_pairs(pairs, scores, threshold=threshold)
    for side in pairs[assigned].T:
        assert len(set(side)) == len(side)
    assert (scores[assigned] >= threshold).all()
    gains = np.zeros((5, 4))
    gains[tuple(pairs.T)] = np.maximum(scores - threshold, 0)
    rows, columns = linear_sum_assignment(gains, maximize=True)
    assert (scores[assigned] - threshold).sum() == pytest.approx(gains[rows, columns].sum())


def test_a_large_assignment_agrees_with_networkx(monkeypatch):
    monkeypatch.setattr(_assignment, "_BATCH", 20)  # several batches
    rng = np.random.default_rng(0)
    left = np.repeat(np.arange(120), 3)
    right = left // 8 * 8 + rng.integers(0, 8, 360)
    pairs = np.unique(np.stack([left, right], axis=1), axis=0)
    scores = rng.normal(size=len(pairs))
    assigned = assign_pairs(pairs, scores)
    graph = nx.Graph()
    graph.add_weighted_edges_from(
        (f"q{i}", f"r{j}", score) for (i, j), score in zip(pairs, scores, strict=True) if score > 0
    )
    best = sum(graph.edges[edge]["weight"] for edge in nx.max_weight_matching(graph))
    assert scores[assigned].sum() == pytest.approx(best)


def test_assignment_gives_up_the_best_pair_for_two_good_ones():
    pairs = [[0, 0], [0, 1], [1, 0]]
    assert assign_pairs(pairs, [3.0, 2.0, 2.0]).tolist() == [False, True, True]
    assert assign_pairs(pairs, [5.0, 2.0, 2.0]).tolist() == [True, False, False]
    # Above a threshold of 1.5 the two good ones are worth 1 together, the best one 1.5.
    assert assign_pairs(pairs, [3.0, 2.0, 2.0], threshold=1.5).tolist() == [True, False, False]


def test_nothing_to_assign():
    assert assign_pairs([], []).shape == (0,)
    assert assign_pairs([[0, 0]], [-1.0]).tolist() == [False]


def test_pairs_that_score_the_threshold_are_linked_where_records_are_free():
    assert assign_pairs([[0, 0]], [0.0]).tolist() == [True]
    assert assign_pairs([[0, 0], [0, 1]], [0.5, 0.75], threshold=0.75).tolist() == [False, True]
    # 0-0 is worth more than 0 and takes its records from the pairs at the threshold.
    pairs, scores = [[0, 0], [0, 1], [1, 0], [2, 2]], [1.0, 0.0, 0.0, 0.0]
    assert assign_pairs(pairs, scores).tolist() == [True, False, False, True]


@given(scored(5, 4))
@settings(deadline=None, max_examples=60)
def test_ties_at_the_threshold_link_as_many_records_as_possible(problem):
    pairs, _ = problem
    assigned = assign_pairs(pairs, np.full(len(pairs), 0.125), threshold=0.125)
    graph = coo_array((np.ones(len(pairs)), pairs.T), shape=(5, 4)).tocsr()
    assert assigned.sum() == (maximum_bipartite_matching(graph) >= 0).sum()


def test_bad_pairs_are_named():
    with pytest.raises(ValueError, match=r"no pair twice; \[0, 1\]"):
        assign_pairs([[0, 1], [0, 1]], [1.0, 2.0])
    assert assign_pairs([[0, 1], [1, 0]], [1.0, 2.0]).tolist() == [True, True]
