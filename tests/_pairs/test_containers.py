"""Pairs in frames: prefixes, types of the two sides, and other libraries."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklearn_dissim import IndexedPairs
from sklearn_dissim._pairs.containers import (
    as_indexed,
    as_series,
    item_columns,
    pair_kind,
    stacked_items,
    stacked_sides,
)


def test_prefixes_may_be_any():
    frame = pd.DataFrame({"a.x": [1], "b.x": [2]})
    assert item_columns(frame, "a.", "b.") == ["x"]
    assert item_columns(frame) == []
    assert pair_kind(frame, "a.", "b.") == "frame"
    assert pair_kind(frame) == "vectors"
    with pytest.raises(ValueError, match=r"as b.<name> and a.<name>.*partner: \['b.y'\]"):
        item_columns(frame.assign(**{"b.y": 0}), "b.", "a.")


def stacked(left, right):
    frame = pd.DataFrame({"left_x": left, "right_x": right})
    return stacked_sides(frame, ["x"])["x"]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([1, 2], [1.5, 2.5], [1.0, 2.0, 1.5, 2.5]),
        ([True], [2], [True, 2]),
        ([np.nan], [2**53 + 1], [None, 2**53 + 1]),
        ([None], ["a"], [None, "a"]),
        (["a"], [1], ["a", 1]),
    ],
)
def test_both_sides_keep_their_values(left, right, expected):
    values = stacked(left, right).tolist()
    assert [None if pd.isna(value) else value for value in values] == expected
    assert [type(value) for value in values if not pd.isna(value)] == [
        type(value) for value in expected if value is not None
    ]


def test_categories_of_both_sides_stay_categories():
    left, right = pd.Categorical(["a", "b"]), pd.Categorical(["b", "c"])
    column = stacked(left, right)
    assert column.dtype == "category"
    assert column.tolist() == ["a", "b", "b", "c"]


def test_times_of_polars_keep_their_instant():
    times = pl.Series([dt.datetime(2020, 1, 1, tzinfo=dt.UTC)])
    series = as_series(times.dt.convert_time_zone("Asia/Tokyo"))
    assert series[0] == pd.Timestamp("2020-01-01", tz="UTC")


def test_items_come_pair_by_pair():
    frame = pd.DataFrame({"left_x": [1, 2], "right_x": [3, 4]}, index=[7, 7])
    assert stacked_items(frame)["x"].tolist() == [1, 3, 2, 4]
    assert as_indexed(frame).indices.tolist() == [[0, 1], [2, 3]]
    array = np.array([[[1], [3]], [[2], [4]]])
    np.testing.assert_array_equal(as_indexed(array), array)


def test_indexed_pairs_keep_the_items_in_use():
    pairs = as_indexed(IndexedPairs(np.arange(6).reshape(3, 2), [[2, 0], [0, 2]]))
    assert pairs.items.tolist() == [[0, 1], [4, 5]]
    assert pairs.indices.tolist() == [[1, 0], [0, 1]]
