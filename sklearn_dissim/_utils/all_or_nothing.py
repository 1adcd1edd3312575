"""Fits that succeed, or leave the estimator as it was."""

from functools import wraps


class FitEndedEarly(ValueError):
    """Say that a fit went wrong, but has learned something that the estimator keeps."""


def all_or_nothing(fit):
    """Make a failed fit leave the estimator as it was.

    `FitEndedEarly` passes: what was learned until then is kept.
    """

    @wraps(fit)
    def guarded(self, *args, **kwargs):
        before = dict(vars(self))
        try:
            return fit(self, *args, **kwargs)
        except FitEndedEarly:
            raise
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return guarded
