import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from sklearn_dissim.metrics import equal_error_rate_score


def test_hand_solved():
    assert equal_error_rate_score([0, 0, 1, 1], [1, 2, 3, 4]) == 0
    assert equal_error_rate_score([1, 1, 0, 0], [1, 2, 3, 4]) == 1
    assert equal_error_rate_score([0, 1, 0, 1], [1, 1, 1, 1]) == 0.5
    assert equal_error_rate_score([0, 0, 0, 1, 1, 1], [1, 2, 4, 3, 5, 6]) == pytest.approx(1 / 3)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 40))
def test_lies_where_the_error_rates_cross(seed, n_pairs):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n_pairs) % 2)
    scores = np.round(rng.standard_normal(n_pairs) + y, 1)
    false_match, true_match, _ = roc_curve(y, scores)
    rate = equal_error_rate_score(y, scores)
    # On the ROC curve, the diagonal from (0, 1) to (1, 0) is crossed at (rate, 1 - rate).
    assert np.interp(rate, false_match, true_match) >= 1 - rate - 1e-9
    assert 0 <= rate <= 1
    assert equal_error_rate_score(1 - y, -scores) == pytest.approx(rate)
    assert equal_error_rate_score(y, np.exp(scores)) == pytest.approx(rate)


def test_any_two_labels():
    labels = np.array(["different", "same"])[[0, 0, 0, 1, 1, 1]]
    assert equal_error_rate_score(labels, [1, 2, 4, 3, 5, 6]) == pytest.approx(1 / 3)


def test_one_label():
    with pytest.raises(ValueError, match="y_true must hold two labels"):
        equal_error_rate_score([1, 1], [0.1, 0.2])
