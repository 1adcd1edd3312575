"""ItemTransformer: any scikit-learn transformer, applied to both members of a pair."""

import math

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import Bunch, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_dissim._pairs.containers import map_items, pair_kind, stacked_items
from sklearn_dissim._utils.all_or_nothing import all_or_nothing
from sklearn_dissim._utils.compat import PAIRS_OUT, HasMethods, check_sample_weight, fit_context


class ItemTransformer(TransformerMixin, BaseEstimator, **PAIRS_OUT):
    """Apply a transformer to the items of pairs, left and right alike.

    The pairs keep their container: an array stays an array, a DataFrame with left_* and
    right_* columns stays one, `IndexedPairs` stay indexed.

    Parameters
    ----------
    transformer : estimator
        Any scikit-learn transformer or pipeline of them; cloned, not changed.

    Attributes
    ----------
    transformer_ : estimator
        The fitted transformer; its rows are items.
    n_features_in_ : int
        Features of an item.
    feature_names_in_ : ndarray of str
        Names of an item's columns, where X was a DataFrame; without left_ and right_.

    See Also
    --------
    PairWhitening : An item basis learned from the pair labels.

    Notes
    -----
    On `IndexedPairs` the transformer is fitted on the items that the pairs use, each of
    them once, and transforms each item once. On arrays and DataFrames, which do not say
    what is the same item, an item counts as often as it occurs.

    Pair labels are not passed on. A `sample_weight` of pairs becomes one of items: both
    members get their pair's weight; an indexed item that of its heaviest pair.

    Items of more than one dimension (images) are flattened, unless the transformer says
    by its tags that it takes them.

    Fitted on a 2-D array, whose rows are dissimilarity vectors, it passes them through:
    there are no items. Fitted on pairs, it transforms a 2-D array as items.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn_dissim import IndexedPairs, ItemTransformer
    >>> pairs = IndexedPairs([[0.0], [2.0], [4.0]], [[0, 1], [0, 2]])
    >>> ItemTransformer(StandardScaler()).fit_transform(pairs).items.round(2)
    array([[-1.22],
           [ 0.  ],
           [ 1.22]])
    """

    _parameter_constraints = {"transformer": [HasMethods(["fit", "transform"])]}

    def __init__(self, transformer):
        self.transformer = transformer

    @fit_context(prefer_skip_nested_validation=False)
    @all_or_nothing
    def fit(self, X, y=None, **fit_params):
        """Fit the transformer on the items of pairs.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.
        y : None
            Ignored.
        **fit_params : dict
            Passed to the transformer's fit, by metadata routing where it is enabled;
            `sample_weight` of shape (n_pairs,) is turned into weights of items.

        Returns
        -------
        self
            Fitted transformer.
        """
        if pair_kind(X) == "vectors":
            transformer = FunctionTransformer(feature_names_out="one-to-one")
            allow_nan = get_tags(self).input_tags.allow_nan
            self.transformer_ = transformer.fit(
                validate_data(self, X, ensure_all_finite="allow-nan" if allow_nan else True)
            )
            return self
        if get_config()["enable_metadata_routing"]:
            fit_params = process_routing(self, "fit", **fit_params).transformer.fit
        if fit_params.get("sample_weight") is not None:
            weights = _item_weights(fit_params["sample_weight"], X)
            fit_params = {**fit_params, "sample_weight": weights}
        items = self._shaped(stacked_items(X))
        _check_item_features(self, items, reset=True)
        self.transformer_ = clone(self.transformer).fit(items, **fit_params)
        return self

    def transform(self, X, **transform_params):
        """Transform the items of pairs, or items.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            Pairs; or items, one a row of a 2-D array.
        **transform_params : dict
            Passed to the transformer's transform where metadata routing is enabled.

        Returns
        -------
        IndexedPairs, ndarray or DataFrame
            Pairs in the container they came in; or items, as an ndarray.
        """
        check_is_fitted(self)
        params = Bunch()
        if get_config()["enable_metadata_routing"]:
            params = process_routing(self, "transform", **transform_params).transformer.transform

        def function(items):
            items = self._shaped(items)
            _check_item_features(self, items, reset=False)
            return self.transformer_.transform(items, **params)

        if pair_kind(X) == "vectors":
            return function(X if hasattr(X, "shape") else np.asarray(X))
        return map_items(X, function, self._names_out)

    def _names_out(self):
        named = hasattr(self.transformer_, "get_feature_names_out")
        return self.get_feature_names_out() if named else None

    def _shaped(self, items):
        tags = get_tags(self.transformer)
        takes_any = tags.no_validation or tags.input_tags.three_d_array
        if len(items.shape) > 2 and not takes_any:
            return items.reshape(len(items), math.prod(items.shape[1:]))
        return items

    def get_feature_names_out(self, input_features=None):
        """Return the names of an item's features after the transformation.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of an item's features; default: those seen in fit.

        Returns
        -------
        ndarray of str
            One name a feature.
        """
        check_is_fitted(self)
        return self.transformer_.get_feature_names_out(input_features)

    def set_output(self, *, transform=None):
        """Do nothing: pairs keep the container they came in.

        Parameters
        ----------
        transform : None
            Ignored.

        Returns
        -------
        self
            The transformer, as it was.
        """
        return self

    def get_metadata_routing(self):
        """Return which metadata the transformer asks for.

        Returns
        -------
        MetadataRouter
            The routing to the transformer's fit and transform.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        mapping.add(caller="transform", callee="transform")
        mapping.add(caller="fit_transform", callee="fit")
        mapping.add(caller="fit_transform", callee="transform")
        router = MetadataRouter(owner=type(self).__name__)
        return router.add(transformer=self.transformer, method_mapping=mapping)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        if hasattr(self.transformer, "__sklearn_tags__"):
            inner = get_tags(self.transformer)
            tags.input_tags.allow_nan = inner.input_tags.allow_nan
            tags.input_tags.string = inner.input_tags.string
            tags.non_deterministic = inner.non_deterministic
        return tags


def _check_item_features(estimator, items, *, reset):
    """Set or compare the number and the names of an item's features."""
    if len(items.shape) == 1 and (reset or not hasattr(estimator, "n_features_in_")):
        return  # texts
    if len(items.shape) < 2:
        raise ValueError(
            f"Expected 2D array, got 1D array instead: X of shape {items.shape}. Reshape your "
            f"data to (n_items, {estimator.n_features_in_})."
        )
    named = items if hasattr(items, "columns") else np.empty((1, items.shape[1]))
    validate_data(estimator, named, reset=reset, skip_check_array=True)


def _item_weights(sample_weight, X):
    """Return each item's weight: the greatest of the pairs that it is in."""
    weights = check_sample_weight(sample_weight, X)
    if pair_kind(X) != "indexed":
        return np.repeat(weights, 2)
    pairs = X.compact()
    heaviest = np.zeros(pairs.items.shape[0])
    np.maximum.at(heaviest, pairs.indices, weights[:, np.newaxis])
    return heaviest
