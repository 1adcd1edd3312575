"""Scorers of retrievers: each item of the gallery in turn is the query."""

from copy import copy

import numpy as np


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
