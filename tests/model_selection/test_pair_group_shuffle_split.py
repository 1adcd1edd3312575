import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dissim.model_selection import (
    PairGroupShuffleSplit,
    pair_train_test_split,
)
from tests.helpers.splits import sampled_pairs


@pytest.mark.filterwarnings("ignore:Split ")
@settings(deadline=None, max_examples=50)
@given(st.integers(2, 30), st.floats(0.05, 0.95), st.integers(0, 100))
def test_sizes_are_shares_of_the_identities(n_identities, test_size, seed):
    everyone = np.arange(n_identities)
    groups = np.stack([everyone, everyone], axis=1)
    cv = PairGroupShuffleSplit(2, test_size=test_size, random_state=seed)
    n_test = int(np.ceil(test_size * n_identities))
    if n_test == n_identities:
        with pytest.raises(ValueError, match=f"samples are the {n_identities} identities"):
            next(cv.split(groups, groups=groups))
        return
    for train, test in cv.split(groups, groups=groups):
        assert len(test) == n_test
        assert len(train) == n_identities - n_test


def test_identities_of_neither_share_count_as_dropped_without_warning(recwarn):
    _, _, groups = sampled_pairs()
    cv = PairGroupShuffleSplit(1, test_size=6, train_size=6, random_state=0)
    ((train, test),) = cv.split(groups, groups=groups)
    assert len(np.unique(groups[train])) <= 6
    assert cv.n_dropped_ == [len(groups) - len(train) - len(test)]
    assert not [w for w in recwarn if "max_dropped" in str(w.message)]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"test_size": 1.5}, "test_size=1.5 should be"),
        ({"test_size": 0}, "test_size=0 should be"),
        ({"test_size": 61}, "test_size=61 should be"),
        ({"train_size": 60}, "train_size=60 should be"),
        ({"test_size": 0.7, "train_size": 0.7}, "sum of test_size and train_size"),
        ({"test_size": "half"}, "Invalid value for test_size: half"),
        ({"train_size": 0.001}, "train set will be empty"),
    ],
)
def test_sizes_out_of_range(sizes, message):
    _, _, groups = sampled_pairs()
    with pytest.raises(ValueError, match=f"(?s){message}.*samples are the 60 identities"):
        next(PairGroupShuffleSplit(**sizes).split(groups, groups=groups))
    with pytest.raises(ValueError, match=message):
        pair_train_test_split(groups, groups=groups, **sizes)


def test_each_draw_is_another():
    _, _, groups = sampled_pairs()
    draws = [
        frozenset(np.unique(groups[test]).tolist())
        for _, test in PairGroupShuffleSplit(5, random_state=0).split(groups, groups=groups)
    ]
    assert len(set(draws)) == 5


@pytest.mark.parametrize("params", [{"n_splits": 0}, {"max_dropped": -1}])
def test_bad_parameters_of_shuffle_split(params):
    with pytest.raises(ValueError, match=next(iter(params))):
        PairGroupShuffleSplit(**params)
