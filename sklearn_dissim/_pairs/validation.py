"""Checks at the public boundary: pairs, their labels and identities."""

import math

import numpy as np
from scipy import sparse
from sklearn.utils import assert_all_finite
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import (
    check_array,
    column_or_1d,
    validate_data,
)

from sklearn_dissim._pairs.containers import LEFT, as_indexed, is_frame, pair_kind, side_frame
from sklearn_dissim._pairs.indexed_pairs import pairs_with_themselves
from sklearn_dissim._utils.compat import check_sample_weight

_FLOATS = (np.float64, np.float32)


def check_pairs(estimator, X, *, reset, item_shape=False):
    """Return X in one of two forms: dissimilarity vectors, or indexed pairs of numeric items.

    Sets (``reset=True``) or compares `n_features_in_` and, for dataframes,
    `feature_names_in_`: those of an item, whichever of the four containers it came in.

    Parameters
    ----------
    estimator : estimator
        Whose features these are; named in messages.
    X : IndexedPairs, array, or DataFrame
        Any of the four ways to give pairs.
    reset : bool
        True in fit.
    item_shape : bool, default=False
        Keep the items' shape (images for a backbone) instead of flattening them.

    Returns
    -------
    ndarray of shape (n_pairs, n_features), or IndexedPairs of float items
    """
    _refuse_masked(X, "X")
    kind = pair_kind(X)
    if kind == "vectors":
        return _check_numeric(X, estimator, "X", reset=reset)
    if kind == "array" and sparse.issparse(X):
        raise TypeError("X must be dense; got a sparse array of three dimensions.")
    pairs = _as_indexed(X, kind)
    items = _check_items(pairs, estimator)
    flat = items.reshape(len(items), math.prod(items.shape[1:]))
    named = side_frame(X, LEFT) if kind == "frame" else pairs.items
    named = named if is_frame(named) else flat
    validate_data(estimator, named, reset=reset, skip_check_array=True)
    return pairs.over(items if item_shape else flat)


def check_items(estimator, items, *, reset, item_shape=True):
    """Return items as an array of finite floats; every one of them is looked at.

    Parameters
    ----------
    estimator : estimator
    items : array or DataFrame of shape (n_items, ...)
    reset : bool
        True in fit.
    item_shape : bool, default=True
        Keep the items' shape instead of flattening them.

    Returns
    -------
    ndarray of shape (n_items, ...)
    """
    pairs = pairs_with_themselves(items)
    return check_pairs(estimator, pairs, reset=reset, item_shape=item_shape).items


def _as_indexed(X, kind):
    if len(X) == 0:
        raise ValueError("X must hold at least one pair; found 0 sample(s).")
    return X if kind == "indexed" else as_indexed(X)


def _check_items(pairs, estimator):
    """Return the items of pairs as numbers, those that a pair uses finite."""
    if pairs.ndim < 3:
        raise ValueError(
            f"{type(estimator).__name__} expects items of numbers, one row an item; "
            f"got items of shape {pairs.items.shape} and dtype {pairs.dtype}."
        )
    _refuse_masked(pairs.items, "X.items")
    items = pairs.items.toarray() if sparse.issparse(pairs.items) else pairs.items
    items = _check_numeric(items, estimator, "X.items", finite=False)
    with np.errstate(over="ignore", invalid="ignore"):
        suspicious = not np.isfinite(items.sum())
    if suspicious:
        _refuse_non_finite(items, pairs.indices, estimator)
    return items


def _refuse_non_finite(items, indices, estimator):
    """Name the first pair that uses an item with NaN or infinity."""
    # Items that no pair uses may hold anything.
    bad = ~np.isfinite(items.reshape(len(items), -1)).all(axis=1)
    used = bad[indices].any(axis=1)
    if used.any():
        pair = int(np.flatnonzero(used)[0])
        item = next(int(i) for i in indices[pair] if bad[i])
        what = "NaN" if np.isnan(items[item]).any() else "infinity"
        raise ValueError(
            f"Input X contains {what} (item {item}, used by pair {pair}); "
            f"{type(estimator).__name__} expects finite numbers."
        )


