"""candidate_pairs, beside all pairs looked at one by one."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from sklearn_dissim.tables import NearestText, SameKey, SortedNeighbourhood, candidate_pairs
from tests.helpers.real_data import real_data

LEFT = pd.DataFrame(
    {
        "surname": ["smith", "jones", None, "abel", "smith"],
        "town": ["bern", "genf", "bern", " ", "genf"],
        "age": [30, 41, 30, np.nan, 41],
    },
    index=[7, 7, 7, 8, 9],
)
RIGHT = pd.DataFrame(
    {
        "surname": ["smyth", "jones", "smith"],
        "town": ["bern", None, "genf"],
        "age": [30.0, 41.0, 50.0],
        "more": [1, 2, 3],
    }
)


def polars(table):
    return pl.DataFrame(
        {c: table[c].astype(object).where(table[c].notna(), None).tolist() for c in table}
    )


def found(left, right=None, rules=None, **options):
    return candidate_pairs(left, right, rules=rules, **options).indices.tolist()


def brute(left, right, agree):
    """Positions of all pairs of two lists, or of one, that agree."""
    if right is None:
        n = len(left)
        return [[i, j] for i in range(n) for j in range(i + 1, n) if agree(left[i], left[j])]
    return [[i, j] for i, q in enumerate(left) for j, r in enumerate(right) if agree(q, r)]


def same(q, r):
    return all(v is not None and v.strip() for v in (*q, *r)) and q == r


words = st.sampled_from(["a", "b", "c", "ab", None, "", " "])
tables = st.lists(st.tuples(words, words), min_size=1, max_size=12)


def frame(rows):
    return pd.DataFrame(rows, columns=["one", "two"], dtype=object)


@given(tables, st.none() | tables)
@settings(deadline=None, max_examples=60)
def test_a_key_of_two_columns_pairs_what_agrees_in_both(left, right):
    other = None if right is None else frame(right)
    assert found(frame(left), other, [("one", "two")]) == brute(left, right, same)


@given(tables, st.none() | tables, st.sampled_from([3, 5, 7]))
@settings(deadline=None, max_examples=60)
def test_a_window_moves_over_the_distinct_keys(left, right, window):
    rows = left + (right or [])
    keys = sorted({row for row in rows if same(row, row)})
    rank = {key: place for place, key in enumerate(keys)}

    def near(q, r):
        return q in rank and r in rank and abs(rank[q] - rank[r]) <= window // 2

    other = None if right is None else frame(right)
    rule = SortedNeighbourhood(("one", "two"), window)
    assert found(frame(left), other, rule) == brute(left, right, near)


texts = st.lists(st.text("abc ", max_size=8), min_size=1, max_size=12)


@given(texts, st.none() | texts, st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_nearest_texts_have_the_highest_cosines(left, right, k):
    both = left + (right or [])
    pairs = found(
        pd.DataFrame({"text": left}),
        None if right is None else pd.DataFrame({"text": right}),
        NearestText("text", k, ngram_range=(1, 2)),
    )
    if not any(text.strip() for text in both):
        assert pairs == []
        return
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 2)).fit_transform(both).toarray()
    cosines = vectors[: len(left)] @ (vectors[len(left) :] if right is not None else vectors).T
    expected = set()
    for i, row in enumerate(np.round(cosines, 5)):
        others = [j for j in range(len(row)) if row[j] > 0 and (right is not None or j != i)]
        # Equal cosines, or nearly so, may fall either way: those clearly within must be there.
        for j in others:
            if sum(row[other] >= row[j] for other in others) <= k:
                expected.add((i, j) if right is not None else (min(i, j), max(i, j)))
    assert expected <= {tuple(pair) for pair in pairs}
    counts = np.bincount([i for i, _ in pairs], minlength=len(left))
    assert right is None or (counts <= k).all()
    assert all(cosines[i, j] > 0 for i, j in pairs)


def test_of_equal_texts_the_earlier_record_comes_first():
    right = pd.DataFrame({"text": ["shoe", "shoe", "hat", "shoe"]})
    assert found(right[:1], right, NearestText("text", 2)) == [[0, 0], [0, 1]]


def test_no_record_is_its_own_neighbour():
    table = pd.DataFrame({"text": ["one", "two", "six"]})
    assert found(table, None, NearestText("text", 2)) == []


def test_numbers_are_written_alike_in_a_column_with_gaps():
    whole = pd.DataFrame({"street": ["a", "b"], "zip": [1234, 5678]})
    gaps = pd.DataFrame({"street": ["x", "y", "z"], "zip": [5678, np.nan, 1234]})
    assert found(whole, gaps, NearestText("zip", 1)) == [[0, 2], [1, 0]]


def test_texts_are_compared_in_blocks_to_the_same_result(monkeypatch):
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcd"), 5)) for _ in range(60)]
    table = pd.DataFrame({"text": words})
    whole = found(table, None, NearestText("text", 3))
    monkeypatch.setattr("sklearn_dissim.tables.blocking._blocking_text._CHUNK", 50)
    assert found(table, None, NearestText("text", 3)) == whole


def test_keys_are_joined_in_chunks_to_the_same_result(monkeypatch):
    table = pd.DataFrame({"key": np.random.default_rng(0).integers(0, 5, 40)})
    whole = found(table, None, "key")
    monkeypatch.setattr("sklearn_dissim.tables.blocking._blocking_keys._CHUNK", 7)
    assert found(table, None, "key") == whole


def test_rules_are_united_and_counted():
    candidates = candidate_pairs(
        LEFT, RIGHT, rules=["town", "surname", ("surname", "town")], links=[[4, 2], [1, 1], [3, 0]]
    )
    assert candidates.indices.tolist() == [[0, 0], [0, 2], [1, 1], [1, 2], [2, 0], [4, 2]]
    assert candidates.rule_counts["pairs"].tolist() == [4, 3, 1]
    assert candidates.rule_counts["new"].tolist() == [4, 2, 0]
    assert candidates.rule_counts["links"].tolist() == [1, 2, 1]
    assert len(candidates) == 6
    assert candidates.reduction_ratio == pytest.approx(1 - 6 / 15)
    assert repr(candidates) == (
        "CandidatePairs(6 of 15 pairs; reduction ratio 0.6000; pair completeness 0.6667)\n"
        "  SameKey('town'): 4 pairs, 4 new, 1 links\n"
        "  SameKey('surname'): 3 pairs, 2 new, 2 links\n"
        "  SameKey(('surname', 'town')): 1 pair, 0 new, 1 links"
    )


def test_a_function_makes_keys_of_a_table_as_it_was_given():
    seen = []

    def first_letter(table):
        seen.append(type(table))
        return table["surname"].str.slice(0, 1)

    left, right = polars(LEFT), polars(RIGHT)
    rule = SameKey(lambda table: table["surname"].str.slice(0, 1))
    assert found(left, right, rule) == [[0, 0], [0, 2], [1, 1], [4, 0], [4, 2]]
    assert found(LEFT, RIGHT, first_letter) == found(left, right, rule)
    assert seen == [pd.DataFrame, pd.DataFrame]


@pytest.mark.parametrize(
    "rule",
    ["age", ("town", "age"), SortedNeighbourhood("age"), NearestText(["surname", "age"])],
)
def test_polars_and_pandas_agree(rule):
    left, right = polars(LEFT), polars(RIGHT)
    assert found(left, right, rule) == found(LEFT, RIGHT, rule) != []
    assert found(left, RIGHT, rule) == found(LEFT, RIGHT, rule)
    assert found(left, None, rule) == found(LEFT, None, rule) != []


def test_pairs_stand_over_one_table_of_all_records():
    candidates = candidate_pairs(LEFT, RIGHT, rules="surname")
    pairs = candidates.pairs
    assert list(pairs.items.columns) == ["surname", "town", "age"]
    assert pairs.indices.tolist() == [[0, 7], [1, 6], [4, 7]]
    surnames = pairs.items["surname"].to_numpy()[pairs.indices]
    assert (surnames[:, 0] == surnames[:, 1]).all()
    assert candidate_pairs(LEFT, rules="surname").pairs.items is LEFT


def test_links_are_found_again():
    candidates = candidate_pairs(LEFT, rules="surname")
    assert candidates.indices.tolist() == [[0, 4]]
    assert candidates.contains([[4, 0], [1, 2]]).tolist() == [True, False]
    assert candidates.are_links([[2, 1], [4, 0], [0, 4]]).tolist() == [True]
    links = pd.DataFrame({"right": [4, 1], "score": [1.0, 2.0], "left": [0, 0]})
    assert candidates.pair_completeness(links) == 0.5


def test_rules_may_propose_no_pair():
    candidates = candidate_pairs(LEFT[:1], RIGHT[:1], rules=["surname"])
    assert candidates.indices.shape == (0, 2)
    assert len(candidates.pairs) == 0
    assert candidates.pair_completeness([[0, 0]]) == 0.0


def test_a_column_without_a_value_pairs_nothing():
    empty = RIGHT.assign(age=None)
    assert found(LEFT, empty, [SameKey("age"), SortedNeighbourhood("age")]) == []


def test_one_record_has_no_pairs():
    assert (
        found(LEFT[:1], None, ["surname", NearestText("surname"), SortedNeighbourhood("age")]) == []
    )


def test_too_many_pairs_are_refused_before_they_are_built():
    table = pd.DataFrame({"state": ["nsw"] * 90_000 + ["vic"] * 10_000, "id": range(100_000)})
    with pytest.raises(ValueError, match="more than max_pairs=50,000,000") as refused:
        candidate_pairs(table, rules=["id", "state", NearestText("state", 3)])
    message = str(refused.value)
    assert "SameKey('id') gives 0;" in message
    assert "largest blocks: 'nsw' 4,049,955,000, 'vic' 49,995,000" in message
    assert "NearestText('state', n_neighbors=3) gives at most 300,000." in message
    assert len(candidate_pairs(LEFT, RIGHT, rules="town", max_pairs=4)) == 4
    with pytest.raises(ValueError, match=r"'genf' 2, 'bern' 2|'bern' 2, 'genf' 2"):
        candidate_pairs(LEFT, RIGHT, rules="town", max_pairs=3)


@pytest.mark.parametrize(
    ("rules", "error", "message"),
    [
        ("twon", ValueError, r"SameKey\('twon'\): left has no column 'twon'; its columns are"),
        (NearestText("more"), ValueError, "NearestText.*left has no column 'more'"),
        ([], ValueError, "at least one rule"),
        (SameKey, TypeError, "not the class itself"),
        ([3], TypeError, "rules must be a list of .* got 3"),
        (lambda table: [1, 2], ValueError, "<lambda>.* one value a record: 5 expected for left"),
        (SameKey("mixed"), TypeError, r"SameKey\('mixed'\).*'mixed' must be of one type.*int64"),
        (SameKey("lists"), TypeError, r"SameKey\('lists'\): keys must be of one hashable type"),
    ],
)
def test_bad_rules_are_named(rules, error, message):
    left = LEFT.assign(mixed=1, lists=[[1]] * 5)
    right = RIGHT.assign(mixed="1", lists=[[1]] * 3)
    with pytest.raises(error, match=message):
        candidate_pairs(left, right, rules=rules)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SameKey(()), "SameKey must name at least one column"),
        (lambda: SortedNeighbourhood("a", window=4), "window must be an odd whole number"),
        (lambda: NearestText("a", n_neighbors=0), "n_neighbors must be a whole number"),
        (lambda: NearestText("a", ngram_range=(3, 2)), "ngram_range must be two whole numbers"),
        (lambda: NearestText("a", max_df=0), "max_df must lie in"),
    ],
)
def test_bad_parameters_of_rules(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_bad_tables():
    with pytest.raises(TypeError, match=r"right must be a DataFrame .* got list"):
        candidate_pairs(LEFT, [1, 2], rules="town")
    with pytest.raises(ValueError, match="left must hold at least one record"):
        candidate_pairs(LEFT[:0], RIGHT, rules="town")
    twice = LEFT.set_axis(["town", "town", "age"], axis=1)
    with pytest.raises(ValueError, match="left has 2 columns 'town'"):
        candidate_pairs(twice, rules="town")
    with pytest.raises(ValueError, match="column in common"):
        _ = candidate_pairs(
            LEFT[["age"]].set_axis(["a"], axis=1),
            RIGHT[["age"]].set_axis(["b"], axis=1),
            rules=lambda table: table.iloc[:, 0],
        ).pairs


@pytest.mark.parametrize(
    ("links", "error", "message"),
    [
        ([[0, 3]], ValueError, "from 0 to 2 in right; link 0 has"),
        ([[0, 0], [-1, 0]], ValueError, "from 0 to 4 in left; link 1 has"),
        ([[0.5, 1]], TypeError, "whole numbers"),
        ([0, 1], ValueError, "shape"),
        (pd.DataFrame({"left": [0]}), ValueError, r"lacks \['right'\]"),
    ],
)
def test_bad_links(links, error, message):
    with pytest.raises(error, match=message):
        candidate_pairs(LEFT, RIGHT, rules="town", links=links)


def test_a_link_joins_two_records():
    with pytest.raises(ValueError, match="link 1 joins"):
        candidate_pairs(LEFT, rules="town", links=[[0, 1], [2, 2]])
    with pytest.raises(ValueError, match="at least one link"):
        candidate_pairs(LEFT, rules="town").pair_completeness([])


@pytest.mark.parametrize("most", [0, 1.5, True])
def test_max_pairs_must_be_a_whole_number(most):
    with pytest.raises(ValueError, match="max_pairs must be a whole number"):
        candidate_pairs(LEFT, rules="town", max_pairs=most)


def test_two_tables_of_persons():
    left, right = (pd.read_csv(real_data(f"febrl_4{x}.csv.gz"), dtype=str) for x in "ab")
    links = candidate_pairs(left, right, rules="entity_id").indices
    assert len(links) == 5000
    rules = ["date_of_birth", "soc_sec_id", SortedNeighbourhood("surname", 3)]
    candidates = candidate_pairs(left, right, rules=rules, links=links)
    assert candidates.pair_completeness(links) > 0.99
    assert candidates.reduction_ratio > 0.99
    names = NearestText(["given_name", "surname", "address_1", "suburb"], 5)
    assert candidate_pairs(left, right, rules=names).pair_completeness(links) > 0.99
