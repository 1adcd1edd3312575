"""Which gallery items are relevant to a query, and which are ignored for it."""

import numpy as np
import pytest

from sklearn_dissim.metrics import RankedGalleryDisplay
from sklearn_dissim.metrics._relevance import judge_relevance
from sklearn_dissim.metrics._relevant_ranks import relevant_ranks


def lists(row_lists):
    return [row_lists.of(query).tolist() for query in range(len(row_lists.lengths))]


def test_identities_and_groups_decide():
    relevance = judge_relevance(
        (3, 6),
        ["ann", "bob", "ann"],
        ["ann", "bob", "ann", "cleo", "ann", "bob"],
        query_groups=[1, 1, 2],
        gallery_groups=[1, 1, 2, 1, 2, 2],
    )
    assert lists(relevance.relevant) == [[2, 4], [5], [0]]
    assert lists(relevance.ignored) == [[0], [1], [2, 4]]
    assert relevance.junk_rows.tolist() == []
    assert relevance.is_known.tolist() == [True, True, True]


def test_the_unknown_are_ignored_by_all_and_find_nobody():
    relevance = judge_relevance((2, 4), [7, -1], [-1, 7, 8, -1])
    assert lists(relevance.relevant) == [[1], []]
    assert lists(relevance.ignored) == [[], []]
    assert relevance.junk_rows.tolist() == [0, 3]
    assert relevance.is_known.tolist() == [True, False]
    assert relevance.all_ignored_for(0).tolist() == [0, 3]


def test_queries_that_are_the_gallery_do_not_find_themselves():
    relevance = judge_relevance((4, 4), [5, 6, 5, 5], query_groups=[0, 0, 1, 0])
    assert lists(relevance.relevant) == [[2], [], [0, 3], [2]]
    assert lists(relevance.ignored) == [[0, 3], [1], [2], [0, 3]]


def test_some_queries_are_judged_as_among_all():
    identities, groups = [5, 6, 5, 5, -1], [0, 0, 1, 0, 1]
    of_all = judge_relevance((5, 5), identities, query_groups=groups)
    queries = np.array([3, 1, 4])
    of_some = judge_relevance((5, 5), identities, query_groups=groups, queries=queries)
    for name in ("relevant", "ignored"):
        expected = [lists(getattr(of_all, name))[query] for query in queries]
        assert lists(getattr(of_some, name)) == expected
    assert of_some.is_known.tolist() == [True, True, False]
    assert of_some.junk_rows.tolist() == [4]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.parametrize("queries_are_gallery", [False, True])
@pytest.mark.parametrize("has_groups", [False, True])
def test_metrics_and_pictures_rank_alike(queries_are_gallery, has_groups):
    rng = np.random.default_rng(0)
    scores = rng.permutation(400).reshape(20, 20)
    sides = ["query"] if queries_are_gallery else ["query", "gallery"]
    identities = {f"{side}_identities": rng.integers(-1, 5, 20) for side in sides}
    groups = {f"{side}_groups": rng.integers(0, 3, 20) for side in sides} if has_groups else {}
    items = np.zeros((20, 2))
    display = RankedGalleryDisplay.from_predictions(
        scores, **identities, **groups, query_items=items, gallery_items=items, k=20, n_queries=20
    )
    ranked = relevant_ranks(scores, **identities, **groups)
    queries, places = np.nonzero(display.relevant)
    np.testing.assert_array_equal(queries, np.repeat(ranked.queries, ranked.counts))
    np.testing.assert_array_equal(places + 1, ranked.ranks)
