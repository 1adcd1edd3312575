"""Warn at the line of the user's code, from any depth of the package."""

import sys
import warnings

# scikit-learn stands between where it calls an estimator, a scorer or a splitter.
_NOT_THE_USER = {"sklearn_dissim", "sklearn", "joblib"}


def warn_user(message, category=UserWarning):
    """Issue a warning that points at the line of the user's code that led to it.

    A fixed `stacklevel` points into the package as soon as one public function calls another.

    Parameters
    ----------
    message : str
        What is said.
    category : type of Warning, default=UserWarning
        Its class.
    """
    level, frame = 1, sys._getframe()  # level 1 is this function
    while frame.f_back is not None and _package(frame) in _NOT_THE_USER:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _package(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0]