def _refuse_masked(X, name):
    if np.ma.is_masked(X):
        raise ValueError(f"{name} has masked values; fill or drop them first.")


def _check_numeric(X, estimator, name, *, reset=None, finite=True):
    """Return X as floats; with `reset`, check its features as those of the estimator."""
    kind = getattr(getattr(X, "dtype", None), "kind", "f")
    if kind in "USMm":
        raise ValueError(f"{name} must be numeric; got dtype {X.dtype}.")
    options = {"dtype": _FLOATS, "allow_nd": True, "order": "C", "ensure_all_finite": finite}
    try:
        if reset is None:
            return check_array(X, estimator=estimator, input_name=name, **options)
        return validate_data(estimator, X, reset=reset, **options)
    except ValueError as error:
        if "could not convert" in str(error):
            raise ValueError(f"{name} must be numeric: {error}.") from error
        raise


def check_pair_labels(y, n_pairs):
    """Return the two labels in sorted order, and -1 or +1 (same) for each pair."""
    y = column_or_1d(y, warn=True)
    if len(y) != n_pairs:
        raise ValueError(
            "Found input variables with inconsistent numbers of samples: "
            f"X holds {n_pairs} pairs, y {len(y)} labels."
        )
    assert_all_finite(y, input_name="y")
    y_type = type_of_target(y, input_name="y", raise_unknown=True)
    if y_type not in ("binary", "multiclass"):
        raise ValueError(
            f"Unknown label type: {y_type}. y must hold two labels, different and same."
        )
    classes, codes = np.unique(y, return_inverse=True)
    if y_type == "multiclass":
        raise ValueError(
            "Only binary classification is supported. The type of the target is "
            f"multiclass: y has {len(classes)} classes, expected 2 (different, same)."
        )
    if len(classes) < 2:
        raise ValueError(
            f"y must hold both labels, different and same; got one class: {classes[0]}."
        )
    return classes, 2.0 * codes - 1.0


def item_feature_names(estimator, input_features):
    """Return names of an item's features: those given, those seen in fit, or x0, x1..."""
    seen, n_features = getattr(estimator, "feature_names_in_", None), estimator.n_features_in_
    if input_features is None:
        return seen if seen is not None else [f"x{k}" for k in range(n_features)]
    if seen is not None and list(input_features) != list(seen):
        raise ValueError("input_features is not equal to feature_names_in_")
    if len(input_features) != n_features:
        raise ValueError(
            "input_features should have length equal to number of features "
            f"({n_features}), got {len(input_features)}"
        )
    return input_features


def check_pair_groups(groups, n_pairs):
    """Return both identities of each pair, as an array of shape (n_pairs, 2)."""
    groups = np.asarray(groups)
    if groups.shape != (n_pairs, 2):
        raise ValueError(
            f"groups must have shape (n_pairs, 2) = ({n_pairs}, 2); got {groups.shape}."
        )
    return groups


def check_pair_weights(sample_weight, class_weight, classes, signs):
    """Return weights of pairs: their own times those of their labels, shape (n_pairs,)."""
    weights = check_sample_weight(sample_weight, signs, dtype=np.float64)
    same = (signs > 0).astype(int)
    return weights * label_weights(class_weight, classes, classes[same])[same]


def label_weights(class_weight, classes, y):
    """Return weights of both labels, shape (2,)."""
    weights = compute_class_weight(class_weight, classes=classes, y=y)
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError(
            f"class_weight must hold finite weights of at least 0; got {class_weight}."
        )
    return weights


