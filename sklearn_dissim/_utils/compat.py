"""Import private scikit-learn API, in this file only."""

from typing import Any

import numpy as np
from sklearn.base import _fit_context as fit_context
from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight

# Class keywords that keep scikit-learn from turning transformed pairs into dataframes.
PAIRS_OUT: Any = {"auto_wrap_output_keys": None}

__all__ = [
    "PAIRS_OUT",
    "HasMethods",
    "Interval",
    "StrOptions",
    "check_sample_weight",
    "fit_context",
    "take_rows",
]


def check_sample_weight(sample_weight, X, dtype=None):
    """Return one weight for each row of X, none negative; ones where there are no weights."""
    rows = np.empty(len(X))  # stands for X, into which scikit-learn looks with its array API on
    return _check_sample_weight(sample_weight, rows, dtype=dtype, ensure_non_negative=True)
