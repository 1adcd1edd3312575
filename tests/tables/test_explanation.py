"""What a RecordMatcher says of the reasons for its scores."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dissim import IndexedPairs
from sklearn_dissim.tables import RecordMatcher, candidate_pairs
from sklearn_dissim.tables._explanation import explanation_table


def test_contributions_of_a_linear_classifier_add_up(halves):
    left, right, links = halves[0]
    linear = make_pipeline(StandardScaler(), LogisticRegression())
    matcher = RecordMatcher(linear, random_state=0)
    matcher.fit_links(left, right, links=links, complete=True)
    pairs = candidate_pairs(left, right, rules="town").pairs[:20]
    explained = matcher.explain(pairs)
    sums = explained.groupby("pair")["contribution"].sum()
    scores = explained.groupby("pair")["score"].first()
    np.testing.assert_allclose(scores, matcher.decision_function(pairs))
    rest = scores - sums
    np.testing.assert_allclose(rest, rest.iloc[0])  # the score of a neutral pair


def test_an_explanation_says_what_is_alike_and_what_is_not(fitted):
    table = pd.DataFrame(
        {
            "name": ["anna", "anna", None, "zeno"],
            "surname": ["keller", "keler", "keller", "obrist"],
            "town": ["bern", "bern", "bern", "chur"],
            "born": [1950.0, 1950.0, np.nan, 2001.0],
        }
    )
    explained = fitted.explain(IndexedPairs(table, [[0, 1], [0, 3], [0, 2]]))
    assert list(explained.columns) == [
        *("pair", "column", "left", "right", "contribution", "words", "score")
    ]
    by_column = explained.set_index(["pair", "column"])
    assert by_column.loc[(0, "name"), "contribution"] > 0
    assert by_column.loc[(0, "born"), "contribution"] > 0
    assert by_column.loc[(1, "surname"), "contribution"] < 0
    assert by_column.loc[(0, "name"), "words"].startswith("name: both 'anna': the same (+")
    words = by_column.loc[(1, "surname"), "words"]
    assert words.startswith("surname: 'keller' and 'obrist': different (-")
    words = by_column.loc[(2, "born"), "words"]
    assert words.startswith("born: 1950.0, missing on the other side: ")
    for _, weights in explained.groupby("pair")["contribution"]:
        assert weights.abs().is_monotonic_decreasing


def test_a_place_of_two_columns_is_explained_as_one():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"lat": 46 + rng.random(40), "lon": 7 + rng.random(40), "kind": ["a", "b"] * 20}
    )
    table = pd.concat([table, table + {"lat": 1e-4, "lon": 0.0, "kind": ""}], ignore_index=True)
    links = np.stack([np.arange(40), np.arange(40, 80)], axis=1)
    matcher = RecordMatcher(LogisticRegression(), rules="kind", random_state=0)
    matcher.fit_links(table, links=links)
    explained = matcher.explain(IndexedPairs(table, links[:1]))
    place = explained.set_index("column").loc["lat_lon"]
    assert place["left"] == (table["lat"][0], table["lon"][0])
    assert place["contribution"] > 0


@pytest.mark.parametrize(
    ("left", "right", "contribution", "words"),
    [
        ("ab", "ab", 1.234, "x: both 'ab': the same (+1.23)"),
        (np.float64(1), 2, -0.5, "x: 1.0 and 2: different (-0.50)"),
        (pd.NA, pd.NaT, 0.001, "x: missing on both sides: says nothing"),
        (None, " ", 0.3, "x: missing on both sides: the same (+0.30)"),
        (" ", ["a"], 0.3, "x: ['a'], missing on the other side: the same (+0.30)"),
        (np.ones(2), np.ones(2), 0.3, "x: both array([1., 1.]): the same (+0.30)"),
        ((np.nan, np.nan), (1.0, 2.0), -1, "x: (1.0, 2.0), missing on the other side: diff"),
        ("a" * 99, "b", -1, f"x: '{'a' * 29}... and 'b': different (-1.00)"),
    ],
)
def test_words_for_values_of_all_kinds(left, right, contribution, words):
    sides = [np.empty(1, dtype=object) for _ in range(2)]
    for side, value in zip(sides, (left, right), strict=True):
        side[0] = value
    scores, parts = np.zeros(1), np.array([[contribution]])
    table = explanation_table(["x"], sides[:1], sides[1:], scores, parts)
    assert table["words"][0].startswith(words)


def test_columns_may_have_names_that_are_no_strings():
    table = pd.DataFrame({0: [1.0, 2.0, 1.0, 2.5, 9.0, 8.0], 1: list("ababcd")})
    pairs = IndexedPairs(table, [[0, 2], [1, 3], [0, 1], [4, 5]])
    explained = RecordMatcher(LogisticRegression()).fit(pairs, [1, 1, 0, 0]).explain(pairs)
    first = explained[explained["pair"] == 0].set_index("column")
    assert first.loc["0", ["left", "right"]].tolist() == [1.0, 1.0]
    assert first.loc["1", ["left", "right"]].tolist() == ["a", "a"]


def test_values_are_shown_as_they_were_given():
    frame = pd.DataFrame({"left_n": [1, 2, 5, 9], "right_n": [1.5, 2.0, 1.0, 3.0]})
    explained = RecordMatcher(LogisticRegression()).fit(frame, [1, 1, 0, 0]).explain(frame[:1])
    assert explained["words"][0].startswith("n: 1 and 1.5: ")


def test_an_array_has_no_columns_to_explain():
    X = np.random.default_rng(0).random((8, 2, 3))
    matcher = RecordMatcher(LogisticRegression()).fit(X, [0, 1] * 4)
    with pytest.raises(TypeError, match="must be a DataFrame or IndexedPairs over one; got nda"):
        matcher.explain(X)
