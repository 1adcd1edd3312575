"""How well same and different come apart, and how well the same is found."""

from sklearn_dissim.metrics._retrieval import leave_one_out_rank1_scorer
from sklearn_dissim.metrics._verification import equal_error_rate_score

__all__ = ["equal_error_rate_score", "leave_one_out_rank1_scorer"]
