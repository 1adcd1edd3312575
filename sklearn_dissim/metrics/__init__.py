"""How well same and different come apart, and how well the same is found."""

from sklearn_dissim.metrics._leave_one_out import leave_one_out_rank1_scorer
from sklearn_dissim.metrics._retrieval import (
    average_precision,
    cmc_curve,
    mean_average_precision_score,
    mean_inverse_negative_penalty_score,
    r_precision_score,
    recall_at_k_score,
)
from sklearn_dissim.metrics._verification import equal_error_rate_score

__all__ = [
    "average_precision",
    "cmc_curve",
    "equal_error_rate_score",
    "leave_one_out_rank1_scorer",
    "mean_average_precision_score",
    "mean_inverse_negative_penalty_score",
    "r_precision_score",
    "recall_at_k_score",
]
