import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import average_precision_score

from sklearn_dissim.metrics import (
    average_precision,
    cmc_curve,
    mean_average_precision_score,
    mean_inverse_negative_penalty_score,
    r_precision_score,
    recall_at_k_score,
)
from sklearn_dissim.metrics._relevant_ranks import relevant_ranks
from sklearn_dissim.metrics._score_matrix import ScoreMatrix


def slow_ranks(scores, queries, gallery, query_groups=None, gallery_groups=None, alone=False):
    """Ranks of the relevant items of each query, by sorting a list."""
    all_ranks = []
    for q, identity in enumerate(queries):
        listed = []
        for g, other in enumerate(gallery):
            same = identity == other
            own_group = query_groups is not None and query_groups[q] == gallery_groups[g]
            if other == -1 or (same and own_group) or (alone and q == g):
                continue
            listed.append((-scores[q][g], same))  # False, irrelevant, comes first
        ranked = [same for _, same in sorted(listed)]
        all_ranks.append([rank for rank, same in enumerate(ranked, 1) if same and identity != -1])
    return all_ranks


@st.composite
def searches(draw):
    """Scores with ties, identities with unknown ones, groups or none."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_queries, n_gallery = draw(st.integers(1, 8)), draw(st.integers(1, 15))
    alone = draw(st.booleans())
    n_gallery = n_queries if alone else n_gallery
    n_identities, n_scores = draw(st.integers(1, 5)), draw(st.sampled_from([1, 3, 1000]))
    scores = rng.integers(0, n_scores, (n_queries, n_gallery)).astype(draw(st.sampled_from("if")))
    queries = rng.integers(-1, n_identities, n_queries)
    gallery = queries if alone else rng.integers(-1, n_identities, n_gallery)
    groups = {}
    if draw(st.booleans()):
        groups["query_groups"] = rng.integers(0, 3, n_queries)
        groups["gallery_groups"] = rng.integers(0, 3, n_gallery)
        if alone:
            groups["gallery_groups"] = groups["query_groups"]
    expected = slow_ranks(scores, queries, gallery, **groups, alone=alone)
    assume(any(expected))
    if alone:
        gallery, groups = None, {k: v for k, v in groups.items() if k == "query_groups"}
    return (scores, queries, gallery), groups, expected


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@settings(deadline=None)
@given(searches())
def test_ranks_are_those_of_a_sorted_list(search):
    args, groups, expected = search
    ranked = relevant_ranks(*args, **groups)
    assert ranked.queries.tolist() == [q for q, ranks in enumerate(expected) if ranks]
    assert ranked.ranks.tolist() == [rank for ranks in expected for rank in ranks]
    assert np.split(ranked.ranks, ranked.offsets[1:-1])[0].tolist() == next(filter(None, expected))
    assert ranked.n_queries == len(expected)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@settings(deadline=None)
@given(searches(), st.integers(1, 20))
def test_metrics_by_their_definitions(search, k):
    args, groups, expected = search
    n_gallery = args[0].shape[1]
    valid = [np.array(ranks) for ranks in expected if ranks]
    precisions = [np.mean([(r <= at).mean() * len(r) / at for at in r]) for r in valid]
    by_query = average_precision(*args, **groups)
    np.testing.assert_allclose(by_query[~np.isnan(by_query)], precisions)
    assert np.isnan(by_query).tolist() == [not ranks for ranks in expected]
    assert mean_average_precision_score(*args, **groups) == pytest.approx(np.mean(precisions))
    hits = [np.mean([r[0] <= rank for r in valid]) for rank in range(1, n_gallery + 1)]
    np.testing.assert_allclose(cmc_curve(*args, **groups), hits)
    np.testing.assert_allclose(cmc_curve(*args, **groups, max_rank=k), (hits + 20 * [1.0])[:k])
    assert recall_at_k_score(*args, **groups, k=k) == pytest.approx(
        np.mean([r[0] <= k for r in valid])
    )
    assert recall_at_k_score(*args, **groups, k=k, of="items") == pytest.approx(
        np.mean([(r <= k).mean() for r in valid])
    )
    assert r_precision_score(*args, **groups) == pytest.approx(
        np.mean([(r <= len(r)).mean() for r in valid])
    )
    assert mean_inverse_negative_penalty_score(*args, **groups) == pytest.approx(
        np.mean([len(r) / r[-1] for r in valid])
    )


def test_average_precision_is_divided_by_all_relevant_items():
    scores = [[9, 8, 1, 1, 1, 1, 2]]
    gallery = ["ann", "bob", "ann", "ann", "ann", "ann", "bob"]
    expected = (1 / 1 + 2 / 4 + 3 / 5 + 4 / 6 + 5 / 7) / 5
    assert average_precision(scores, ["ann"], gallery)[0] == pytest.approx(expected)


def test_items_of_the_query_s_own_camera_are_ignored():
    scores, gallery = [[5.0, 4.0, 3.0, 2.0]], ["ann", "bob", "ann", "bob"]
    cameras = {"query_groups": [1], "gallery_groups": [1, 1, 2, 2]}
    # The first is gone; of other identities, the query's own camera counts as any other.
    assert cmc_curve(scores, ["ann"], gallery, **cameras).tolist() == [0, 1, 1, 1]
    assert cmc_curve(scores, ["ann"], gallery).tolist() == [1, 1, 1, 1]


def test_unknown_items_are_ignored_and_unknown_queries_left_out():
    scores = [[5.0, 4.0, 3.0], [5.0, 4.0, 3.0]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        precision = average_precision(scores, [7, -1], [-1, 7, 8])
    np.testing.assert_array_equal(precision, [1.0, np.nan])


def test_tied_items_that_are_wrong_come_first():
    assert average_precision([[1.0, 1.0, 1.0]], [0], [0, 1, 0])[0] == pytest.approx(
        (1 / 2 + 2 / 3) / 2
    )


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_agrees_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    scores = rng.permutation(60).reshape(3, 20)
    queries, gallery = np.arange(3), rng.permutation(np.arange(20) % 4)
    np.testing.assert_allclose(
        average_precision(scores, queries, gallery),
        [average_precision_score(gallery == q, scores[q]) for q in queries],
    )


def test_agrees_with_torchmetrics():
    retrieval = pytest.importorskip("torchmetrics.functional.retrieval")
    import torch

    rng = np.random.default_rng(0)
    scores = rng.random((8, 50))  # torchmetrics holds items of negative score irrelevant
    queries, gallery = np.arange(8), rng.integers(0, 10, 50)

    def mean(metric, **options):
        return np.mean(
            [
                metric(torch.tensor(row), torch.tensor(gallery == q), **options).item()
                for q, row in zip(queries, scores, strict=True)
            ]
        )

    args = scores, queries, gallery
    for ours, theirs in [
        (mean_average_precision_score(*args), mean(retrieval.retrieval_average_precision)),
        (r_precision_score(*args), mean(retrieval.retrieval_r_precision)),
        (recall_at_k_score(*args, k=5), mean(retrieval.retrieval_hit_rate, top_k=5)),
        (recall_at_k_score(*args, k=5, of="items"), mean(retrieval.retrieval_recall, top_k=5)),
    ]:
        assert ours == pytest.approx(theirs, rel=1e-6)


class Lazy:
    """Scores that are computed when they are asked for."""

    def __init__(self, scores):
        self._scores, self.shape = scores, scores.shape

    def relevant_ranks_of(self, *relevance):
        self.relevance = relevance
        return ScoreMatrix(self._scores).relevant_ranks_of(*relevance)


def test_scores_may_be_an_object_that_ranks_by_itself():
    scores = np.random.default_rng(0).standard_normal((4, 6))
    queries, gallery = [2, 1, -1, 0], [0, 1, -1, 1, 0, 2]
    cameras = {"query_groups": list("abab"), "gallery_groups": list("aabbbb")}
    lazy = Lazy(scores)
    np.testing.assert_array_equal(
        average_precision(lazy, queries, gallery, **cameras),
        average_precision(scores, queries, gallery, **cameras),
    )
    rows, offsets, ignored, ignored_offsets, junk = (a.tolist() for a in lazy.relevance)
    assert (rows, offsets) == ([5, 1, 0], [0, 1, 2, 2, 3])
    assert (ignored, ignored_offsets) == ([3, 4], [0, 0, 1, 1, 2])
    assert junk == [2]


def test_many_items_in_memory_for_pairs_of_one_identity():
    class Counted:
        shape = (200_000, 200_000)

        def relevant_ranks_of(self, rows, offsets, ignored, ignored_offsets, junk):
            assert len(rows) == len(ignored) == 200_000
            return np.ones(len(rows), int)

    assert mean_average_precision_score(Counted(), np.arange(200_000) // 2) == 1


def test_queries_with_nothing_relevant_are_counted():
    with pytest.warns(UndefinedMetricWarning, match="1 of 2 queries have nothing relevant") as said:
        assert cmc_curve([[1, 2], [2, 1]], [0, 5], [0, 1]).tolist() == [0, 1]
    assert said[0].filename == __file__


@pytest.mark.parametrize(
    ("identities", "groups", "message"),
    [
        (([0, 1], [0, 1, 0]), ([1, 1], [1, 1, 1]), "has the query's own group"),
        (([0, 1], [2, 3, 4]), (None, None), "nothing to be found"),
        (([-1, -1], [-1, 3, 4]), (None, None), "all are -1, unknown"),
        (([0, 1], [2, 3]), (None, None), "3 items, 2 gallery_identities"),
        (([0], [2, 3, 0]), (None, None), "2 items, 1 query_identities"),
        (([0, 1], [0, 1, 0]), ([1, 1], None), "gallery_groups must be given too"),
        (([0, 1], [0, 1, 0]), (None, [1, 1, 1]), "query_groups must be given too"),
        (([0, 1], [0, 1, 0]), ([1, 1], [1, 1]), "3 items, 2 gallery_groups"),
        (([0, 1], [0, 1, np.nan]), (None, None), "gallery_identities contain NaN"),
        (([0, 1], None), (None, None), r"gallery_identities must be given .* \(2, 3\)"),
    ],
)
def test_bad_identities_and_groups(identities, groups, message):
    with pytest.raises(ValueError, match=message):
        cmc_curve(np.ones((2, 3)), *identities, query_groups=groups[0], gallery_groups=groups[1])


def test_one_item_of_each_identity_has_no_other_to_be_found():
    with pytest.raises(ValueError, match="in another item than the query"):
        cmc_curve(np.eye(3), [0, 1, 2])
    with pytest.raises(ValueError, match="gallery_groups must be None"):
        cmc_curve(np.eye(3), [0, 0, 1], query_groups=[1, 2, 3], gallery_groups=[1, 2, 3])


def test_numbers_are_not_equal_to_strings():
    with pytest.raises(TypeError, match="identities must all be of one type"):
        cmc_curve(np.eye(2), [0, 1], ["0", "1"])


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([[1.0, 2.0], [np.nan, 1.0]], "query 1 contain NaN"),
        ([1.0, 2.0], r"got shape \(2,\)"),
        ([["a", "b"], ["c", "d"]], "dtype <U1"),
        (np.ma.masked_less([[1.0, 2.0], [3.0, 1.0]], 2), "masked values"),
    ],
)
def test_bad_scores(scores, message):
    with pytest.raises(ValueError, match=message):
        average_precision(scores, [0, 1], [0, 1])


@pytest.mark.parametrize("rank", [0, -1, 1.5, True, "one"])
def test_bad_ranks(rank):
    with pytest.raises(ValueError, match="k must be a whole number"):
        recall_at_k_score(np.eye(2), [0, 1], [0, 1], k=rank)
    with pytest.raises(ValueError, match="max_rank must be a whole number"):
        cmc_curve(np.eye(2), [0, 1], [0, 1], max_rank=rank)
    with pytest.raises(ValueError, match="of must be 'queries' or 'items'; got 'all'"):
        recall_at_k_score(np.eye(2), [0, 1], [0, 1], k=1, of="all")
