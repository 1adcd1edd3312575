"""Scorers of retrievers: each item of the gallery in turn is the query."""

import warnings
from copy import copy

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_dissim.metrics._retrieval import mean_average_precision_score


def leave_one_out_rank1_scorer(retriever, X, y):
    """Share of items whose most likely other item is of the same identity.

    A scorer for scikit-learn: items and identities that the retriever was not trained on
    become the gallery, and each item in turn the query. With `groups` the identities, and a
    splitter that keeps groups apart, no identity is on both sides.

    Parameters
    ----------
    retriever : fitted DissimilarityRetriever
        Not changed.
    X : array-like of shape (n_items, ...)
    y : array-like of shape (n_items,)
        Identities. Items that are the only one of theirs are in the gallery, but no query.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If no identity has two items.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import GroupKFold, cross_validate
    >>> from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier
    >>> from sklearn_dissim.metrics import leave_one_out_rank1_scorer
    >>> X, digit = load_digits(return_X_y=True)
    >>> retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-4), random_state=0)
    >>> scores = cross_validate(
    ...     retriever, X, digit, groups=digit, cv=GroupKFold(5),
    ...     scoring=leave_one_out_rank1_scorer,
    ... )
    >>> scores["test_score"].round(2)
    array([0.99, 1.  , 1.  , 1.  , 1.  ])
    """
    counts = dict(zip(*np.unique(y, return_counts=True), strict=True))
    queries = np.array([counts[identity] > 1 for identity in y])
    if not queries.any():
        raise ValueError("y must hold some identity twice; no item has another to be found.")
    gallery = copy(retriever).index(X, y)
    nearest = gallery.kneighbors(n_neighbors=1, return_distance=False)[:, 0]
    found = gallery.identities_[nearest] == gallery.identities_
    return float(found[queries].mean())


def leave_one_out_mean_average_precision_scorer(retriever, X, y):
    """Mean average precision of each item in turn as the query, among the others.

    A scorer for scikit-learn, as `leave_one_out_rank1_scorer`.

    Parameters
    ----------
    retriever : fitted DissimilarityRetriever
        Not changed.
    X : array-like of shape (n_items, ...)
    y : array-like of shape (n_items,)
        Identities. Items that are the only one of theirs are in the gallery, but no query.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If no identity has two items.

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
    ...     retriever, X, digit, groups=digit, cv=GroupKFold(5),
    ...     scoring={
    ...         "rank1": leave_one_out_rank1_scorer,
    ...         "map": leave_one_out_mean_average_precision_scorer,
    ...     },
    ... )
    >>> print(f"{scores['test_rank1'].mean():.1f} {scores['test_map'].mean():.1f}")
    1.0 0.9
    """
    counts = np.unique(y, return_counts=True)[1]
    if counts.max(initial=0) < 2:
        raise ValueError("y must hold some identity twice; no item has another to be found.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)  # single items are no queries
        return mean_average_precision_score(copy(retriever).index(X, y).gallery_scores(), y)
