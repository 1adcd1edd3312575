"""DissimilaritySpaceDisplay: pairs as points, and the decision boundary."""

from numbers import Integral

import numpy as np
from sklearn.decomposition import PCA
from sklearn.utils import check_array, check_random_state

from sklearn_dissim._pairs.validation import check_pair_labels
from sklearn_dissim._utils.canvas import DIFFERENT, SAME, axes_of, put_legend_above
from sklearn_dissim._utils.checks import check_count
from sklearn_dissim._utils.compat import take_rows
from sklearn_dissim.inspection._pair_contributions import linear_scores


class DissimilaritySpaceDisplay:
    """Draw dissimilarity vectors in two dimensions, with the decision boundary.

    The dissimilarity space [1]_ has as many dimensions as items have features. By default it is
    seen along the boundary:

    - The first axis is the score, so that every pair lies on the side of the boundary on which
      the classifier puts it.
    - The second axis is a direction in which the score does not change: among these, the one in
      which the pairs shown vary most. It shows whether pairs fall into groups, and says little
      about the classifier.

    With two `features`, these are the axes. If other features have weights too, the boundary
    drawn is that of pairs whose other features are at the means of the pairs shown; it is
    dashed, and the legend says so.

    Make the display with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    points : ndarray of shape (n_pairs, 2)
        Coordinates of the pairs.
    same : ndarray of bool, shape (n_pairs,)
        Whether the pair shows the same identity twice.
    boundary : tuple (a, b, c)
        The line ``a x + b y + c = 0``. A pair is called same if its value is at least 0.
    axis_names : tuple of two str
        Names of the two axes.
    exact : bool, default=True
        Whether the boundary is that of every pair.
    name : str, default=None
        Name of the classifier, for the legend.

    Attributes
    ----------
    same_ : matplotlib PathCollection
        The points of same pairs.
    different_ : matplotlib PathCollection
        The points of different pairs.
    boundary_ : matplotlib Line2D or None
        The boundary; None where neither feature has a weight.
    legend_ : matplotlib Legend
        The legend.
    ax_ : matplotlib Axes
        The axes that were drawn on.
    figure_ : matplotlib Figure
        The figure of the axes.

    See Also
    --------
    PairContributionsDisplay : The features that led to the score of one pair.
    sklearn_dissim.metrics.ScoreDistributionDisplay : The scores alone.

    References
    ----------
    .. [1] "Image Retrieval Methods in the Dissimilarity Space", arXiv:2412.08618.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_dissim import MaxMarginPairClassifier, make_pairs
    >>> from sklearn_dissim.inspection import DissimilaritySpaceDisplay
    >>> X, species = load_iris(return_X_y=True, as_frame=True)
    >>> pairs, y, groups = make_pairs(X, species, random_state=0)
    >>> clf = MaxMarginPairClassifier().fit(pairs, y)
    >>> display = DissimilaritySpaceDisplay.from_estimator(clf, pairs, y, random_state=0)
    >>> display.points.shape, display.boundary
    ((2000, 2), (1.0, 0.0, 0.0))
    >>> display = DissimilaritySpaceDisplay.from_estimator(
    ...     clf, pairs, y, features=["petal length (cm)", "petal width (cm)"], random_state=0
    ... )
    >>> display.exact
    False
    """

    def __init__(self, *, points, same, boundary, axis_names, exact=True, name=None):
        self.points = points
        self.same = same
        self.boundary = boundary
        self.axis_names = axis_names
        self.exact = exact
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        features=None,
        max_pairs=2000,
        random_state=None,
        name=None,
        ax=None,
    ):
        """Draw labelled pairs as a fitted classifier sees them.

        Parameters
        ----------
        estimator : fitted MaxMarginPairClassifier
            Or a pipeline, a search or a frozen estimator that ends in one.
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.
        y : array-like of shape (n_pairs,)
            Any two labels; the greater one in sorted order means same.
        features : sequence of two int or str, default=None
            Two elements of the dissimilarity vector, by number or name, that are the axes. By
            default the first axis is the score.
        max_pairs : int, default=2000
            At most half as many pairs of each label are shown, drawn at random.
        random_state : int, RandomState instance or None, default=None
            Draws the pairs. Pass an int for the same picture at each call.
        name : str, default=None
            Name for the legend. By default that of the estimator's class.
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure.

        Returns
        -------
        DissimilaritySpaceDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If the estimator does not end in a `MaxMarginPairClassifier`.
        ValueError
            If `features` are not two elements of the dissimilarity vector.
        """
        random_state = check_random_state(random_state)
        X = X if hasattr(X, "shape") else np.asarray(X)
        signs = check_pair_labels(y, X.shape[0])[1]
        rows = _draw_rows(signs, max_pairs, random_state)
        linear = linear_scores(estimator, take_rows(X, rows))
        return cls.from_predictions(
            linear.vectors,
            signs[rows],
            coef=linear.weights,
            intercept=linear.intercept,
            features=features,
            feature_names=linear.feature_names,
            max_pairs=max_pairs,
            random_state=random_state,
            name=type(estimator).__name__ if name is None else name,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        vectors,
        y_true,
        *,
        coef,
        intercept,
        features=None,
        feature_names=None,
        max_pairs=2000,
        random_state=None,
        name=None,
        ax=None,
    ):
        """Draw labelled dissimilarity vectors, and the boundary of a linear classifier.

        Parameters
        ----------
        vectors : array-like of shape (n_pairs, n_features)
            Dissimilarity vectors.
        y_true : array-like of shape (n_pairs,)
            Any two labels; the greater one in sorted order means same.
        coef : array-like of shape (n_features,)
            Weights of the classifier.
        intercept : float
            Intercept of the classifier.
        features : sequence of two int or str, default=None
            Two elements of the dissimilarity vector, by number or name, that are the axes. By
            default the first axis is the score.
        feature_names : array-like of str, shape (n_features,), default=None
            Names of the features. By default x0, x1 and so on.
        max_pairs : int, default=2000
            At most half as many pairs of each label are shown, drawn at random.
        random_state : int, RandomState instance or None, default=None
            Draws the pairs. Pass an int for the same picture at each call.
        name : str, default=None
            Name of the classifier, for the legend.
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure.

        Returns
        -------
        DissimilaritySpaceDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If `features` are not two elements of the dissimilarity vector, or `coef` does not
            have a weight for each.
        """
        random_state = check_random_state(random_state)
        vectors = check_array(vectors, dtype=np.float64, input_name="vectors")
        coef = _check_coef(coef, vectors)
        signs = check_pair_labels(y_true, len(vectors))[1]
        rows = _draw_rows(signs, max_pairs, random_state)
        vectors, same = vectors[rows], signs[rows] > 0
        exact = True
        if features is None:
            points, share = score_view(vectors, coef, intercept, random_state)
            boundary = (1.0, 0.0, 0.0)
            axis_names = "score", f"most variance at equal score ({share:.0%} of it)"
        else:
            if feature_names is None:
                feature_names = [f"x{i}" for i in range(len(coef))]
            first, second = chosen = _check_features(features, list(feature_names))
            points = vectors[:, chosen]
            boundary = feature_boundary(vectors, coef, intercept, chosen)
            axis_names = feature_names[first], feature_names[second]
            exact = not np.delete(coef, chosen).any()
        display = cls(
            points=points,
            same=same,
            boundary=boundary,
            axis_names=axis_names,
            exact=exact,
            name=name,
        )
        return display.plot(ax)

    def plot(self, ax=None, *, name=None):
        """Draw the points and the boundary.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure.
        name : str, default=None
            Name for the legend. By default that of the display.

        Returns
        -------
        DissimilaritySpaceDisplay
            The display itself.
        """
        self.ax_ = axes_of(self, ax, figsize=(6.4, 5.2))
        self.figure_ = self.ax_.figure
        self.same_ = self._draw_points(self.same, "same", SAME, "o")
        self.different_ = self._draw_points(~self.same, "different", DIFFERENT, "x")
        self.boundary_ = self._draw_boundary()
        self.ax_.set(xlabel=self.axis_names[0], ylabel=self.axis_names[1])
        self.legend_ = put_legend_above(self.ax_, title=self.name if name is None else name)
        return self

    def _draw_points(self, chosen, label, color, marker):
        style = {"c": color, "marker": marker, "alpha": 0.55, "linewidths": 0.9}
        size = float(np.clip(16000 / max(1, len(self.points)), 9, 36))
        label = f"{label}: {chosen.sum():,} pairs"
        return self.ax_.scatter(*self.points[chosen].T, s=size, label=label, **style)

    def _draw_boundary(self):
        """Draw the line where a x + b y + c = 0, if there is one, and return it."""
        a, b, c = self.boundary
        if a == 0 and b == 0:
            return None
        style = {"color": "black", "linewidth": 1.5, "label": "decision boundary"}
        if not self.exact:
            style.update(linestyle="--", label="boundary, other features at their means")
        if b == 0:
            return self.ax_.axvline(-c / a, **style)
        # The line starts at its point nearest to the mean of the pairs, which is in the picture.
        mean = np.mean(self.points, axis=0)
        normal = np.array([a, b])
        foot = mean - (normal @ mean + c) / (normal @ normal) * normal
        return self.ax_.axline(tuple(foot), slope=-a / b, **style)


