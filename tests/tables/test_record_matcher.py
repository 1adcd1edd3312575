"""RecordMatcher: learned from links of invented persons, judged on others."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dissim import DichotomyTransformer, ItemTransformer
from sklearn_dissim.tables import (
    NearestText,
    RecordMatcher,
    SameKey,
    TableDichotomyTransformer,
    candidate_pairs,
)
from tests.helpers.real_data import real_data

LETTERS = TfidfVectorizer(analyzer="char")


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


def test_without_one_to_one_every_pair_from_the_threshold_on_is_a_link(fitted, halves):
    left, right, _ = halves[1]
    matcher = RecordMatcher(random_state=0, threshold=-0.5)
    train_left, train_right, links = halves[0]
    matcher.fit_links(train_left, train_right, links=links, complete=True)
    found = matcher.predict_links(left, right)
    columns = list(left.columns)
    candidates = candidate_pairs(left, right, rules=NearestText(columns))
    scores = matcher.decision_function(candidates.pairs)
    assert positions(found) == {tuple(p) for p in candidates.indices[scores >= -0.5]}
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


def test_scores_do_not_depend_on_chunks(fitted, halves, monkeypatch):
    left, right, _ = halves[1]
    pairs = candidate_pairs(left, right, rules="town").pairs
    whole = fitted.decision_function(pairs)
    monkeypatch.setattr("sklearn_dissim.tables._matching_model._CHUNK", 150)
    np.testing.assert_allclose(fitted.decision_function(pairs), whole)


def test_the_seed_decides_on_the_scores(halves):
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


def test_tables_may_have_more_columns_but_not_fewer(fitted, halves):
    left, right, _ = halves[1]
    expected = fitted.predict_links(left, right)
    wider = fitted.set_params(rules=None)
    more = wider.predict_links(left.assign(note=1), right.assign(remark=2))
    pd.testing.assert_frame_equal(more, expected)
    with pytest.raises(ValueError, match=r"columns seen in fit; they lack \['town'\]"):
        fitted.predict_links(left, right.drop(columns="town"))


def test_tables_without_candidates_have_no_links(fitted):
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


def test_pairs_that_score_the_threshold_are_links(halves):
    left, right, links = halves[0]
    matcher = RecordMatcher(LogisticRegression(), rules="town", random_state=0)
    matcher.fit_links(left, right, links=links, complete=True)
    everything = matcher.set_params(threshold=-1e9)
    everything.fit_links(left, right, links=links, complete=True)
    scores = everything.predict_links(left, right)["score"]
    at = float(np.sort(scores)[-20])
    tied = matcher.set_params(threshold=at)
    tied.fit_links(left, right, links=links, complete=True)
    linked = tied.predict_links(left, right)
    assert linked["score"].min() == at
    pairs = candidate_pairs(left, right, rules="town").pairs_at(
        linked[["left", "right"]].to_numpy()
    )
    assert tied.predict(pairs).tolist() == [1] * len(linked)
    assert len(linked) == (scores >= at).sum()


def test_a_column_of_labels_is_warned_of_once(halves):
    left, right, links = halves[0]
    candidates = candidate_pairs(left, right, rules="town")
    y = candidates.are_links(links)[:, np.newaxis]
    with pytest.warns(DataConversionWarning, match="column-vector y") as caught:
        RecordMatcher(LogisticRegression()).fit(candidates.pairs, y)
    assert len([w for w in caught if "column-vector y" in str(w.message)]) == 1


def test_a_column_without_values_is_warned_of_at_the_line_of_the_user(halves):
    left, right, links = halves[0]
    matcher = RecordMatcher(LogisticRegression(), rules="town", random_state=0)
    empty = left.assign(note=None), right.assign(note=None)
    with pytest.warns(UserWarning, match="Column 'note' has no values") as caught:
        matcher.fit_links(*empty, links=links, complete=True)
    about_note = [w for w in caught if "'note'" in str(w.message)]  # scipy's may be there too
    assert [w.filename for w in about_note] == [__file__]
