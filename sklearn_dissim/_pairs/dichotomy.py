"""DichotomyTransformer: pairs of items to dissimilarity vectors."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_dissim._kernels.dissimilarity import DIFFERENCES
from sklearn_dissim._kernels.dissimilarity_matrix import dissimilarity_matrix
from sklearn_dissim._pairs.containers import map_items
from sklearn_dissim._pairs.validation import check_pairs, item_feature_names
from sklearn_dissim._utils.all_or_nothing import all_or_nothing
from sklearn_dissim._utils.compat import Interval, StrOptions, fit_context
from sklearn_dissim._utils.progress import Progress


class DichotomyTransformer(TransformerMixin, BaseEstimator):
    r"""Turn pairs of items into dissimilarity vectors.

    The dichotomy transformation [1]_ makes of "which of many identities?" a question with
    two answers, same or different, for any classifier: a pair (q, r) becomes the vector
    :math:`|q - r|`, one non-negative number a feature [2]_.

    Parameters
    ----------
    difference : {"absolute", "squared"}, default="absolute"
        ``|q - r|`` or ``(q - r) ** 2``.
    backbone : torch.nn.Module, default=None
        Embeds the items first: maps a batch (n, \*item_shape) to (n, n_features). Each
        distinct item goes through it once. A copy is used, in evaluation mode.
    batch_size : int, default=256
        Items in a batch of the backbone.
    device : str, default="auto"
        Where the backbone runs: "cpu", "cuda"...; "auto" takes the GPU if there is one.
    verbose : int, default=0
        1 shows the backbone's progress, where it takes more than a second.

    Attributes
    ----------
    backbone_ : torch.nn.Module or None
        The copy in use.
    n_features_in_ : int
        Features of an item (for images, of all their pixels).
    feature_names_in_ : ndarray of str
        Their names, where X was a DataFrame; without left_ and right_.

    See Also
    --------
    MaxMarginPairClassifier : Does this by itself, without storing the vectors.

    Notes
    -----
    Pairs come as an array (n_pairs, 2, \*item_shape), `IndexedPairs`, or a DataFrame with
    left_* and right_* columns. A 2-D array holds dissimilarity vectors already and is
    passed through.

    References
    ----------
    .. [1] S.-H. Cha and S. N. Srihari, "Writer identification: statistical analysis and
       dichotomizer", SSPR/SPR 2000.
    .. [2] "Image Retrieval Methods in the Dissimilarity Space", arXiv:2412.08618.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dissim import DichotomyTransformer
    >>> pairs = np.array([[[1.0, 5.0], [4.0, 5.0]]])
    >>> DichotomyTransformer().fit_transform(pairs)
    array([[3., 0.]])
    """

    _parameter_constraints = {
        "difference": [StrOptions(set(DIFFERENCES))],
        "backbone": [None, callable],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "device": [str],
        "verbose": ["verbose"],
    }

    def __init__(
        self, difference="absolute", *, backbone=None, batch_size=256, device="auto", verbose=0
    ):
        self.difference = difference
        self.backbone = backbone
        self.batch_size = batch_size
        self.device = device
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y=None):
        """Take note of the items' features; nothing is learned.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.
        y : None
            Ignored.

        Returns
        -------
        self
            Fitted transformer.
        """
        pairs = check_pairs(self, X, reset=True, item_shape=self.backbone is not None)
        self._vectors = isinstance(pairs, np.ndarray)
        self._n_features_out = self.n_features_in_
        self.backbone_ = None
        if self.backbone is not None:
            self._fit_backbone(pairs)
        return self

    def _fit_backbone(self, pairs):
        """Keep a frozen copy of the backbone, and note how many features it gives."""
        import torch

        from sklearn_dissim._utils.torch_batches import frozen_copy, resolve_device

        if not isinstance(self.backbone, torch.nn.Module):
            raise TypeError(
                "backbone must be a torch.nn.Module instance or None; "
                f"got {type(self.backbone).__name__}."
            )
        self.backbone_ = frozen_copy(self.backbone, resolve_device(self.device))
        if not self._vectors:
            self._n_features_out = self._embed(pairs[:1]).items.shape[1]

    def transform(self, X):
        """Compute the dissimilarity vectors of pairs.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.

        Returns
        -------
        ndarray of shape (n_pairs, n_features)
            One vector a pair; in the container that `set_output` names.
        """
        check_is_fitted(self)
        embeds = self.backbone_ is not None
        pairs = check_pairs(self, X, reset=False, item_shape=embeds)
        if embeds and not isinstance(pairs, np.ndarray):
            pairs = self._embed(pairs)
            if not self._vectors and pairs.items.shape[1] != self._n_features_out:
                raise ValueError(
                    f"backbone gives {pairs.items.shape[1]} features for these items, "
                    f"{self._n_features_out} for those seen in fit; was their shape another?"
                )
        return dissimilarity_matrix(pairs, self.difference).toarray()

    def _embed(self, pairs):
        """Return the same pairs over embeddings, each item embedded once."""
        from sklearn_dissim._utils.torch_batches import embed, floating_dtype, resolve_device

        def embed_all(items):
            with Progress("Embedding items", len(items), self.verbose) as progress:
                return embed(
                    self.backbone_,
                    items,
                    batch_size=self.batch_size,
                    device=resolve_device(self.device),
                    dtype=floating_dtype(self.backbone_),
                    progress=progress,
                )

        return map_items(pairs, embed_all)

    def get_feature_names_out(self, input_features=None):
        """Return the names of a vector's elements: "age__absolute", "embedding0__absolute"...

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of an item's features; default: those seen in fit, or x0, x1...

        Returns
        -------
        ndarray of str
            One name an element.
        """
        check_is_fitted(self)
        names = self._item_names(input_features)
        if not self._vectors:
            names = [f"{name}__{self.difference}" for name in names]
        return np.asarray(names, dtype=object)

    def _item_names(self, input_features):
        if self.backbone_ is not None and not self._vectors:
            return [f"embedding{i}" for i in range(self._n_features_out)]
        return item_feature_names(self, input_features)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