def score_view(vectors, coef, intercept, random_state=None):
    """Compute coordinates of pairs: the score, and the most variance at equal score.

    Parameters
    ----------
    vectors : ndarray of shape (n_pairs, n_features)
    coef : ndarray of shape (n_features,)
    intercept : float
    random_state : int, RandomState instance or None, default=None
        For the principal component analysis, where there are many pairs and features.

    Returns
    -------
    points : ndarray of shape (n_pairs, 2)
        The score, and the coordinate along a direction of length 1 orthogonal to `coef`.
    share : float
        Share of the variance orthogonal to `coef` that lies in this direction.
    """
    score = vectors @ coef + intercept
    norm = np.linalg.norm(coef)
    unit = coef / norm if norm > 0 else coef
    orthogonal = vectors - np.outer(vectors @ unit, unit)
    spread = np.ptp(orthogonal, axis=0).max()
    if spread <= 1e-10 * np.abs(vectors).max(initial=0):  # nothing but rounding errors
        return np.column_stack([score, np.zeros(len(score))]), 1.0
    pca = PCA(1, random_state=random_state).fit(orthogonal)
    points = np.column_stack([score, orthogonal @ pca.components_[0]])
    return points, float(pca.explained_variance_ratio_[0])


def feature_boundary(vectors, coef, intercept, chosen):
    """Return the line (a, b, c) in the plane of two features, the remaining at their means."""
    remaining = np.delete(np.arange(len(coef)), chosen)
    a, b = coef[chosen]
    c = intercept + vectors[:, remaining].mean(axis=0) @ coef[remaining]
    return float(a), float(b), float(c)


def _draw_rows(signs, max_pairs, random_state):
    """Draw rows, at most half of `max_pairs` of each label, and return them rising."""
    check_count(max_pairs, "max_pairs", least=2)
    drawn = []
    for sign in (-1, 1):
        rows = np.flatnonzero(signs == sign)
        drawn.append(random_state.permutation(rows)[: max_pairs // 2])
    return np.sort(np.concatenate(drawn))


def _check_coef(coef, vectors):
    coef = np.asarray(coef, dtype=np.float64)
    if coef.shape != vectors.shape[1:]:
        raise ValueError(
            f"coef must have shape {vectors.shape[1:]}, one weight a column of vectors; "
            f"got {coef.shape}."
        )
    return coef


def _check_features(features, names):
    """Return the numbers of the two features that are named or numbered."""
    chosen = [names.index(f) if f in names else f for f in features]
    exist = all(isinstance(f, Integral) and f in range(len(names)) for f in chosen)
    if not exist or len(set(chosen)) != 2 or len(chosen) != 2:
        raise ValueError(
            f"features must be two different numbers below {len(names)} or names of features; "
            f"got {features!r}."
        )
    return [int(f) for f in chosen]
