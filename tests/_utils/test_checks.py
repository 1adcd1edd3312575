"""Checks of whole numbers and of shares."""

import numpy as np
import pytest

from sklearn_dissim._utils.checks import check_count, check_share, is_count


@pytest.mark.parametrize("value", [1, 3, np.int64(2)])
def test_whole_numbers_within_the_bounds_are_counts(value):
    assert is_count(value, most=3) is True
    check_count(value, "n", most=3)


@pytest.mark.parametrize("value", [0, 4, -1, 2.0, True, np.float64(2), "2", None])
def test_anything_else_is_refused_by_its_name(value):
    assert is_count(value, most=3) is False
    with pytest.raises(ValueError, match="n must be a whole number from 1 to 3; got "):
        check_count(value, "n", most=3)


def test_a_count_may_have_no_upper_bound():
    check_count(10**30, "n", least=0)
    with pytest.raises(ValueError, match="n must be a whole number of at least 0; got -1"):
        check_count(-1, "n", least=0)


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.5)])
def test_shares(value):
    check_share(value, "part")


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan, True, "all"])
def test_refused_shares(value):
    with pytest.raises(ValueError, match="part must be a number from 0 to 1; got "):
        check_share(value, "part")
