"""MaxMarginPairClassifier: tell same from different by a linear classifier of |q - r|."""

from copy import deepcopy
from dataclasses import fields
from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_dissim._kernels.dissimilarity import DIFFERENCES
from sklearn_dissim._max_margin.fitted import FittedAttribute
from sklearn_dissim._max_margin.fitting import fit_convex, fit_network, refuse_another_network
from sklearn_dissim._max_margin.losses import LOSSES
from sklearn_dissim._max_margin.objective import Objective
from sklearn_dissim._max_margin.scoring import check_layer, embedded_items, matrix_of
from sklearn_dissim._max_margin.training.parameters import OF_TRAINING, Training
from sklearn_dissim._pairs.validation import (
    check_both_classes_weigh,
    check_items,
    check_pair_labels,
    check_pair_weights,
    check_pairs,
)
from sklearn_dissim._utils.all_or_nothing import FitEndedEarly, all_or_nothing
from sklearn_dissim._utils.compat import Interval, StrOptions, fit_context
from sklearn_dissim._utils.params import PrefixedParams, refuse_given


def _has_backbone(estimator):
    return estimator.backbone is not None


class MaxMarginPairClassifier(
    PrefixedParams,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ClassifierMixin,
    BaseEstimator,
):
    r"""Classify pairs as same or different by a maximal margin in the dissimilarity space.

    A pair of items (q, r) becomes one dissimilarity vector, :math:`d = |q - r|`, and a
    linear classifier decides: different or same [1]_ [2]_. Weights w and intercept b

    .. math:: \text{minimise} \quad \tfrac12 |w - w_0|_2^2
              + C \sum_i s_i \, loss(margin - y_i (w \cdot d_i + b))

    subject to :math:`|w|_2 \le max\_norm` if given and :math:`w \le 0` if `nonpositive`;
    :math:`y_i` is +1 for same and -1 for different, :math:`s_i` the weight of a pair, and
    :math:`w_0` is 0 or, with ``shrink_to="equal"``, the plain distance.

    Without a backbone the problem is convex and solved to a certified duality gap; the
    result is the same at every call. With a `backbone` f, :math:`d = |f(q) - f(r)|`, and f
    is trained with the classifier by stochastic gradients [2]_, on given pairs (`fit`) or on
    all pairs of batches of identities (`fit_identities`).

    Parameters
    ----------
    C : float or "auto", default="auto"
        Cost of margin violations; the smaller, the stronger the pull of `shrink_to`. "auto"
        is :math:`200 / (n_{features} \, \bar d^2 \sum_i s_i)` with the mean :math:`\bar d`
        of all differences, whatever their unit and number; `C_` holds it. In the training
        of a backbone it is 1.
    margin : float, default=1.0
        Score, up or down, from which a pair costs nothing. Without `max_norm` and a
        backbone, scaling it by t scales weights and intercept by t, where C is scaled by t
        too (hinge) or left as it is (squared hinge): try values with `max_norm`.
    max_norm : float, default=None
        Largest L2 norm of the weights; with a backbone, kept by projection after each step.
    loss : {"hinge", "squared_hinge"}, default="hinge"
        ``max(0, z)`` or ``max(0, z) ** 2``.
    difference : {"absolute", "squared"}, default="absolute"
        ``|q - r|`` or ``(q - r) ** 2``.
    nonpositive : bool or "auto", default="auto"
        Hold the weights at or below 0: a larger difference can then only lower the
        score, and ``intercept - score`` is a weighted distance. "auto" does so where a
        backbone embeds items.
    shrink_to : {"zero", "equal"}, default="zero"
        Where weights go as C goes to 0 [3]_: to 0; or to equal ones, those that with an
        intercept violate the margin least when both labels weigh the same. With "equal" a
        small C ranks pairs as the plain distance does, and a larger one departs from it as
        far as pairs give reason to: for features of like units, as after `PairWhitening`,
        and few identities to learn from. With a backbone it needs ``finish="exact"``: the
        training itself starts from equal weights.
    class_weight : dict or "balanced", default=None
        Weights by label, multiplied into `sample_weight`; "balanced" makes up for one
        label having more pairs than the other.
    tol : float, default=1e-5
        Stop when the duality gap is at most this share of the objective. With a backbone it
        needs ``finish="exact"``.
    max_iter : int, default=1000
        Largest number of Newton steps. With a backbone it needs ``finish="exact"``.
    backbone : {"linear", "mlp"}, nn.Module class or instance, default=None
        Embeds the items: maps a batch (n, \*item_shape) to (n, n_features). A class is built
        with the parameters ``backbone__*``; an instance (pretrained, say) is copied. "linear"
        (``backbone__n_components``) begins as `PairWhitening`; it and "mlp"
        (``backbone__hidden_layer_sizes``, ``backbone__n_components``) standardise the
        features first and end in :class:`~sklearn_dissim.layers.L2Normalize`, unless
        ``backbone__unit_length=False``.
    training : Training, default=None
        How the backbone is trained; None means ``Training()``. Its parameters are searched
        and set as ``training__lr`` and so on.
    warm_start : bool, default=False
        Train the backbone of the last fit further.
    random_state : int, RandomState instance or None, default=None
        Seeds first weights and batches; torch's global generator is left as it was. Without
        a backbone nothing is random, and every value gives the same result.
    verbose : int, default=0
        1 prints the solver's steps, or a bar with loss, validation error and time left.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features)
        Weights of the dissimilarity vector.
    intercept_ : ndarray of shape (1,)
        The intercept, which is not penalised.
    C_ : float
        The `C` that was used by an exact solution.
    classes_ : ndarray of shape (2,)
        Both labels; the greater one in sorted order means same.
    objective_ : float
        The objective that an exact solution reached.
    dual_gap_ : float
        The certificate of an exact solution: no feasible weights have an objective below
        ``objective_ - dual_gap_``.
    n_iter_ : int
        Newton steps or epochs taken.
    net_ : skorch.NeuralNet or None
        The trained network, in ``net_.module_.backbone``.
    history_ : list of dict
        Training with a backbone, by epoch; ``pandas.DataFrame(clf.history_)`` shows it.
    n_features_in_ : int
        Number of features of an item, or of a dissimilarity vector.
    feature_names_in_ : ndarray of str
        Their names, where X was a DataFrame; without ``left_`` and ``right_``.

    See Also
    --------
    Training : How a backbone is trained.
    DichotomyTransformer : Dissimilarity vectors for any other classifier.
    PairWhitening : An item basis in which this classifier works best.

    Notes
    -----
    Pairs come as an array (n_pairs, 2, \*item_shape), `IndexedPairs`, a DataFrame with
    ``left_*`` and ``right_*`` columns, or a 2-D array of dissimilarity vectors. The dissimilarity
    vectors of the first three are never stored. A backbone maps given dissimilarity vectors
    as they are.

    There is no `predict_proba`: wrap the classifier in scikit-learn's
    :class:`~sklearn.calibration.CalibratedClassifierCV`.

    References
    ----------
    .. [1] S.-H. Cha and S. N. Srihari, "Writer identification: statistical analysis and
       dichotomizer", SSPR/SPR 2000.
    .. [2] "Image Retrieval Methods in the Dissimilarity Space", arXiv:2412.08618.
    .. [3] W. Kienzle and K. Chellapilla, "Personalized handwriting recognition via biased
       regularization", ICML 2006: weights that shrink to others than 0.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_dissim import MaxMarginPairClassifier, make_pairs
    >>> pairs, y, groups = make_pairs(*load_iris(return_X_y=True), random_state=0)
    >>> clf = MaxMarginPairClassifier(nonpositive=True).fit(pairs, y)
    >>> round(clf.score(pairs, y), 2)
    0.91

    The same with a linear map of the flowers learned along:

    >>> clf = MaxMarginPairClassifier(backbone="linear", random_state=0)
    >>> bool(clf.set_params(training__max_epochs=20).fit(pairs, y).score(pairs, y) > 0.91)
    True
    """

    _parameter_constraints = {
        "C": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "margin": [Interval(Real, 0, None, closed="neither")],
        "max_norm": [Interval(Real, 0, None, closed="neither"), None],
        "loss": [StrOptions(set(LOSSES))],
        "difference": [StrOptions(set(DIFFERENCES))],
        "nonpositive": ["boolean", StrOptions({"auto"})],
        "shrink_to": [StrOptions({"zero", "equal"})],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "backbone": [None, StrOptions({"linear", "mlp"}), callable],
        "training": [None, Training],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
    _prefixes = ("backbone",)
    _nested = {"training": Training}
    _moved = OF_TRAINING

    # With metadata routing, fit takes the groups that a splitter takes.
    __metadata_request__fit = {"groups": True}

    classes_ = FittedAttribute("Both labels, different and same.")
    coef_ = FittedAttribute("Weights of the dissimilarity vector, shape (1, n_features).")
    intercept_ = FittedAttribute("The intercept, shape (1,).")
    C_ = FittedAttribute("The cost that was used by an exact solution.")
    objective_ = FittedAttribute("The objective that an exact solution reached.")
    dual_gap_ = FittedAttribute("The certificate of an exact solution.")
    n_iter_ = FittedAttribute("Newton steps or epochs taken.")
    net_ = FittedAttribute("The trained network, or None.", missing_is_none=True)
    history_ = FittedAttribute("Training with a backbone, by epoch.")

    def __init__(
        self,
        C="auto",
        *,
        margin=1.0,
        max_norm=None,
        loss="hinge",
        difference="absolute",
        nonpositive="auto",
        shrink_to="zero",
        class_weight=None,
        tol=1e-5,
        max_iter=1000,
        backbone=None,
        training=None,
        warm_start=False,
        random_state=None,
        verbose=0,
        **prefixed,
    ):
        self.C = C
        self.margin = margin
        self.max_norm = max_norm
        self.loss = loss
        self.difference = difference
        self.nonpositive = nonpositive
        self.shrink_to = shrink_to
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.backbone = backbone
        self.training = training
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self._store_prefixed(prefixed)

    @fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y, sample_weight=None, groups=None):
        """Learn from labelled pairs.

        Parameters
        ----------
        X : IndexedPairs, array of shape (n_pairs, 2, ...) or (n_pairs, n_features), \
                or DataFrame
            The pairs, in any of the four ways.
        y : array-like of shape (n_pairs,)
            Any two labels; the greater one in sorted order means same.
        sample_weight : array-like of shape (n_pairs,), default=None
            Weights of the pairs, not negative; 0 leaves a pair out.
        groups : array-like of shape (n_pairs, 2), default=None
            Both identities of each pair, for `validation_fraction`. Default: items that
            same pairs link are one identity.

        Returns
        -------
        self : MaxMarginPairClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If X holds NaN or infinity, or y one or more than two classes; if this fit would
            ignore a given parameter. What was learned before a loss became NaN is kept.

        Warns
        -----
        ConvergenceWarning
            If the duality gap of an exact solution is still above `tol` after `max_iter`
            steps.
        """
        previous = self._previous()
        item_shape = self.backbone is not None
        pairs = check_pairs(self, X, reset=previous is None, item_shape=item_shape)
        classes, signs = check_pair_labels(y, len(pairs))
        weights = check_pair_weights(sample_weight, self.class_weight, classes, signs)
        check_both_classes_weigh(classes, signs, weights)
        vectors = isinstance(pairs, np.ndarray)
        if vectors:
            refuse_given(self, {"difference"}, "pairs of items; dissimilarity vectors are given")
        if self.backbone is None:
            needy = {"training", "warm_start", *self._prefixed()}
            refuse_given(self, needy, "a backbone; got backbone=None")
            objective = self._objective(nonpositive=False)
            learned = objective, pairs, classes, signs, weights
            self._fitted = fit_convex(*learned, **self._solver())
            return self
        from sklearn_dissim._max_margin.training.tasks import agreed_seed, pair_task

        training = self._checked_training()
        refuse_given(training, {"n_identities", "n_samples"}, "fit_identities; fit was called")
        seed = agreed_seed(self.random_state, training)
        task = pair_task(training, X, pairs, signs, weights, groups, seed=seed)
        steps = training.finish_steps(from_identities=False, vectors=vectors)
        return self._train(training, task, classes, steps, seed, previous)

    @available_if(_has_backbone)
    @fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit_identities(self, items, identities, *, groups=None):
        """Learn from items and their identities, by the pairs there are in each batch.

        A batch holds `n_identities` identities with `n_samples` samples each, and all its
        pairs. An epoch passes over the identities as often as it takes to draw about as many
        samples as there are.

        Parameters
        ----------
        items : array-like of shape (n_items, ...) or DataFrame
            Vectors or images.
        identities : array-like of shape (n_items,)
            Integers or strings. Items of identity -1 (unknown), and of identities with one
            sample, are used in different pairs only; two unknown ones make no pair.
        groups : array-like of shape (n_items,), default=None
            Kept whole by `validation_fraction`: alphabets, sites. Default: the identities.

        Returns
        -------
        self : MaxMarginPairClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If fewer than `n_identities` identities have two samples, if items hold NaN or
            infinity, or if the loss becomes NaN, as in `fit`.
        """
        from sklearn_dissim._max_margin.training.tasks import agreed_seed, identity_task

        previous = self._previous()
        items = check_items(self, items, reset=previous is None)
        training = self._checked_training()
        seed = agreed_seed(self.random_state, training)
        options = {"class_weight": self.class_weight, "seed": seed}
        task = identity_task(training, items, identities, groups, **options)
        steps = training.finish_steps(from_identities=True)
        return self._train(training, task, np.array([0, 1]), steps, seed, previous)

    def _train(self, training, task, classes, steps, seed, previous):
        """Train the backbone, and keep what was learned even where the training ended early."""
        from sklearn_dissim._max_margin.training.backbones import BackboneSpec
        from sklearn_dissim._max_margin.training.recipe import Recipe

        if "exact" not in steps:
            needy = {"shrink_to", "tol", "max_iter"}
            refuse_given(self, needy, "finish='exact', or no backbone")
        # Copied, so that the user's object may change after the fit.
        spec = deepcopy(BackboneSpec(self.backbone, self._params_for("backbone")))
        objective = self._objective(nonpositive=not task.vectors)
        recipe = Recipe(objective, deepcopy(training), spec, task.vectors)
        if previous:
            refuse_another_network(previous, recipe, task.items.shape[1:])
        options = {"seed": seed, "previous": previous, **self._solver()}
        self._fitted, failure = fit_network(recipe, task, classes, steps, **options)
        if failure:
            raise FitEndedEarly(failure)
        return self

    def _objective(self, *, nonpositive):
        values = {field.name: getattr(self, field.name) for field in fields(Objective)}
        if self.nonpositive == "auto":
            values["nonpositive"] = nonpositive
        return Objective(**values)

    def _solver(self):
        return {"tol": self.tol, "max_iter": self.max_iter, "verbose": self.verbose}

    def _checked_training(self):
        return (self.training or Training()).check()

    def _previous(self):
        """Return what the last fit learned, where a warm start goes on with its network."""
        fitted = getattr(self, "_fitted", None)
        goes_on = self.warm_start and _has_backbone(self) and fitted and fitted.net
        return fitted if goes_on else None

    def embed(self, items, *, layer=None):
        """Embed items, as the classifier compares them.

        Parameters
        ----------
        items : array-like of shape (n_items, ...) or DataFrame
            Vectors or images.
        layer : str, default=None
            Return what this layer of the backbone puts out, as vectors, instead of the
            embedding. Its name is as in ``net_.module_.backbone.named_modules()``.

        Returns
        -------
        ndarray of shape (n_items, n_embedding)
            Without a backbone, the items themselves, as vectors.
        """
        check_is_fitted(self)
        items = check_items(self, items, reset=False, item_shape=self.net_ is not None)
        check_layer(self._fitted, layer)
        if self.embeds_vectors:
            raise ValueError("The backbone takes dissimilarity vectors, not items to embed.")
        if self.net_ is None:
            return items
        return embedded_items(self._fitted, items, layer=layer, **self._embedding())

    def _embedding(self):
        batch_size = (self.training or Training()).batch_size
        return {"batch_size": batch_size, "verbose": self.verbose}

    def _checked_matrix(self, X):
        check_is_fitted(self)
        pairs = check_pairs(self, X, reset=False, item_shape=self.net_ is not None)
        return matrix_of(self._fitted, pairs, **self._embedding()), pairs.dtype

    def transform(self, X):
        """Return the dissimilarity vectors of pairs, of their embeddings if there is a backbone.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.

        Returns
        -------
        ndarray of shape (n_pairs, n_embedding)
            One vector a pair.
        """
        matrix, dtype = self._checked_matrix(X)
        return matrix.toarray().astype(dtype, copy=False)

    @property
    def _n_features_out(self):
        return self.coef_.shape[1]

    def decision_function(self, X):
        """Score pairs: from 0 up means same, the higher the surer.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.

        Returns
        -------
        ndarray of shape (n_pairs,)
            One score a pair.
        """
        matrix, _ = self._checked_matrix(X)
        return matrix.dot(self.coef_[0]) + self.intercept_[0]

    def predict(self, X):
        """Predict the label of each pair, different or same, as `fit` was told them.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.

        Returns
        -------
        ndarray of shape (n_pairs,)
            One label a pair: same where the score is at least 0.
        """
        same = self.decision_function(X) >= 0
        return self.classes_[same.astype(int)]

    @property
    def trained_difference(self):
        """Return the difference of two items that the weights are for."""
        check_is_fitted(self)
        return self._fitted.difference

    @property
    def embeds_vectors(self):
        """Tell whether the trained backbone takes dissimilarity vectors, not items."""
        return self.net_ is not None and self._fitted.recipe.vectors

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_fitted")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
