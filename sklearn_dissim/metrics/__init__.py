"""Measure and draw how well pairs are verified, and how well galleries are searched."""

from sklearn_dissim.metrics._bootstrap import bootstrap_interval
from sklearn_dissim.metrics._leave_one_out import (
    leave_one_out_mean_average_precision_scorer,
    leave_one_out_rank1_scorer,
)
from sklearn_dissim.metrics._plot._cmc import CMCDisplay
from sklearn_dissim.metrics._plot._ranked_gallery import RankedGalleryDisplay
from sklearn_dissim.metrics._plot._score_distribution import ScoreDistributionDisplay
from sklearn_dissim.metrics._retrieval import (
    average_precision,
    cmc_curve,
    mean_average_precision_score,
    mean_inverse_negative_penalty_score,
    r_precision_score,
    recall_at_k_score,
)
from sklearn_dissim.metrics._scorers import equal_error_rate_scorer, fnmr_at_fmr_scorer
from sklearn_dissim.metrics._thresholds import equal_error_rate_threshold, threshold_at_fmr
from sklearn_dissim.metrics._verification import (
    equal_error_rate_score,
    fnmr_at_fmr_score,
    tar_at_far_score,
)

__all__ = [
    "CMCDisplay",
    "RankedGalleryDisplay",
    "ScoreDistributionDisplay",
    "average_precision",
    "bootstrap_interval",
    "cmc_curve",
    "equal_error_rate_score",
    "equal_error_rate_scorer",
    "equal_error_rate_threshold",
    "fnmr_at_fmr_score",
    "fnmr_at_fmr_scorer",
    "leave_one_out_mean_average_precision_scorer",
    "leave_one_out_rank1_scorer",
    "mean_average_precision_score",
    "mean_inverse_negative_penalty_score",
    "r_precision_score",
    "recall_at_k_score",
    "tar_at_far_score",
    "threshold_at_fmr",
]
