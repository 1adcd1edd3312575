"""Check whom the items of a gallery show, and name those who are in none."""

import numpy as np
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from sklearn_dissim._pairs.validation import check_one_dimensional
from sklearn_dissim._retrieval.item_blocks import count_items
from sklearn_dissim._utils.user_warnings import warn_user


def check_training_identities(y, name):
    """Return identities to train on as a one-dimensional array.

    Parameters
    ----------
    y : array-like of shape (n_items,)
    name : str
        Of the estimator, for messages.
    """
    if y is None:
        raise ValueError(f"{name} requires y to be passed, but the target y is None.")
    if np.asarray(y).shape[1:] == (1,):
        # In scikit-learn's words; its own warning would point into this file.
        warn_user(
            "A column-vector y was passed when a 1d array was expected. Please change the "
            "shape of y to (n_samples,), for example using ravel().",
            DataConversionWarning,
        )
    y = column_or_1d(y)
    assert_all_finite(y, input_name="y")
    check_classification_targets(y)
    return y


def check_item_identities(y, X, first_row=0):
    """Return the identities of items as an array of integers or of strings.

    Parameters
    ----------
    y : array-like of shape (n_items,) or None
        None stands for row numbers.
    X : items that `count_items` counts
    first_row : int, default=0
        Row number of the first item.

    Returns
    -------
    ndarray of int64 or str, shape (n_items,)
    """
    n_items = count_items(X)
    if y is None:
        return np.arange(first_row, first_row + n_items)
    identities = check_one_dimensional(y, "y", np.empty((n_items, 0)))
    if identities.dtype.kind == "O" and all(isinstance(name, str) for name in identities):
        identities = identities.astype(str)  # of a type that is saved without pickle
    if identities.dtype.kind == "U":
        return identities
    try:
        numbers = identities.astype(np.int64)
    except (TypeError, ValueError):
        numbers = None
    if identities.dtype.kind == "S" or numbers is None or (numbers != identities).any():
        raise TypeError("y must hold identities of one kind, whole numbers or strings.")
    return numbers


def check_added_identities(y, X, gallery):
    """Return the identities of items that are put into a gallery, of its kind."""
    numbered = np.array_equal(gallery.identities, np.arange(len(gallery)))
    # After a removal the next row number can be an identity that is there already.
    if y is None and not numbered:
        raise ValueError("y must be given: identities of the gallery are no row numbers.")
    identities = check_item_identities(y, X, first_row=len(gallery))
    if identities.dtype.kind != gallery.identities.dtype.kind:
        raise TypeError(
            f"y must hold identities of the gallery's kind, {gallery.identities.dtype}; "
            f"got {identities.dtype}."
        )
    return identities


def without_identities(gallery, identities):
    """Return a gallery without some of its identities; some item must be left."""
    identities = np.atleast_1d(identities)
    unknown = identities[~np.isin(identities, gallery.identities)]
    if len(unknown):
        raise ValueError(f"identities must be in the gallery; {unknown[0]!r} is not.")
    remaining = gallery.without(identities)
    if len(remaining) == 0:
        raise ValueError("identities must leave some item in the gallery; none would be.")
    return remaining


def label_strangers(identities, scores, threshold, unknown_label):
    """Return the identities, but the unknown label where a score is below the threshold.

    A score equal to the threshold is that of a known identity: same where
    ``score >= threshold``, as everywhere in the package.

    Parameters
    ----------
    identities : ndarray of int or str, shape (n_queries,)
    scores : ndarray of float, shape (n_queries,)
    threshold : float
    unknown_label : int or str

    Returns
    -------
    ndarray of shape (n_queries,)
        Of objects where labels of both kinds are in it.
    """
    if isinstance(unknown_label, str) != (identities.dtype.kind == "U"):
        identities = identities.astype(object)
    elif identities.dtype.kind == "U":
        # Strings of an array have one length, which would cut off a longer label.
        identities = identities.astype(np.result_type(identities, np.asarray(unknown_label)))
    labels = identities.copy()
    labels[~(scores >= threshold)] = unknown_label
    return labels
