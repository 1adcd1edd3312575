"""What TableDichotomyTransformer refuses, with the column's name, and what it puts up with."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklearn_dissim import IndexedPairs
from sklearn_dissim.tables import TableDichotomyTransformer

pytest.importorskip("rapidfuzz", reason="comparing strings needs rapidfuzz")

NAIVE = pd.Timestamp("2020-01-01")
AWARE = pd.Timestamp("2020-01-01", tz="Europe/Zurich")


def frame(left, right):
    return pd.DataFrame({"left_it": pd.Series(left), "right_it": pd.Series(right)})


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (pd.DataFrame({"left_a": [1], "right_b": [1]}), r"partner: \['left_a', 'right_b'\]"),
        (frame([1], [2]).assign(label=1), r"without a partner: \['label'\]. Leave out"),
        (pd.DataFrame({"a": ["x"], "b": ["y"]}), "must have columns left_<name> and right_<name>"),
        (frame([1], [2])[:0], r"at least one pair; found 0 sample\(s\)"),
        (pd.concat([frame([1], [2])] * 2, axis=1), "two columns of the same name, 'left_it'"),
        (np.zeros((2, 3, 4)), r"pairs of records, a dense array \(n_pairs, 2, n_columns\)"),
        (np.zeros((2, 2, 4, 4)), "pairs of records"),
        (frame(["x", "y"], [1, 2]), r"'it' must hold values of one type; it has int .*str \('x'\)"),
        (frame([["a"], "b"], ["x", "y"]), "'it' must hold values of one type; it has str .* tuple"),
        (frame([True, False], [1, 2]), "'it' must hold values of one type"),
        (frame([{"a": 1}], [{"a": 2}]), "'it' holds values that cannot be compared: .*'dict'"),
        (frame([b"a"], [b"b"]), "column 'it' holds values of type bytes"),
        (frame([1j], [2j]), "column 'it' holds values of type complex"),
        (frame([np.inf], [1.0]), "column 'it': numbers must be finite; got infinity"),
        (frame([NAIVE], [AWARE]), "column 'it' has dates with and without a time zone"),
        (frame([None], [None]), "No column is left to compare"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Column 'it' has no values")
def test_refused_pairs(X, message):
    with pytest.raises(ValueError, match=message):
        TableDichotomyTransformer().fit(X)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"comparisons": {"what": "log"}}, "names the column 'what', which X does not have"),
        ({"comparisons": {("it", "what"): "geo"}}, "names the column 'what'"),
        ({"comparisons": {"it": "drop"}}, "No column is left to compare: all are dropped"),
        ({"comparisons": {"it": []}}, "No column is left to compare"),
        ({"comparisons": {"it": "geo"}}, "column 'it': vectors must be cells of several numbers"),
        ({"comparisons": "all"}, "The 'comparisons' parameter of TableDichotomyTransformer"),
        ({"left": ""}, "left and right must be two different beginnings"),
        ({"left": "right_"}, "left and right must be two different beginnings"),
    ],
)
def test_refused_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        TableDichotomyTransformer(**parameters).fit(frame([1.0, 3.0], [2.0, 5.0]))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([(91.0, 8.0), (47.0, 8.0)], r"column 'it': latitude must be within ±90 degrees; got 91.0"),
        ([(47.0, 8.0, 1.0), (47.0, 8.0, 2.0)], "places are .latitude, longitude.; got 3 numbers"),
        ([(47.0, 8.0), (47.0,)], "column 'it': vectors must hold equally many numbers each"),
        ([("a", "b"), ("c", "d")], "column 'it': vectors must hold equally many numbers each"),
    ],
)
def test_refused_places(values, message):
    with pytest.raises(ValueError, match=message):
        TableDichotomyTransformer({"it": "geo"}).fit(frame(values, values))


def test_other_values_than_in_training():
    transformer = TableDichotomyTransformer().fit(frame(["Anna", "Berta"], ["Ana", "Bert"]))
    with pytest.raises(ValueError, match="'it' held values of type string in fit; now of type num"):
        transformer.transform(frame([1.0], [2.0]))
    with pytest.raises(ValueError, match="feature names should match"):
        transformer.transform(pd.DataFrame({"left_that": ["x"], "right_that": ["y"]}))
    with pytest.raises(ValueError, match="X must hold pairs of records, as in fit; got dissimil"):
        transformer.transform(np.zeros((1, 1)))


def test_a_column_without_values():
    X = frame([1.0, 2.0], [1.0, 3.0]).assign(left_none=None, right_none="x")
    transformer = TableDichotomyTransformer({"it": "absolute", "none": "mismatch"})
    # One side has values: nothing can be compared, which the flag says.
    assert transformer.fit_transform(X).tolist() == [[0, 0, 1], [1, 0, 1]]
    for fit in (transformer.fit, transformer.fit_transform):
        with pytest.warns(UserWarning, match="'none' has no values; it is not compared") as caught:
            fit(X.assign(right_none=np.nan))
        assert [warning.filename for warning in caught] == [__file__]
    assert transformer.comparisons_ == {"it": ["absolute"]}
    assert transformer.transform(X).tolist() == [[0], [1]]


def test_dropped_columns_are_not_looked_at():
    X = frame([1.0, 2.0], [1.0, 3.0]).assign(left_odd=["a", 1], right_odd=[b"b", None])
    transformer = TableDichotomyTransformer({"it": "absolute", "odd": "drop"})
    assert transformer.fit_transform(X).tolist() == [[0], [1]]


def test_strings_of_ten_megabytes():
    long = "lorem ipsum " * 900_000
    X = frame([long, "short", long], [long + "x", long, "9" * 10_000_000])
    transformer = TableDichotomyTransformer({"it": ["name", "numerals", "edits"]})
    values = transformer.fit_transform(X)
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values[0], 0, atol=1e-9)  # the same within the limit
    assert np.isfinite(TableDichotomyTransformer().fit_transform(X)).all()


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([AWARE], [pd.Timestamp("2020-01-01", tz="UTC")], np.log1p(1 / 24)),
        ([AWARE, None], [AWARE, AWARE], 0),
        ([dt.date(2020, 1, 1)], [dt.date(2020, 1, 2)], np.log(2)),
        (np.array(["2020-01-01"], "M8[ns]"), np.array(["2020-01-03"], "M8[s]"), np.log(3)),
    ],
)
def test_dates_of_many_kinds(left, right, expected):
    days = TableDichotomyTransformer({"it": "days"}).fit_transform(frame(left, right))
    assert days[0, 0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("values", "comparison", "expected"),
    [
        (pl.Series([["a", "b"], ["b"]]), "jaccard", 0.5),
        (pl.Series([[1.0, 2.0], [1.0, 4.0]], dtype=pl.Array(pl.Float64, 2)), "euclidean", 2),
        (pl.Series([1, None, 3])[[0, 2]], "absolute", 2),
        (pl.Series(["a", "b"], dtype=pl.Categorical), "mismatch", 1),
        (pl.Series([dt.date(2020, 1, 1), dt.date(2020, 1, 2)]), "days", np.log(2)),
        (pd.Series([1, 3], dtype="Int64"), "absolute", 2),
        (pd.Series(["ab", "ac"], dtype="category"), "edits", 0.5),
        (pd.Series([1, 3], dtype="category"), "edits", 1),
        (pd.Series([True, False]), "mismatch", 1),
        (pd.Series(["x", "y"], dtype="string"), "mismatch", 1),
        (pd.Series([{"a", "b"}, {"b", "c"}]), "jaccard", 2 / 3),
    ],
)
def test_columns_of_many_types(values, comparison, expected):
    library = pl if isinstance(values, pl.Series) else pd
    pairs = IndexedPairs(library.DataFrame({"it": values}), [[0, 1]])
    found = TableDichotomyTransformer({"it": comparison}).fit_transform(pairs)
    assert found[0, 0] == pytest.approx(expected)


def test_names_that_are_no_strings():
    table = pd.DataFrame({0: [1.0, 2.0], 1: [3.0, 5.0]})
    pairs = IndexedPairs(table, [[0, 1]])
    transformer = TableDichotomyTransformer({"0": "absolute", "1": "absolute"})
    assert transformer.fit_transform(pairs).tolist() == [[1, 2]]
