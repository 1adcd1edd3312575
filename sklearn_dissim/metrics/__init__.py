"""Metrics of verification: how well scores tell same from different."""

from sklearn_dissim.metrics._verification import equal_error_rate_score

__all__ = ["equal_error_rate_score"]
