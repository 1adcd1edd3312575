"""Error rates of verification as scorers, for searches and cross-validation of pairs."""

from sklearn.metrics import make_scorer

from sklearn_dissim.metrics._verification import equal_error_rate_score, fnmr_at_fmr_score

_SCORES = ("decision_function", "predict_proba")  # the first of them that there is

equal_error_rate_scorer = make_scorer(
    equal_error_rate_score, response_method=_SCORES, greater_is_better=False
)
fnmr_at_fmr_scorer = make_scorer(
    fnmr_at_fmr_score, response_method=_SCORES, greater_is_better=False
)
