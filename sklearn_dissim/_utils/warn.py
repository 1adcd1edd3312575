"""Warnings that point at the line of the user."""

import sys
import warnings
from pathlib import Path

import sklearn

# Frames of these folders are between the user's line and what has to be said of it.
_BETWEEN = (str(Path(__file__).parents[1]), str(Path(sklearn.__file__).parent))


def warn_user(message, category=UserWarning):
    """Warn at the nearest line outside of this package and of scikit-learn.

    Parameters
    ----------
    message : str
    category : type, default=UserWarning
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_BETWEEN):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
