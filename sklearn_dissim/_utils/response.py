"""Ask any fitted pair classifier for the scores of pairs."""

# In order of preference, as scikit-learn's scorers take them.
RESPONSE_METHODS = ("decision_function", "predict_proba")


def pair_response(estimator, X):
    """Return the scores of pairs, and the threshold from which a pair is called same.

    Parameters
    ----------
    estimator : fitted pair classifier
        Its `decision_function` is called if it has one, else its `predict_proba`.
    X : IndexedPairs, array or DataFrame
        The pairs, in any of the four ways that the estimator takes.

    Returns
    -------
    scores : ndarray of shape (n_pairs,)
        Higher means more likely the same: the decision function, or the probability of the
        greater label.
    threshold : float
        0.0 for a decision function, 0.5 for probabilities. A pair is called same where
        ``scores >= threshold``.

    Raises
    ------
    TypeError
        If the estimator has neither method.
    """
    if hasattr(estimator, "decision_function"):
        return estimator.decision_function(X), 0.0
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(X)[:, 1], 0.5
    raise TypeError(
        f"A pair classifier must have {' or '.join(RESPONSE_METHODS)}; "
        f"{type(estimator).__name__} has neither."
    )
