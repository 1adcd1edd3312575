"""PairWhitening: project items on a basis that whitens the differences of same pairs."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, column_or_1d

from sklearn_dissim._pairs.containers import map_items, pair_kind
from sklearn_dissim._pairs.scatter import (
    discriminant_basis,
    is_singular,
    pair_scatter,
    shrunk,
    zca_basis,
)
from sklearn_dissim._pairs.validation import (
    check_both_classes_weigh,
    check_pair_labels,
    check_pairs,
)
from sklearn_dissim._utils.all_or_nothing import all_or_nothing
from sklearn_dissim._utils.compat import (
    PAIRS_OUT,
    Interval,
    StrOptions,
    check_sample_weight,
    fit_context,
)


class PairWhitening(TransformerMixin, BaseEstimator, **PAIRS_OUT):
    r"""Project items on the basis that whitens same pairs and diagonalises different ones.

    With the scatter of same and of different pairs

    .. math:: S_{same} = \text{mean}_{same} (q - r)(q - r)^T, \quad
              S_{diff} = \text{mean}_{diff} (q - r)(q - r)^T

    the components v solve :math:`S_{diff} v = \lambda S_{same} v` with
    :math:`v^T S_{same} v = 1` [1]_ [2]_: in the new basis the differences of same pairs
    have unit covariance, those of different pairs a diagonal one,
    :math:`\lambda_1 \ge \lambda_2 \ge \dots`. It is the whitening that suits a linear
    classifier of :math:`|q - r|`, which weighs each component by itself.

    Parameters
    ----------
    n_components : int, default=None
        Keep so many components, those of the greatest ratio; all by default.
    shrinkage : float in [0, 1], default=0.3
        Mix this share of ``mean eigenvalue * identity`` into the scatter of same pairs.
        0 needs more same pairs than features.
    basis : {"discriminant", "zca"}, default="discriminant"
        Which of the bases that whiten same pairs:

        - "discriminant": the components v above, which diagonalise the scatter of different
          pairs as well;
        - "zca": the rows of :math:`S_{same}^{-1/2}`, which move the items least [3]_. Each
          component stays near one feature, which suits features that were trained to be
          compared one by one, as embeddings are.
    length_power : float in [0, 1], default=0.0
        Divide every projected item by its length to this power [4]_. 0 leaves the lengths as
        they are and 1 makes them all 1, which suits features whose length says little about
        the identity; an item at the mean stays there.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        The basis, one component a row.
    mean_ : ndarray of shape (n_features,)
        Mean of the items, subtracted first.
    ratios_ : ndarray of shape (n_components,)
        Scatter of different pairs over that of same pairs along each component:
        :math:`\lambda`, falling, with the discriminant basis.
    n_features_in_ : int
        Features of an item.
    feature_names_in_ : ndarray of str
        Their names, where X was a DataFrame; without left_ and right_.

    See Also
    --------
    ItemTransformer : Any unsupervised transformer of items.

    Notes
    -----
    Fitted on a 2-D array, whose rows are dissimilarity vectors, it passes them through:
    there are no items. Fitted on pairs, it transforms a 2-D array as items.

    References
    ----------
    .. [1] M. Koestinger et al., "Large scale metric learning from equivalence
       constraints", CVPR 2012.
    .. [2] S. Liao et al., "Person re-identification by local maximal occurrence
       representation and metric learning", CVPR 2015, eq. 8-10.
    .. [3] A. Kessy, A. Lewin and K. Strimmer, "Optimal whitening and decorrelation", The
       American Statistician 72(4), 2018.
    .. [4] D. Garcia-Romero and C. Espy-Wilson, "Analysis of i-vector length normalization in
       speaker recognition systems", Interspeech 2011; there with power 1.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_dissim import PairWhitening, make_pairs
    >>> X, species = load_iris(return_X_y=True)
    >>> pairs, y, groups = make_pairs(X, species, random_state=0)
    >>> whitening = PairWhitening(n_components=2).fit(pairs, y)
    >>> whitening.transform(pairs)
    IndexedPairs(7350 pairs of 150 items of shape (2,))
    >>> whitening.transform(X).shape
    (150, 2)
    """

    _parameter_constraints = {
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "shrinkage": [Interval(Real, 0, 1, closed="both")],
        "basis": [StrOptions({"discriminant", "zca"})],
        "length_power": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(self, n_components=None, *, shrinkage=0.3, basis="discriminant", length_power=0.0):
        self.n_components = n_components
        self.shrinkage = shrinkage
        self.basis = basis
        self.length_power = length_power

    @fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y, sample_weight=None):
        """Learn the basis from labelled pairs.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.
        y : array-like of shape (n_pairs,)
            Any two labels; the greater one in sorted order means same.
        sample_weight : array-like of shape (n_pairs,), default=None
            Weights of the pairs in both scatters.

        Returns
        -------
        self
            Fitted transformer.

        Raises
        ------
        ValueError
            If `n_components` exceeds the features, or without shrinkage the same pairs
            do not span them.
        """
        pairs = check_pairs(self, X, reset=True)
        weights = check_sample_weight(sample_weight, pairs, dtype=np.float64)
        self._takes_items = not isinstance(pairs, np.ndarray)
        if not self._takes_items:
            column_or_1d(y)
            self.mean_ = np.zeros(self.n_features_in_)
            self.components_ = np.eye(self.n_features_in_)
            self.ratios_ = np.ones(self.n_features_in_)
            return self
        classes, signs = check_pair_labels(y, len(pairs))
        check_both_classes_weigh(classes, signs, weights)
        n_components = self._check_n_components()
        items = pairs.items.astype(np.float64)
        mean = items[np.unique(pairs.indices)].mean(axis=0)
        items -= mean
        same, different = (
            pair_scatter(items, pairs.indices[signs == s], weights[signs == s]) for s in (1, -1)
        )
        components, ratios = self._whitened(same, different)
        self.mean_ = mean
        self.components_ = components[:n_components]
        self.ratios_ = ratios[:n_components]
        return self

    def _check_n_components(self):
        n_components = self.n_components or self.n_features_in_
        if n_components > self.n_features_in_:
            raise ValueError(
                f"n_components must be at most the number of features, "
                f"{self.n_features_in_}; got {n_components}."
            )
        if self.n_components is not None and self.basis == "zca":
            raise ValueError(
                f"n_components={self.n_components} needs basis='discriminant', whose components "
                "are sorted by how much they tell; got basis='zca'."
            )
        return n_components

    def _whitened(self, same, different):
        """Return the components, and the ratio of both scatters along each."""
        if not np.trace(same) > 0:
            raise ValueError(
                "The two items of each same pair are equal: there is nothing to whiten."
            )
        same = shrunk(same, self.shrinkage)
        if is_singular(same):
            raise ValueError(
                "The same pairs do not vary in every direction of the features; shrinkage must "
                f"be greater than 0, got {self.shrinkage}."
            )
        zca = self.basis == "zca"
        components = zca_basis(same) if zca else discriminant_basis(same, different)
        # v^T different v for each row v, where v^T same v = 1.
        return components, np.einsum("if,if->i", components @ different, components)

    def transform(self, X):
        """Project the items of pairs, or items.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            Pairs; or items, one a row of a 2-D array.

        Returns
        -------
        IndexedPairs, ndarray or DataFrame
            Pairs in the container they came in; or items, of shape (n_items, n_components).
        """
        check_is_fitted(self)
        checked = check_pairs(self, X, reset=False)
        if isinstance(checked, np.ndarray):
            return self._project(checked)
        if pair_kind(X) == "indexed":
            return map_items(checked, self._project, self.get_feature_names_out)
        # Checked pairs index the stacked items of X in order.
        return map_items(X, lambda _: self._project(checked.items), self.get_feature_names_out)

    def _project(self, items):
        dtype = items.dtype
        projected = (items - self.mean_.astype(dtype)) @ self.components_.T.astype(dtype)
        if self.length_power and self._takes_items:
            lengths = np.linalg.norm(projected, axis=1, keepdims=True)
            projected /= np.where(lengths > 0, lengths, 1) ** dtype.type(self.length_power)
        return projected

    def get_feature_names_out(self, input_features=None):
        """Return the names of the components: pairwhitening0, pairwhitening1...

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
            One name a component.
        """
        check_is_fitted(self)
        return np.array([f"pairwhitening{i}" for i in range(len(self.components_))], dtype=object)

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

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