def check_both_classes_weigh(classes, signs, weights):
    """Refuse weights that are all 0 for one of the two classes."""
    for label, sign in zip(classes, (-1, 1), strict=True):
        if not weights[signs == sign].any():
            raise ValueError(
                f"The weights (sample_weight, class_weight) leave no pair of class {label}; "
                "both classes are needed."
            )


def check_one_dimensional(values, name, items):
    """Return an array of one value an item, which none lacks."""
    # numpy would make strings of the numbers in a list of both.
    if not hasattr(values, "dtype") and np.ndim(values) == 1:
        kinds = {isinstance(value, str) for value in values}
        values = np.array(values, dtype=object if len(kinds) > 1 else None)
    values = np.asarray(values)
    if values.ndim != 1:
        raise ValueError(f"{name} must be a 1d array, one value an item; got {values.shape}.")
    n_items = items.shape[0] if hasattr(items, "shape") else len(items)
    if len(values) != n_items:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {n_items} items, "
            f"{len(values)} {name}."
        )
    if values.dtype.kind in "fcmMO" and _missing(values):
        raise ValueError(f"{name} contain NaN or another missing value.")
    return values


def _missing(values):
    from pandas import isna

    return isna(values).any() or (values.dtype.kind == "f" and np.isinf(values).any())


def codes_of(values, name):
    """Number the distinct values from 0, in sorted order."""
    try:
        return np.unique(values, return_inverse=True)[1]
    except TypeError as error:
        raise TypeError(f"{name} must all be of one type: {error}.") from error


def check_identities(identities, items):
    """Number the identities from 0; -1 stays -1, the unknown."""
    identities = check_one_dimensional(identities, "identities", items)
    if identities.dtype.kind == "f" and (identities != np.floor(identities)).any():
        raise ValueError("identities must be integers or strings; got fractions.")
    codes = np.full(len(identities), -1)
    known = np.ones(len(identities), bool)
    if identities.dtype.kind in "ifO":
        known = identities != -1
    codes[known] = codes_of(identities[known], "identities")
    return codes


def check_identities_of_pairs(groups, n_pairs=None, name="groups"):
    """Return both identities of each pair, none unknown, as an array of shape (n_pairs, 2)."""
    if groups is None:
        raise ValueError(f"{name} must be given: both identities of each pair.")
    missing = np.ma.getmaskarray(groups) if np.ma.isMaskedArray(groups) else None
    # A list of names and numbers would become one of names.
    groups = np.asarray(groups) if hasattr(groups, "shape") else np.array(groups, dtype=object)
    if n_pairs is not None:
        check_pair_groups(groups, n_pairs)
    elif groups.ndim != 2 or groups.shape[1] != 2:
        raise ValueError(f"{name} must have shape (n_pairs, 2); got {groups.shape}.")
    _refuse_unknown(groups, missing, name)
    if groups.dtype.kind == "f" and (groups != np.floor(groups)).any():
        raise ValueError(f"{name} must hold integers or strings; got fractions.")
    return groups


def _refuse_unknown(groups, missing, name):
    """Name the first pair one of whose identities is missing or -1."""
    unknown = np.zeros(groups.shape, bool) if missing is None else missing.copy()
    if groups.dtype.kind == "f":
        unknown |= ~np.isfinite(groups)
    elif groups.dtype.kind in "mMO":
        from pandas import isna

        unknown |= isna(groups)
    if groups.dtype.kind in "ifO":
        unknown[~unknown] = groups[~unknown] == -1
    if unknown.any():
        pair, side = np.argwhere(unknown)[0].tolist()
        raise ValueError(
            f"{name} must name both identities of each pair; {unknown.any(axis=1).sum()} pairs "
            f"have one that is missing or -1, the unknown (the first is pair {pair}, "
            f"{('left', 'right')[side]}). An unknown identity may be on both sides: leave such "
            "pairs out."
        )


def codes_of_identities(groups, name="groups"):
    """Number the identities of pairs from 0, in sorted order, shape (n_pairs, 2)."""
    return codes_of(groups, name).reshape(-1, 2)
