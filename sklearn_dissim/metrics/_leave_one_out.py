"""Score retrievers by a gallery in which each item in turn is the query."""

import warnings
from copy import copy
from functools import partial

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_dissim._utils.fitted_parts import fitted_parts
from sklearn_dissim.metrics._retrieval import mean_average_precision_score, recall_at_k_score


def leave_one_out_rank1_scorer(retriever, X, y):
    """Compute the share of items whose most likely other item is of the same identity.

    This is a scorer for scikit-learn's cross-validation: the items of the test fold become the
    gallery, and each of them in turn is the query. Of equal scores, that of another identity
    counts as the higher one. Hand the identities to cross-validation as `groups`, with a
    splitter that keeps groups apart, so that no identity is both trained on and tested.

    Parameters
    ----------
    retriever : fitted DissimilarityRetriever
        Or a pipeline or search that ends in one. It is not changed.
    X : array-like of shape (n_items, ...)
        Items that the retriever was not trained on.
    y : array-like of shape (n_items,)
        Identities. An item that is the only one of its identity is in the gallery, but no
        query; items of identity -1, the unknown, are neither.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If no identity has two items.

    See Also
    --------
    leave_one_out_mean_average_precision_scorer : All items of the identity count.
    recall_at_k_score : The metric, for scores of your own.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import GroupKFold, cross_validate
    >>> from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier
    >>> from sklearn_dissim.metrics import leave_one_out_rank1_scorer
    >>> X, digit = load_digits(return_X_y=True)
    >>> retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-4), random_state=0)
    >>> scores = cross_validate(
    ...     retriever, X[:600], digit[:600], groups=digit[:600], cv=GroupKFold(5),
    ...     scoring=leave_one_out_rank1_scorer,
    ... )
    >>> print(f"{scores['test_score'].mean():.1f}")
    1.0
    """
    return _score_each_in_turn(retriever, X, y, partial(recall_at_k_score, k=1))


def leave_one_out_mean_average_precision_scorer(retriever, X, y):
    """Compute the mean average precision of each item in turn as the query, among the others.

    This is a scorer for scikit-learn's cross-validation, to be used as
    `leave_one_out_rank1_scorer`.

    Parameters
    ----------
    retriever : fitted DissimilarityRetriever
        Or a pipeline or search that ends in one. It is not changed.
    X : array-like of shape (n_items, ...)
        Items that the retriever was not trained on.
    y : array-like of shape (n_items,)
        Identities. An item that is the only one of its identity is in the gallery, but no
        query; items of identity -1, the unknown, are neither.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If no identity has two items.

    See Also
    --------
    leave_one_out_rank1_scorer : The first other item counts alone.
    mean_average_precision_score : The metric, for scores of your own.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import GroupKFold, cross_validate
    >>> from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier
    >>> from sklearn_dissim.metrics import (
    ...     leave_one_out_mean_average_precision_scorer, leave_one_out_rank1_scorer,
    ... )
    >>> X, digit = load_digits(return_X_y=True)
    >>> retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-4), random_state=0)
    >>> scores = cross_validate(
    ...     retriever, X[:600], digit[:600], groups=digit[:600], cv=GroupKFold(5),
    ...     scoring={
    ...         "rank1": leave_one_out_rank1_scorer,
    ...         "map": leave_one_out_mean_average_precision_scorer,
    ...     },
    ... )
    >>> print(f"{scores['test_rank1'].mean():.1f} {scores['test_map'].mean():.1f}")
    1.0 0.9
    """
    return _score_each_in_turn(retriever, X, y, mean_average_precision_score)


def _score_each_in_turn(retriever, X, y, metric):
    """Apply a metric to the items of a gallery, each of them in turn as the query."""
    steps, last = fitted_parts(retriever)
    if not hasattr(last, "gallery_scores"):
        raise TypeError(
            "The estimator must be a DissimilarityRetriever, or a pipeline or search that ends in "
            f"one; got {type(last).__name__}."
        )
    if np.unique(y, return_counts=True)[1].max(initial=0) < 2:
        raise ValueError("y must hold some identity twice; no item has another to be found.")
    for step in steps:
        X = step.transform(X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)  # single items are no queries
        return metric(copy(last).index(X, y).gallery_scores(), y)
