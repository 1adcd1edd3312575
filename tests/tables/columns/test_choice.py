"""What the values of a column look like."""

import numpy as np
import pandas as pd
import pytest

from sklearn_dissim import IndexedPairs
from sklearn_dissim.tables.columns._choice import KINDS, chosen_comparisons, kind_of, places_in
from sklearn_dissim.tables.columns._records import paired_records

rng = np.random.default_rng(0)


def column(values):
    frame = pd.DataFrame({"it": pd.Series(values)})
    n = len(frame)
    pairs = IndexedPairs(frame, np.stack([np.arange(n), np.arange(n)[::-1]], axis=1))
    records = paired_records(pairs, "left_", "right_")
    column = records.paired(("it",))
    return column, records.counts(column)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.5, 2.0, None], "number"),
        ([1, 2, 3], "number"),
        (["$ 12.99", "7", "1,200.00"], "number"),
        (["1999", "2005", "2011"], "number"),
        (["12", "7", "133"], "number"),
        (["19570401", "19991231", None, "20010203"], "date_string"),
        ([19570401, 19991231, 20010203], "date_string"),
        (["2001-02-03", "1999-12-31", "1998-01-01"], "date_string"),
        (pd.to_datetime(["2001-02-03", "1999-12-31"]), "date"),
        (pd.to_datetime(["2001-02-03", "1999-12-31"]).tz_localize("Europe/Zurich"), "date"),
        (["4011", "4814", "2776", "0812"], "code"),
        (["6988048", "7364009", "2635962"], "code"),
        (["404/351 -9533", "(212) 245-5336", "310-392-9025"], "code"),
        (pd.Series(["nsw", "vic"], dtype="category"), "category"),
        ([True, False], "category"),
        ([True, None, False], "category"),
        (["Anna Meyer", "John Smith", "Bob"], "name"),
        (["adobe after effects professional 7.0 for windows", "a b c d e f"], "title"),
        (["word " * 60, "another " * 70], "text"),
        ([["a", "b"], ["c"]], "set"),
        ([{"a"}, {"b", "c"}], "set"),
        ([np.array([0.5, 1.0]), np.array([2.0, 3.0])], "vector"),
        ([123456789012345678, 123456789012345679], "code"),
    ],
)
def test_kinds(values, kind):
    assert kind_of(*column(values)) == kind


def test_a_kind_or_a_name_or_both():
    numbers = column([1, 2, 3])
    assert [c.name for c in chosen_comparisons("auto", *numbers)] == list(KINDS["number"])
    names = [c.name for c in chosen_comparisons(["date", "edits", max], *numbers)]
    assert names == ["days", "date_parts", "edits", "max"]
    assert chosen_comparisons("drop", *numbers) == []


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("jaro", "comparisons of column 'it' must be 'auto', 'drop', one of the kinds"),
        (3, "must be names, functions or comparison objects; got 3"),
        (["number", "log"], "comparisons of column 'it' have 'log' more than once"),
    ],
)
def test_bad_choices(choice, message):
    with pytest.raises(ValueError, match=message):
        chosen_comparisons(choice, *column([1, 2]))


def test_few_texts_among_many_records_are_categories():
    n = 40
    table = pd.DataFrame({"state": ["nsw", "vic"] * 20, "number": np.arange(n)})
    records = paired_records(IndexedPairs(table, np.arange(n).reshape(-1, 2)), "left_", "right_")
    state = records.paired(("state",))
    assert kind_of(state, records.counts(state)) == "category"


def test_large_whole_numbers_stay_apart():
    two, _ = column([123456789012345678, 123456789012345679])
    assert two.storage == "string"
    assert len(two.values) == 2


def test_places():
    assert places_in(["lat", "name", "lon"]) == [("lat", "lon")]
    assert places_in(["Home_Latitude", "Home_Longitude"]) == [("Home_Latitude", "Home_Longitude")]
    assert places_in(["lat", "plate", "latitude"]) == []
