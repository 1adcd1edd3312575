"""Take the score of a linear pair classifier apart: what did each feature add to it?"""

from typing import NamedTuple

import numpy as np
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from sklearn_dissim._kernels.dissimilarity import dissimilarity
from sklearn_dissim._pairs.containers import as_indexed, pair_kind
from sklearn_dissim._utils.fitted_parts import fitted_parts
from sklearn_dissim.inspection._contributions import LinearScore, contributions


def pair_contributions(model, pairs, *, reference=None):
    r"""Compute what each feature added to the score of each pair.

    The score of a `MaxMarginPairClassifier` is a sum,

    .. math:: w \cdot d + b = b + \sum_i w_i d_i

    over the elements of the dissimilarity vector :math:`d`; the terms :math:`w_i d_i` are the
    contributions. Where no weight is positive, only the intercept :math:`b` speaks for "same",
    and two equal items have the highest score.

    With `reference`, pairs are compared with usual pairs instead. The contributions are
    then :math:`w_i (d_i - \bar d_i)`, with the mean :math:`\bar d` over the reference pairs, and
    the intercept is the mean score of these.

    Parameters
    ----------
    model : fitted MaxMarginPairClassifier
        Or a pipeline, a search or a frozen estimator that ends in one, whatever comes before.
    pairs : IndexedPairs, array or DataFrame
        The pairs, in any of the four ways.
    reference : IndexedPairs, array or DataFrame, default=None
        Usual pairs, in any of the four ways: those of the training, say, or different pairs
        only.

    Returns
    -------
    Bunch
        With these attributes:

        contributions : ndarray of shape (n_pairs, n_features)
            Positive where a feature speaks for "same".
        feature_names : ndarray of str, shape (n_features,)
            The names that the steps before the classifier give; "x0" and so on where they
            give none.
        intercept : float
            The score without contributions.
        scores : ndarray of shape (n_pairs,)
            ``intercept + contributions.sum(axis=1)``, the scores of `decision_function`.

    Raises
    ------
    TypeError
        If the model does not end in a `MaxMarginPairClassifier`.

    See Also
    --------
    PairContributionsDisplay : The picture of one pair.

    Notes
    -----
    The features are those that the classifier weighs: components after `PairWhitening`,
    elements of the embedding with a backbone. For reasons in words, fit on features with names.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_dissim import MaxMarginPairClassifier
    >>> from sklearn_dissim.inspection import pair_contributions
    >>> people = pd.DataFrame({
    ...     "left_age": [31, 40, 25, 60], "left_height": [180, 165, 170, 181],
    ...     "right_age": [31, 22, 26, 33], "right_height": [181, 164, 170, 180],
    ... })
    >>> clf = MaxMarginPairClassifier(nonpositive=True).fit(people, [1, 0, 1, 0])
    >>> explanation = pair_contributions(clf, people[:2])
    >>> pd.DataFrame(explanation.contributions, columns=explanation.feature_names).round(2)
        age  height
    0  0.00   -0.01
    1 -2.11   -0.01
    >>> bool(abs(explanation.scores - clf.decision_function(people[:2])).max() < 1e-12)
    True
    """
    vectors, names, weights, intercept = linear_scores(model, pairs)
    score = LinearScore(weights, intercept)
    usual = np.zeros(len(weights))
    if reference is not None:
        usual = linear_scores(model, reference).vectors.mean(axis=0)
    of_features = contributions(score, vectors, usual)
    intercept = float(score(usual))
    return Bunch(
        contributions=of_features,
        feature_names=names,
        intercept=intercept,
        scores=intercept + of_features.sum(axis=1),
    )


class LinearScores(NamedTuple):
    """Hold pairs as a linear classifier sees them: scores are vectors @ weights + intercept.

    Attributes
    ----------
    vectors : ndarray of float64, shape (n_pairs, n_features)
    feature_names : ndarray of str, shape (n_features,)
    weights : ndarray of float64, shape (n_features,)
    intercept : float
    """

    vectors: np.ndarray
    feature_names: np.ndarray
    weights: np.ndarray
    intercept: float


def linear_scores(model, X):
    """Compute the dissimilarity vectors of pairs, and the weights that a model gives them.

    Parameters
    ----------
    model : fitted MaxMarginPairClassifier
        Or a pipeline, search or frozen estimator that ends in one.
    X : IndexedPairs, array or DataFrame
        The pairs, in any of the four ways.

    Returns
    -------
    LinearScores

    Raises
    ------
    TypeError
        If the model does not end in a `MaxMarginPairClassifier`.
    """
    steps, classifier = fitted_parts(model)
    check_is_fitted(classifier)
    if not all(hasattr(classifier, name) for name in ("embed", "trained_difference")):
        raise TypeError(
            "The model must be a MaxMarginPairClassifier, or a pipeline or search that ends in "
            f"one; got {type(classifier).__name__}."
        )
    for step in steps:
        X = step.transform(X)
    return LinearScores(
        _vectors(classifier, X),
        _feature_names(steps, classifier),
        classifier.coef_[0],
        float(classifier.intercept_[0]),
    )


def _vectors(classifier, X):
    """Compute dissimilarity vectors in double precision, each item embedded once."""
    if pair_kind(X) == "vectors":
        return classifier.transform(X).astype(np.float64, copy=False)
    pairs = as_indexed(X)
    embedded = classifier.embed(pairs.items)
    left, right = embedded[pairs.indices[:, 0]], embedded[pairs.indices[:, 1]]
    return dissimilarity(left, right, classifier.trained_difference).astype(np.float64, copy=False)


def _feature_names(steps, classifier):
    """Follow the names of the features through the steps, as far as the steps give names."""
    n_features = classifier.coef_.shape[1]
    if classifier.net_ is not None:
        return np.array([f"embedding{i}" for i in range(n_features)], dtype=object)
    names = None
    for step in steps:
        names = _names_out(step, names)
    if names is None:
        names = getattr(classifier, "feature_names_in_", None)
    if names is None:
        names = [f"x{i}" for i in range(n_features)]
    return np.asarray(names, dtype=object)


def _names_out(step, names):
    try:
        return step.get_feature_names_out(names)
    except (AttributeError, ValueError):  # the step has no names, or none for this input
        return None
