"""Clusters of scored pairs, beside exhaustive search and networkx."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from sklearn_dissim.tables import cluster_pairs
from tests.helpers.scored_pairs import eighths, scored


@given(scored(7), eighths)
@settings(deadline=None, max_examples=60)
def test_components_are_those_of_networkx(problem, threshold):
    pairs, scores = problem
    graph = nx.Graph(map(tuple, pairs[scores >= threshold]))
    graph.add_nodes_from(range(7))
    labels = cluster_pairs(pairs, scores, 7, threshold=threshold)
    expected = np.empty(7, int)
    for number, component in enumerate(nx.connected_components(graph)):
        expected[list(component)] = number
    assert adjusted_rand_score(expected, labels) == 1.0
    # Numbered in the order of their first records.
    assert [label for i, label in enumerate(labels) if label not in labels[:i]] == list(
        range(labels.max() + 1)
    )


def agreement(pairs, scores, labels):
    return scores[labels[pairs[:, 0]] == labels[pairs[:, 1]]].sum()


@given(scored(6))
@settings(deadline=None, max_examples=60)
def test_no_two_correlation_clusters_are_better_joined(problem):
    pairs, scores = problem
    labels = cluster_pairs(pairs, scores, 6, method="correlation")
    reached = agreement(pairs, scores, labels)
    assert reached >= agreement(pairs, scores, np.arange(6))
    for one, other in combinations(np.unique(labels), 2):
        joined = np.where(labels == other, one, labels)
        assert agreement(pairs, scores, joined) <= reached


@given(scored(6), st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_clusters_do_not_depend_on_the_order_of_pairs(problem, seed):
    pairs, scores = problem
    other = np.random.default_rng(seed).permutation(len(pairs))
    turned = pairs[other][:, ::-1]
    for method in ("connected_components", "correlation"):
        labels = cluster_pairs(pairs, scores, 6, method=method)
        assert cluster_pairs(turned, scores[other], 6, method=method).tolist() == labels.tolist()


def test_a_weak_chain_between_two_groups_is_cut():
    pairs = [*combinations(range(3), 2), *combinations(range(3, 6), 2), (2, 3), (0, 5), (1, 4)]
    scores = [2.0] * 6 + [1.0, -1.0, -1.0]
    assert cluster_pairs(pairs, scores, 7).tolist() == [0, 0, 0, 0, 0, 0, 1]
    cut = cluster_pairs(pairs, scores, 7, method="correlation")
    assert cut.tolist() == [0, 0, 0, 1, 1, 1, 2]


def test_a_pair_without_a_score_says_nothing():
    for method in ("connected_components", "correlation"):
        assert cluster_pairs([[0, 1], [1, 2]], [1.0, 1.0], 3, method=method).tolist() == [0] * 3


def test_planted_clusters_are_found_in_noise():
    rng = np.random.default_rng(1)
    truth = np.repeat(np.arange(40), 5)
    pairs = np.array(list(combinations(range(200), 2)))
    pairs = pairs[rng.random(len(pairs)) < 0.8]
    same = truth[pairs[:, 0]] == truth[pairs[:, 1]]
    scores = np.where(same, 1.0, -1.0) + rng.normal(0, 0.5, len(pairs))
    found = cluster_pairs(pairs, scores, 200, method="correlation")
    assert adjusted_rand_score(truth, found) > 0.9
    assert adjusted_rand_score(truth, cluster_pairs(pairs, scores, 200)) < 0.1


@pytest.mark.parametrize("method", ["connected_components", "correlation"])
def test_no_pairs_make_clusters_of_one(method):
    assert cluster_pairs([], [], 3, method=method).tolist() == [0, 1, 2]
    assert cluster_pairs([[0, 2]], [-1.0], 3, method=method).tolist() == [0, 1, 2]
    assert cluster_pairs([], [], 0, method=method).tolist() == []


@pytest.mark.parametrize(
    ("indices", "scores", "message"),
    [
        ([[0, 1], [1, 0]], [1.0, 1.0], r"no pair twice; \[0, 1\]"),
        ([[0, 0]], [1.0], "two records; pair 0"),
        ([[0, 1]], [np.nan], "finite; pair 0"),
        ([[0, 1]], [1.0, 2.0], r"shape \(n_pairs,\) = \(1,\)"),
        ([[0.5, 1]], [1.0], "whole numbers"),
        ([0, 1], [1.0], "shape"),
        ([[0, -1]], [1.0], "at least 0; pair 0"),
        ([[0, 1], [0, 3]], [1.0, 1.0], "between 0 and 2, the last of 3 records; pair 1"),
    ],
)
def test_bad_pairs_are_named(indices, scores, message):
    with pytest.raises(ValueError, match=message):
        cluster_pairs(indices, scores, 3)


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="method must be one of"):
        cluster_pairs([[0, 1]], [1.0], 2, method="pivot")
    with pytest.raises(ValueError, match="n_records must be"):
        cluster_pairs([[0, 1]], [1.0], 2.5)
    with pytest.raises(ValueError, match="threshold must be finite"):
        cluster_pairs([[0, 1]], [1.0], 2, threshold=np.nan)


@pytest.mark.parametrize("method", ["connected_components", "correlation"])
def test_records_whose_pair_scores_the_threshold_are_the_same(method):
    pairs, scores = [[0, 1], [2, 3]], [0.75, 0.5]
    labels = cluster_pairs(pairs, scores, 4, method=method, threshold=0.75)
    assert labels.tolist() == [0, 0, 1, 2]


def test_clusters_whose_pairs_add_up_to_the_threshold_are_joined():
    # 0-1 first; then 2, for and against which the scores of 0-2 and 1-2 are equal.
    pairs = [[0, 1], [0, 2], [1, 2]]
    assert cluster_pairs(pairs, [3.0, 1.0, -1.0], 3, method="correlation").tolist() == [0, 0, 0]
    assert cluster_pairs(pairs, [3.0, 1.0, -1.5], 3, method="correlation").tolist() == [0, 0, 1]
