"""Warnings point at the line of the user's code, once."""

import warnings

import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.model_selection import cross_validate
from sklearn.svm import LinearSVC

from sklearn_dissim.metrics import (
    CMCDisplay,
    bootstrap_interval,
    fnmr_at_fmr_score,
    fnmr_at_fmr_scorer,
)
from sklearn_dissim.model_selection import PairGroupKFold, pair_train_test_split

X, y = np.arange(8.0).reshape(8, 1), [0, 1, 0, 1, 0, 1, 0, 1]
SAME_GROUPS = np.repeat(np.arange(8), 2).reshape(8, 2)
GROUPS = np.stack([np.arange(8) % 4, np.arange(8) % 3], axis=1)
THREE_PAIRS = [[0, 0], [1, 1], [1, 2]]


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def metric():
    fnmr_at_fmr_score(y, X[:, 0], fmr=0.01)


def metric_called_by_another_function():
    bootstrap_interval(fnmr_at_fmr_score, y, X[:, 0], GROUPS, n_resamples=2)


def display():
    CMCDisplay.from_predictions([[1, 2], [2, 1]], [0, 5], [0, 1])


def splitter():
    list(PairGroupKFold(4).split(X, [0] + [1] * 7, SAME_GROUPS))


def splitter_called_by_another_function():
    pair_train_test_split(X[:3], groups=THREE_PAIRS, train_size=1, random_state=0)


def line_after_the_head_of(function):
    return __file__, function.__code__.co_firstlineno + 1


def warnings_of(call):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("default")
        call()
    return [(warning.category, (warning.filename, warning.lineno)) for warning in said]


@pytest.mark.parametrize("call", [metric, metric_called_by_another_function, display])
def test_undefined_metrics_warn_at_the_line_of_the_user_once(call):
    assert warnings_of(call) == [(UndefinedMetricWarning, line_after_the_head_of(call))]


@pytest.mark.parametrize("call", [splitter, splitter_called_by_another_function])
def test_splits_without_a_label_warn_at_the_line_of_the_user_once(call):
    assert warnings_of(call) == [(UserWarning, line_after_the_head_of(call))]


def test_scorers_called_by_scikit_learn_warn_at_the_line_of_the_user():
    def validate():
        cross_validate(LinearSVC(), X, y, cv=2, scoring=fnmr_at_fmr_scorer)

    assert set(warnings_of(validate)) == {
        (UndefinedMetricWarning, line_after_the_head_of(validate))
    }
