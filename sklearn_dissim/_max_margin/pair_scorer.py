"""What a fitted pair classifier does: embed items, compare pairs of them, score, decide."""

from typing import Any

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils.validation import check_is_fitted

from sklearn_dissim._kernels.dissimilarity_matrix import dissimilarity_matrix
from sklearn_dissim._pairs.scatter import in_basis
from sklearn_dissim._pairs.validation import check_items, check_pairs


class PairScorer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClassifierMixin, BaseEstimator):
    """Scores of pairs by `coef_` and `intercept_`, of embeddings by `net_` if there is one."""

    # What a fit sets.
    classes_: Any
    coef_: Any
    intercept_: Any
    net_: Any
    _trained_params: dict
    _item_shape: Any  # None where the backbone takes dissimilarity vectors
    _basis: Any  # of the embeddings: arguments of `in_basis`; or None

    # What a subclass has as parameters.
    batch_size: Any
    verbose: Any

    @property
    def trained_difference(self):
        """Which difference of the embeddings was trained on."""
        return self._trained_params["difference"]

    def embed(self, items, *, layer=None):
        """Embeddings of items, as the classifier compares them.

        Parameters
        ----------
        items : array-like of shape (n_items, ...) or DataFrame
        layer : str, default=None
            What this layer of the backbone puts out, as vectors, instead of the embedding. Its
            name is as in ``net_.module_.backbone.named_modules()``.

        Returns
        -------
        ndarray of shape (n_items, n_embedding)
            Without a backbone, the items themselves, as vectors.
        """
        check_is_fitted(self)
        items = check_items(self, items, reset=False, item_shape=self.net_ is not None)
        self._check_layer(layer)
        return items if self.net_ is None else self._embed(items, layer)

    def _check_layer(self, layer):
        if layer is None:
            return
        if self.net_ is None:
            raise ValueError(f"layer needs a backbone; got layer={layer!r} without one.")
        names = [name for name, _ in self.net_.module_.backbone.named_modules() if name]
        if layer not in names:
            raise ValueError(f"layer must be one of the backbone's, {names}; got {layer!r}.")

    def _embed(self, items, layer=None):
        from sklearn_dissim._max_margin.training.building import embed_items

        shape = self._item_shape or (self.n_features_in_,)
        if items.shape[1:] != shape:
            raise ValueError(
                f"items must have the shape {shape} of those seen in fit; got {items.shape[1:]}."
            )
        embeddings = embed_items(
            self.net_.module_,
            items,
            batch_size=self.batch_size,
            layer=layer,
            verbose=self.verbose,
        )
        if layer is not None or self._basis is None:
            return embeddings
        return in_basis(embeddings, *self._basis)

    def _matrix(self, pairs):
        """Dissimilarity vectors of checked pairs, through the backbone if there is one."""
        if self.net_ is None:
            return dissimilarity_matrix(pairs, self.trained_difference)
        vectors = isinstance(pairs, np.ndarray)
        if vectors != (self._item_shape is None):
            seen, got = ("dissimilarity vectors", "pairs of items")[:: -1 if vectors else 1]
            raise ValueError(
                f"X must hold {seen}, as in fit, for the backbone to embed; got {got}."
            )
        embedded = self._embed(pairs) if vectors else self._embedded(pairs)
        return dissimilarity_matrix(embedded, self.trained_difference)

    def _embedded(self, pairs):
        """The same pairs over embeddings, each item embedded once."""
        used = pairs.compact()
        return used.over(self._embed(used.items))

    def _check_fitted_pairs(self, X):
        check_is_fitted(self)
        return check_pairs(self, X, reset=False, item_shape=self.net_ is not None)

    def transform(self, X):
        """Dissimilarity vectors of pairs, of their embeddings if there is a backbone.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.

        Returns
        -------
        ndarray of shape (n_pairs, n_embedding)
        """
        pairs = self._check_fitted_pairs(X)
        return self._matrix(pairs).toarray().astype(pairs.dtype, copy=False)

    @property
    def _n_features_out(self):
        return self.coef_.shape[1]

    def decision_function(self, X):
        """Scores of pairs: above 0 means same, the higher the surer.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.

        Returns
        -------
        ndarray of shape (n_pairs,)
        """
        pairs = self._check_fitted_pairs(X)
        return self._matrix(pairs).dot(self.coef_[0]) + self.intercept_[0]

    def predict(self, X):
        """The label of each pair, different or same, as `fit` was told them.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.

        Returns
        -------
        ndarray of shape (n_pairs,)
        """
        same = self.decision_function(X) > 0
        return self.classes_[same.astype(int)]

    def __getstate__(self):
        state = super().__getstate__()
        if state.get("net_") is None:
            return state
        from sklearn_dissim._max_margin.training.building import arrays_of

        return state | {
            "net_": None,
            "_network": arrays_of(self.net_.module_, self._item_shape is None),
        }

    def __setstate__(self, state):
        arrays = state.pop("_network", None)
        super().__setstate__(state)
        if arrays is not None:
            from sklearn_dissim._max_margin.training.building import net_of

            settings = type(self)(**self._trained_params)
            self.net_ = net_of(settings, arrays, self.n_features_in_, self.history_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
