"""RecordMatcher: learned from links of invented persons, judged on others."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dissim import DichotomyTransformer, IndexedPairs, ItemTransformer
from sklearn_dissim.tables import (
    NearestText,
    RecordMatcher,
    SameKey,
    TableDichotomyTransformer,
    candidate_pairs,
)
from sklearn_dissim.tables._explanation import explanation_table
from tests.helpers.real_data import real_data

NAMES = ["anna", "bert", "carla", "dora", "emil", "fritz", "greta", "hans", "ida", "jonas"]
LETTERS = TfidfVectorizer(analyzer="char")
SURNAMES = ["meier", "keller", "schmid", "weber", "huber", "frei", "graf", "roth", "suter", "vogt"]
TOWNS = ["bern", "basel", "luzern", "genf"]


def misspelt(word, rng):
    """The same word with one letter left out, half of the time."""
    place = rng.integers(len(word))
    return word if rng.random() < 0.5 else word[:place] + word[place + 1 :]


@pytest.fixture(scope="module")
def persons():
    """Two tables of the same 100 persons, in two orders, and the links."""
    rng = np.random.default_rng(0)
    rows = [(name, surname) for name in NAMES for surname in SURNAMES]
    people = pd.DataFrame(rows, columns=["name", "surname"])
    people["town"] = rng.choice(TOWNS, len(people))
    people["born"] = rng.integers(1930, 2005, len(people)).astype(float)
    left = people.sample(frac=1, random_state=0)
    right = people.copy()
    for column in ("name", "surname"):
        right[column] = [misspelt(word, rng) for word in right[column]]
    right.loc[rng.random(len(right)) < 0.2, "born"] = np.nan
    links = np.stack([np.arange(100), left.index.to_numpy()], axis=1)
    return left.set_axis(["same label"] * 100), right, links


@pytest.fixture(scope="module")
def halves(persons):
    """Tables and links of fifty persons to learn from, and of the other fifty."""
    left, right, links = persons
    sides = []
    for some in (links[:50], links[50:]):
        # Right records stay in their order; so their new positions are ranks.
        places = np.argsort(np.argsort(some[:, 1]))
        tables = left.iloc[some[:, 0]], right.iloc[np.sort(some[:, 1])]
        sides.append((*tables, np.stack([np.arange(50), places], axis=1)))
    return sides


@pytest.fixture(scope="module")
def fitted(halves):
    left, right, links = halves[0]
    matcher = RecordMatcher(one_to_one=True, random_state=0)
    return matcher.fit_links(left, right, links=links, complete=True)


def positions(found):
    return {tuple(pair) for pair in found[["left", "right"]].to_numpy()}


def test_links_of_other_persons_are_found(fitted, halves):
    left, right, links = halves[1]
    found = fitted.predict_links(left, right)
    hits = len(positions(found) & {tuple(link) for link in links})
    assert 2 * hits / (len(found) + len(links)) > 0.95
    assert found["left"].is_unique
    assert found["right"].is_unique
    assert (found["left_index"] == "same label").all()
    assert found["right_index"].tolist() == right.index[found["right"]].tolist()
    scores = fitted.decision_function(
        candidate_pairs(left, right, rules="name").pairs_at(found[["left", "right"]].to_numpy())
    )
    np.testing.assert_allclose(scores, found["score"])


def test_polars_tables_have_the_same_links(fitted, halves):
    left, right, _ = halves[1]
    expected = fitted.predict_links(left, right)
    found = fitted.predict_links(
        *(
            pl.DataFrame(t.astype(object).where(t.notna(), None).to_dict("list"))
            for t in (left, right)
        )
    )
    pd.testing.assert_frame_equal(
        found[["left", "right", "score"]], expected[["left", "right", "score"]]
    )
    assert found["left_index"].tolist() == found["left"].tolist()


def test_without_one_to_one_all_above_the_threshold_are_links(fitted, halves):
    left, right, _ = halves[1]
    matcher = RecordMatcher(random_state=0, threshold=-0.5)
    train_left, train_right, links = halves[0]
    matcher.fit_links(train_left, train_right, links=links, complete=True)
    found = matcher.predict_links(left, right)
    columns = list(left.columns)
    candidates = candidate_pairs(left, right, rules=NearestText(columns))
    scores = matcher.decision_function(candidates.pairs)
    assert positions(found) == {tuple(p) for p in candidates.indices[scores > -0.5]}
    assert positions(fitted.predict_links(left, right)) != positions(found)


def test_duplicates_of_one_table_become_clusters(halves):
    both = []
    for left, right, links in halves:
        table = pd.concat([left, right])
        both.append((table, np.add(links, (0, 50))))
    (train, links), (test, test_links) = both
    truth = np.arange(100)
    truth[test_links[:, 1]] = test_links[:, 0]
    for clustering in ("connected_components", "correlation"):
        matcher = RecordMatcher(clustering=clustering, random_state=0)
        matcher.fit_links(train, links=links[:, ::-1])
        assert adjusted_rand_score(truth, matcher.predict_clusters(test)) > 0.9
    found = matcher.predict_links(test)
    assert (found["left"] < found["right"]).all()


def test_fit_takes_labelled_pairs_in_both_forms(halves):
    left, right, links = halves[0]
    candidates = candidate_pairs(left, right, rules=NearestText(["name", "surname"]))
    y = np.where(candidates.are_links(links), "same", "different")
    pairs = candidates.pairs
    i, j = pairs.indices.T
    sides = [pairs.items.iloc[i].add_prefix("left_"), pairs.items.iloc[j].add_prefix("right_")]
    frame = pd.concat([side.reset_index(drop=True) for side in sides], axis=1)
    # How rare a word is depends on how often it comes, and in a frame it comes more often.
    plain = {"name": "edits", "surname": "jaro_winkler", "town": "mismatch", "born": "absolute"}
    one = RecordMatcher(comparisons=plain, random_state=0).fit(pairs, y)
    other = RecordMatcher(comparisons=plain, random_state=0).fit(frame, y)
    np.testing.assert_allclose(one.decision_function(pairs), other.decision_function(frame))
    assert set(one.predict(pairs)) == {"different", "same"}
    assert one.classes_.tolist() == ["different", "same"]
    assert one.feature_names_in_.tolist() == ["name", "surname", "town", "born"]
    assert one.score(pairs, y) > 0.95
    explained = [m.explain(X) for m, X in ((one, pairs[:9]), (other, frame[:9]))]
    pd.testing.assert_frame_equal(*explained)


def test_scores_are_made_in_blocks(fitted, halves, monkeypatch):
    left, right, _ = halves[1]
    pairs = candidate_pairs(left, right, rules="town").pairs
    whole = fitted.decision_function(pairs)
    monkeypatch.setattr("sklearn_dissim.tables._record_matcher._PAIRS", 150)
    np.testing.assert_allclose(fitted.decision_function(pairs), whole)


def test_the_seed_decides(halves):
    left, right, links = halves[0]
    scores = []
    for seed in (0, 0, 1):
        matcher = RecordMatcher(random_state=seed, non_links_per_link=2)
        matcher.fit_links(left, right, links=links, complete=True)
        pairs = candidate_pairs(left, right, rules="town").pairs
        scores.append(matcher.decision_function(pairs))
    np.testing.assert_array_equal(scores[0], scores[1])
    assert (scores[0] != scores[2]).any()


class Remembering(LogisticRegression):
    """Keeps the labels it was fitted to."""

    def fit(self, X, y):
        self.y_ = y
        self.n_seen_ = len(X)
        return super().fit(X, y)


KEYED = pd.DataFrame({"key": ["a"] * 6, "text": ["ab", "ab", "abc", "xy", "xyz", "pq"]})


@pytest.mark.parametrize(
    ("options", "complete", "n_links", "n_non_links"),
    [
        # 0-1 and 1-2 are links, so 0-2 is one; 3-4 is another. 5 has no link: 15 pairs in all.
        ({}, False, 4, 6),
        ({}, True, 4, 11),
        ({"non_links_per_link": 1}, True, 4, 3),
    ],
)
def test_non_links_are_drawn_from_what_is_known(options, complete, n_links, n_non_links):
    matcher = RecordMatcher(Remembering(), rules="key", random_state=0, **options)
    matcher.fit_links(KEYED, links=[[0, 1], [2, 1], [3, 4], [1, 0]], complete=complete)
    y = matcher.matcher_[-1].y_
    assert (y.sum(), (1 - y).sum()) == (n_links, n_non_links)


def test_one_to_one_a_linked_record_has_no_other_link():
    left, right = KEYED[:4], KEYED[:5]
    matcher = RecordMatcher(Remembering(), rules="key", one_to_one=True)
    matcher.fit_links(left, right, links=[[0, 0]])
    # Record 0 of left with four others of right, record 0 of right with three of left.
    assert matcher.matcher_[-1].y_.tolist() == [1] + [0] * 7
    with pytest.raises(ValueError, match="one to one"):
        matcher.fit_links(left, right, links=[[0, 0], [0, 1]])
    loose = RecordMatcher(Remembering(), rules="key")
    loose.fit_links(left, right, links=[[0, 0], [1, 1]])
    assert loose.matcher_[-1].y_.tolist() == [1, 0, 0, 1]


def test_links_outside_the_candidates_are_learned_from():
    matcher = RecordMatcher(Remembering(), rules="text", random_state=0)
    matcher.fit_links(KEYED.assign(text=["a", "b", "c", "a", "b", "d"]), links=[[0, 4], [1, 2]])
    # 0-3 and 1-4 are candidates; of them 1-4 has linked records of two persons.
    assert matcher.matcher_[-1].y_.tolist() == [1, 1, 0]


def test_the_threshold_of_best_f1_is_found_by_cross_validation(halves):
    left, right, links = halves[0]
    candidates = candidate_pairs(left, right, rules=NearestText(["name", "surname"]))
    y = candidates.are_links(links)
    # A classifier whose scores lie far below 0 for all pairs.
    unsure = LogisticRegression(class_weight={False: 1e4, True: 1.0})
    plain = RecordMatcher(unsure, random_state=0).fit(candidates.pairs, y)
    tuned = RecordMatcher(unsure, threshold="f1", random_state=0).fit(candidates.pairs, y)
    assert tuned.threshold_ < plain.threshold_ == 0.0
    pairs = candidates.pairs
    assert tuned.score(pairs, y) > 0.95 > plain.score(pairs, y)
    np.testing.assert_allclose(tuned.decision_function(pairs), plain.decision_function(pairs))


@pytest.mark.parametrize(
    "options",
    [
        {"classifier": make_pipeline(StandardScaler(), LogisticRegression())},
        {"classifier": RandomForestClassifier(20, random_state=0)},
        {"comparisons": {"name": "levenshtein", "surname": "name", "town": "drop"}},
        {"comparisons": TableDichotomyTransformer({"town": "mismatch"}, missing="neutral")},
        {"classifier": make_pipeline(TableDichotomyTransformer(), LogisticRegression())},
        {
            "classifier": make_pipeline(
                ItemTransformer(make_column_transformer((LETTERS, "name"), (LETTERS, "surname"))),
                DichotomyTransformer(),
                LogisticRegression(),
            ),
            "comparisons": None,
        },
    ],
    ids=lambda options: "-".join(options),
)
def test_other_classifiers_and_comparisons(options, halves):
    left, right, links = halves[0]
    matcher = clone(RecordMatcher(rules=["surname", "name"], random_state=0, **options))
    before = repr(matcher.get_params())
    matcher.fit_links(left, right, links=links, complete=True)
    assert repr(matcher.get_params()) == before
    found = matcher.predict_links(*halves[1][:2])
    hits = len(positions(found) & {tuple(link) for link in halves[1][2]})
    assert hits / len(found) > 0.7


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


def test_tables_may_have_more_columns_but_not_fewer(fitted, halves):
    left, right, _ = halves[1]
    expected = fitted.predict_links(left, right)
    wider = fitted.set_params(rules=None)
    more = wider.predict_links(left.assign(note=1), right.assign(remark=2))
    pd.testing.assert_frame_equal(more, expected)
    with pytest.raises(ValueError, match=r"columns seen in fit; they lack \['town'\]"):
        fitted.predict_links(left, right.drop(columns="town"))


def test_nothing_to_link(fitted):
    left = pd.DataFrame({"name": ["a"], "surname": ["b"], "town": ["c"], "born": [1.0]})
    right = pd.DataFrame({"name": ["x"], "surname": ["y"], "town": ["z"], "born": [2.0]})
    assert len(fitted.predict_links(left, right)) == 0
    assert fitted.predict_clusters(left).tolist() == [0]


def test_a_failed_fit_changes_nothing(fitted, halves):
    left, right, _ = halves[0]
    before = fitted.matcher_
    with pytest.raises(ValueError, match=r"links must be positions from 0 to 49 in left; link 0"):
        fitted.fit_links(left, right, links=[[50, 0]])
    assert fitted.matcher_ is before


def test_errors_say_what_is_wrong(fitted, halves):
    left, right, links = halves[0]
    with pytest.raises(NotFittedError):
        RecordMatcher().predict_links(left, right)
    with pytest.raises(NotFittedError):
        RecordMatcher().explain(candidate_pairs(left, rules="town").pairs)
    with pytest.raises(ValueError, match="at least one link"):
        RecordMatcher().fit_links(left, right, links=[])
    with pytest.raises(ValueError, match="links two tables"):
        fitted.predict_links(left)
    with pytest.raises(ValueError, match="No candidate is known to be no link"):
        RecordMatcher(rules=["name"]).fit_links(left, right, links=links[:1])
    with pytest.raises(ValueError, match="left has no column 'nmae'"):
        RecordMatcher(rules=["nmae"]).fit_links(left, right, links=links)
    with pytest.raises(ValueError, match="needs a classifier of pairs"):
        RecordMatcher(comparisons=None).fit_links(left, right, links=links, complete=True)
    own = make_pipeline(TableDichotomyTransformer(), LogisticRegression())
    with pytest.raises(ValueError, match="classifier has its own"):
        RecordMatcher(own, comparisons={}).fit_links(left, right, links=links, complete=True)
    with pytest.raises(ValueError, match="'clustering' parameter"):
        RecordMatcher(clustering="stars").fit_links(left, right, links=links)
    letters = make_column_transformer((LETTERS, "name"))
    plain = make_pipeline(ItemTransformer(letters), DichotomyTransformer(), LogisticRegression())
    matcher = RecordMatcher(plain, comparisons=None, rules="name")
    matcher.fit_links(left, right, links=links, complete=True)
    with pytest.raises(ValueError, match="explain needs comparisons"):
        matcher.explain(candidate_pairs(left, right, rules="name").pairs)


def test_rules_may_be_given_in_any_form(halves):
    left, right, links = halves[0]
    for rules in ("town", ("town", "name"), SameKey("town"), [SameKey("town"), "name"]):
        matcher = RecordMatcher(LogisticRegression(), rules=rules, one_to_one=True)
        matcher.fit_links(left, right, links=links, complete=True)
        assert len(matcher.predict_links(left, right))


def test_persons_of_two_files():
    tables = [pd.read_csv(real_data(f"febrl_4{x}.csv.gz"), dtype=str) for x in "ab"]
    number = [table["entity_id"].astype(int) for table in tables]
    train = [t[n < 500].drop(columns="rec_id") for t, n in zip(tables, number, strict=True)]
    test = [t[(n >= 4000)].drop(columns="rec_id") for t, n in zip(tables, number, strict=True)]
    links = candidate_pairs(*train, rules="entity_id").indices
    truth = candidate_pairs(*test, rules="entity_id").indices
    train, test = ([t.drop(columns="entity_id") for t in side] for side in (train, test))
    matcher = RecordMatcher(one_to_one=True, random_state=0)
    matcher.fit_links(*train, links=links, complete=True)
    found = matcher.predict_links(*test)
    hits = len(positions(found) & {tuple(link) for link in truth})
    assert 2 * hits / (len(found) + len(truth)) > 0.99
