"""Error rates of verification as scorers, for searches and cross-validation of pairs."""

from sklearn.metrics import make_scorer

from sklearn_dissim._utils.response import RESPONSE_METHODS
from sklearn_dissim.metrics._verification import equal_error_rate_score, fnmr_at_fmr_score

equal_error_rate_scorer = make_scorer(
    equal_error_rate_score, response_method=RESPONSE_METHODS, greater_is_better=False
)
fnmr_at_fmr_scorer = make_scorer(
    fnmr_at_fmr_score, response_method=RESPONSE_METHODS, greater_is_better=False
)
