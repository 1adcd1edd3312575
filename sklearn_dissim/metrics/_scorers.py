"""Score pair classifiers by verification errors, in searches and cross-validation."""

from sklearn.metrics import make_scorer

from sklearn_dissim._utils.response import RESPONSE_METHODS
from sklearn_dissim.metrics._verification import equal_error_rate_score, fnmr_at_fmr_score

#: Negative `equal_error_rate_score` of a pair classifier, for ``scoring=``.
equal_error_rate_scorer = make_scorer(
    equal_error_rate_score, response_method=RESPONSE_METHODS, greater_is_better=False
)
#: Negative `fnmr_at_fmr_score` of a pair classifier at a false match rate of 1e-3.
fnmr_at_fmr_scorer = make_scorer(
    fnmr_at_fmr_score, response_method=RESPONSE_METHODS, greater_is_better=False
)
