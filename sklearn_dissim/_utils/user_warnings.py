"""Warnings that point at the user's line, however deep in the package they arise."""

import os
import sys
import warnings
from pathlib import Path

import joblib
import sklearn

_LIBRARIES = tuple(
    f"{folder}{os.sep}"
    for folder in (
        Path(__file__).resolve().parents[1],
        Path(sklearn.__file__).resolve().parent,
        Path(joblib.__file__).resolve().parent,
    )
)


def warn_user(message, category=UserWarning):
    """Warn at the innermost line outside this package, scikit-learn and joblib.

    A fixed `stacklevel` would be wrong, since the number of calls between that line and a
    warning differs: scikit-learn wraps `fit` and `transform`, and estimators call each other.

    Parameters
    ----------
    message : str
    category : type, default=UserWarning
    """
    stacklevel, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_LIBRARIES):
        stacklevel, frame = stacklevel + 1, frame.f_back
    warnings.warn(message, category, stacklevel=stacklevel)
