"""The only file that touches private scikit-learn API."""

from functools import partial
from typing import Any

from sklearn.base import _fit_context as fit_context
from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight

# Class keywords that keep scikit-learn from turning transformed pairs into dataframes.
PAIRS_OUT: Any = {"auto_wrap_output_keys": None}

# One weight a pair, none negative.
check_sample_weight = partial(_check_sample_weight, ensure_non_negative=True)

__all__ = [
    "PAIRS_OUT",
    "HasMethods",
    "Interval",
    "StrOptions",
    "check_sample_weight",
    "fit_context",
    "take_rows",
]
