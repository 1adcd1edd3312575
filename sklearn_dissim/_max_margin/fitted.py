"""What a fit of the classifier learns, as one value."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted


@dataclass(frozen=True)
class Fitted:
    """Hold all that a fit has learned; a fit replaces it as a whole or not at all.

    Parameters
    ----------
    classes : ndarray of shape (2,)
        Labels, different and same.
    coef : ndarray of shape (1, n_features)
    intercept : ndarray of shape (1,)
    difference : str
        Which difference of two items the weights are for.
    n_iter : int
    C, objective, dual_gap : float, default=None
        Of an exactly solved head.
    net : PairNet, default=None
    history : list of dict, default=None
    whitening : PairWhitening, default=None
        Of the embeddings.
    recipe : Recipe, default=None
        By which the network was trained.
    item_shape : tuple, default=None
        Shape of what the backbone takes.
    """

    classes: np.ndarray
    coef: np.ndarray
    intercept: np.ndarray
    difference: str
    n_iter: int
    C: float | None = None
    objective: float | None = None
    dual_gap: float | None = None
    net: Any = None
    history: list | None = None
    whitening: Any = None
    recipe: Any = None
    item_shape: tuple | None = None

    def __getstate__(self):
        # The network travels as arrays, so that a pickle holds no object of torch's or skorch's.
        if self.net is None:
            return vars(self)
        from sklearn_dissim._max_margin.training.network import arrays_of

        return vars(self) | {"net": arrays_of(self.net.module_)}

    def __setstate__(self, state):
        vars(self).update(state)
        if self.net is not None:
            from sklearn_dissim._max_margin.training.network import net_of

            n_inputs = math.prod(self.item_shape or ())
            vars(self)["net"] = net_of(self.net, self.recipe, n_inputs, self.history)


class FittedAttribute:
    """Read a field of `Fitted` as an attribute of the estimator, as ``coef_`` is.

    A field that is None counts as an attribute that is not there, except where
    `missing_is_none`.

    Parameters
    ----------
    doc : str
    missing_is_none : bool, default=False
    """

    def __init__(self, doc, *, missing_is_none=False):
        self.__doc__ = doc
        self._missing_is_none = missing_is_none

    def __set_name__(self, owner, name):
        self._name, self._field = name, name.removesuffix("_")

    def __set__(self, estimator, value):
        check_is_fitted(estimator)
        before = getattr(estimator._fitted, self._field)
        if isinstance(before, np.ndarray) and self._field != "classes":
            value = np.array(value, dtype=np.float64)
            if value.shape != before.shape:
                raise ValueError(
                    f"{self._name} must have the shape {before.shape} that it has after fit; "
                    f"got {value.shape}."
                )
        vars(estimator)["_fitted"] = replace(estimator._fitted, **{self._field: value})

    def __get__(self, estimator, owner=None):
        if estimator is None:
            return self
        fitted = vars(estimator).get("_fitted")
        value = getattr(fitted, self._field, None)
        if value is None and not (fitted and self._missing_is_none):
            raise AttributeError(
                f"{type(estimator).__name__!r} object has no attribute {self._name!r}"
                + ("" if fitted else " before it is fitted")
            )
        return value
