import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from sklearn_dissim import IndexedPairs
from sklearn_dissim.model_selection import (
    check_identity_leakage,
    pair_train_test_split,
)
from tests.helpers.splits import sampled_pairs


def test_one_split_of_everything():
    pairs, y, groups = sampled_pairs()
    frame = pd.DataFrame({"y": y}, index=np.arange(len(y)) + 1000)
    arrays = [pairs, y, frame, pl.DataFrame({"y": y}), sparse.csr_array(y[:, None]), y.tolist()]
    parts = pair_train_test_split(
        *arrays, groups=pd.DataFrame(groups), test_size=0.3, random_state=0
    )
    assert len(parts) == 14
    for array, train, test in zip([*arrays, pd.DataFrame()], parts[::2], parts[1::2], strict=True):
        assert type(train) is type(array)
        assert type(test) is type(array)
    check_identity_leakage(parts[-2], parts[-1])
    assert len(np.unique(parts[-1])) == 18
    for side in (0, 1):
        mine = parts[side::2]
        np.testing.assert_array_equal(
            mine[0].items[mine[0].indices], np.asarray(mine[-1])
        )  # each item is its identity
        for labels in (mine[2]["y"], mine[3]["y"], mine[4].toarray().ravel(), mine[5]):
            np.testing.assert_array_equal(np.asarray(labels), mine[1])
    assert parts[0].items is pairs.items
    assert isinstance(parts[0], IndexedPairs)


def test_a_quarter_by_default_and_the_same_by_seed():
    _, y, groups = sampled_pairs()
    first, again, other = (
        pair_train_test_split(y, groups=groups, random_state=seed) for seed in (3, 3, 4)
    )
    assert len(np.unique(first[-1])) == 15
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert set(np.unique(first[-1])) != set(np.unique(other[-1]))


@pytest.mark.parametrize(
    ("arrays", "groups", "message"),
    [
        ((), [[0, 1]], "At least one array"),
        (([0],), None, "groups must be given"),
        (([0, 1, 0],), [[0, 1], [1, 1]], "inconsistent numbers of samples"),
        (([0, 1],), [0, 1], r"shape \(n_pairs, 2\) = \(2, 2\); got \(2,\)"),
        (([0, 1],), [[0, 0], [1, -1]], "missing or -1"),
        (([0, 1],), [[0, 0], [0, 0]], "at least two identities"),
    ],
)
def test_what_cannot_be_split_once(arrays, groups, message):
    with pytest.raises(ValueError, match=message):
        pair_train_test_split(*arrays, groups=groups)


@pytest.mark.filterwarnings("ignore:Split ")
def test_a_part_without_pairs():
    chain = [[k, k + 1] for k in range(8)]
    with pytest.raises(ValueError, match="No pair is left for the test"):
        pair_train_test_split(chain, groups=chain, test_size=1, random_state=0)
