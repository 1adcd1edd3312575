"""MaxMarginPairClassifier: same or different, by a linear classifier of |q - r|."""

import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_is_fitted

from sklearn_dissim._compat import Interval, StrOptions, check_sample_weight, fit_context
from sklearn_dissim._dissimilarity import DIFFERENCES
from sklearn_dissim._dissimilarity_matrix import dissimilarity_matrix
from sklearn_dissim._losses import LOSSES
from sklearn_dissim._max_margin_problem import MaxMarginProblem
from sklearn_dissim._solvers import solve
from sklearn_dissim._validation import (
    all_or_nothing,
    check_both_classes_weigh,
    check_pair_labels,
    check_pairs,
)


class MaxMarginPairClassifier(ClassifierMixin, BaseEstimator):
    r"""Max-margin classifier of pairs in the dissimilarity space.

    A pair of items (q, r) becomes one dissimilarity vector, :math:`d = |q - r|`, and a
    linear classifier decides: different or same [1]_ [2]_. Weights w and intercept b

    .. math:: \text{minimise} \quad \tfrac12 |w|_2^2
              + C \sum_i s_i \, loss(margin - y_i (w \cdot d_i + b))

    subject to :math:`|w|_2 \le max\_norm` if given and :math:`w \le 0` if `nonpositive`;
    :math:`y_i` is +1 for same and -1 for different, :math:`s_i` the weight of a pair.
    The problem is convex and solved to a certified duality gap; the result is the same
    at every call.

    Parameters
    ----------
    C : float, default=1.0
        Cost of margin violations; the smaller, the stronger the pull of the norm.
    margin : float, default=1.0
        Score, up or down, from which a pair costs nothing. Without `max_norm`, scaling
        it by t has the effect of scaling C by 1/t (hinge) and the weights by t.
    max_norm : float, default=None
        Largest L2 norm of the weights.
    nonpositive : bool, default=False
        Hold the weights at or below 0: a larger difference can then only lower the
        score, and ``intercept - score`` is a weighted distance.
    loss : {"hinge", "squared_hinge"}, default="hinge"
        ``max(0, z)`` or ``max(0, z) ** 2``.
    difference : {"absolute", "squared", "relative"}, default="absolute"
        ``|q - r|``, ``(q - r) ** 2`` or ``|q - r| / (|q| + |r|)``.
    class_weight : dict or "balanced", default=None
        Weights by label, multiplied into `sample_weight`; "balanced" makes up for one
        label having more pairs than the other.
    tol : float, default=1e-5
        Stop when the duality gap is at most this share of the objective.
    max_iter : int, default=1000
        Newton steps, at most.
    verbose : int, default=0
        1 prints the objective and the gap as training goes on.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features)
        Weights of the dissimilarity vector.
    intercept_ : ndarray of shape (1,)
        Not penalised.
    classes_ : ndarray of shape (2,)
        Both labels; the greater one in sorted order means same.
    objective_ : float
        The value reached.
    dual_gap_ : float
        Certificate: no feasible weights have an objective below
        ``objective_ - dual_gap_``.
    n_iter_ : int
        Newton steps taken.
    n_features_in_ : int
        Number of features of an item (or of a dissimilarity vector).
    feature_names_in_ : ndarray of str
        Their names, where X was a DataFrame; without left_ and right_.

    See Also
    --------
    DichotomyTransformer : Dissimilarity vectors for any other classifier.
    PairWhitening : An item basis in which this classifier works best.

    Notes
    -----
    Pairs come as an array (n_pairs, 2, \*item_shape), `IndexedPairs`, a DataFrame with
    left_* and right_* columns, or a 2-D array of dissimilarity vectors. The dissimilarity
    vectors of the first three are never stored.

    There is no `predict_proba`: wrap the classifier in scikit-learn's
    :class:`~sklearn.calibration.CalibratedClassifierCV`.

    References
    ----------
    .. [1] S.-H. Cha and S. N. Srihari, "Writer identification: statistical analysis and
       dichotomizer", SSPR/SPR 2000.
    .. [2] "Image Retrieval Methods in the Dissimilarity Space", arXiv:2412.08618.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_dissim import MaxMarginPairClassifier, make_pairs
    >>> X, species = load_iris(return_X_y=True)
    >>> pairs, y, groups = make_pairs(X, species, random_state=0)
    >>> clf = MaxMarginPairClassifier(nonpositive=True).fit(pairs, y)
    >>> round(clf.score(pairs, y), 2)
    0.92
    """

    _parameter_constraints = {
        "C": [Interval(Real, 0, None, closed="neither")],
        "margin": [Interval(Real, 0, None, closed="neither")],
        "max_norm": [Interval(Real, 0, None, closed="neither"), None],
        "nonpositive": ["boolean"],
        "loss": [StrOptions(set(LOSSES))],
        "difference": [StrOptions(set(DIFFERENCES))],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        C=1.0,
        *,
        margin=1.0,
        max_norm=None,
        nonpositive=False,
        loss="hinge",
        difference="absolute",
        class_weight=None,
        tol=1e-5,
        max_iter=1000,
        verbose=0,
    ):
        self.C = C
        self.margin = margin
        self.max_norm = max_norm
        self.nonpositive = nonpositive
        self.loss = loss
        self.difference = difference
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y, sample_weight=None):
        """Learn weights and intercept from labelled pairs.

        Parameters
        ----------
        X : IndexedPairs, array of shape (n_pairs, 2, ...) or (n_pairs, n_features), \
                or DataFrame
            The pairs, in any of the four ways.
        y : array-like of shape (n_pairs,)
            Any two labels; the greater one in sorted order means same.
        sample_weight : array-like of shape (n_pairs,), default=None
            Weights of the pairs, not negative; 0 leaves a pair out.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X holds NaN or infinity, y has one or more than two classes, or their
            lengths differ.

        Warns
        -----
        ConvergenceWarning
            If the duality gap is still above `tol` after `max_iter` steps.
        """
        pairs = check_pairs(self, X, reset=True)
        classes, signs = check_pair_labels(y, len(pairs))
        costs = self.C * self._pair_weights(sample_weight, classes, signs, pairs)
        problem = self._problem(pairs, signs, costs)
        solution = solve(
            problem,
            tol=self.tol,
            max_iter=self.max_iter,
            report=self._print_progress if self.verbose else None,
        )
        if not solution.gap <= self.tol * solution.objective:
            warnings.warn(
                f"The solver stopped after max_iter={self.max_iter} steps with a relative "
                f"duality gap of {solution.gap / solution.objective:.1e}, above "
                f"tol={self.tol:.1e}. Scale the features or raise max_iter.",
                ConvergenceWarning,
                stacklevel=2,
            )
        self.classes_ = classes
        self.coef_ = solution.weights[np.newaxis]
        self.intercept_ = np.array([solution.intercept])
        self.objective_ = float(solution.objective)
        self.dual_gap_ = max(0.0, float(solution.gap))  # rounding can cross 0
        self.n_iter_ = solution.n_iter
        return self

    def _pair_weights(self, sample_weight, classes, signs, pairs):
        weights = check_sample_weight(sample_weight, pairs, dtype=np.float64)
        same = (signs > 0).astype(int)
        by_class = compute_class_weight(self.class_weight, classes=classes, y=classes[same])
        if not (np.isfinite(by_class).all() and (by_class >= 0).all()):
            raise ValueError(
                f"class_weight must hold finite weights of at least 0; got {self.class_weight}."
            )
        weights = weights * by_class[same]
        check_both_classes_weigh(classes, signs, weights)
        return weights

    def _problem(self, pairs, signs, costs):
        if isinstance(pairs, np.ndarray):
            pairs = pairs.astype(np.float64, copy=False)
        matrix = dissimilarity_matrix(pairs, self.difference)
        if not costs.all():
            counted = np.flatnonzero(costs)
            matrix, signs, costs = matrix.take(counted), signs[counted], costs[counted]
        return MaxMarginProblem(
            matrix,
            signs,
            costs,
            self.margin,
            LOSSES[self.loss](),
            self.nonpositive,
            np.inf if self.max_norm is None else self.max_norm,
        )

    @staticmethod
    def _print_progress(n_iter, objective, gap):
        print(
            f"[MaxMarginPairClassifier] step {n_iter}: objective {objective:.6g}, gap {gap:.1e}",
            flush=True,
        )

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
        check_is_fitted(self)
        pairs = check_pairs(self, X, reset=False)
        matrix = dissimilarity_matrix(pairs, self.difference)
        return matrix.dot(self.coef_[0]) + self.intercept_[0]

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

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.three_d_array = True
        return tags
