"""DissimilaritySpaceDisplay: pairs as points, and the line that decides."""

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
    """Dissimilarity vectors of same and different pairs in two dimensions, with the boundary.

    The dissimilarity space [1]_ has as many dimensions as items have features; this is a view
    of it. By default the first axis is the score, so that every pair lies on the side of the
    boundary on which the classifier puts it; the second is the direction, of those across
    which the score stays as it is, in which the pairs shown vary most. It says little about
    the classifier, but much about whether pairs fall into groups. With two `features` the
    axes are these; where the vectors have more, the boundary is that of pairs whose other
    features are at the means of the pairs shown, is dashed, and says so.

    Make it with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    points : ndarray of shape (n_pairs, 2)
        Where the pairs are drawn.
    same : ndarray of bool, shape (n_pairs,)
        Whether the pair shows the same identity twice.
    boundary : tuple (a, b, c)
        The line ``a x + b y + c = 0``; above 0 means same.
    axis_names : tuple of two str
    exact : bool, default=True
        Whether the boundary is that of every pair.
    name : str, default=None
        Of the classifier, for the legend.

    Attributes
    ----------
    same_, different_ : matplotlib PathCollection
        The points.
    boundary_ : matplotlib Line2D or None
        None where both features have no weight.
    legend_ : matplotlib Legend
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

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
            Elements of the dissimilarity vector, by number or name, to draw instead.
        max_pairs : int, default=2000
            Of each label, at most half as many are drawn, at random.
        random_state : int, RandomState instance or None, default=None
            Draws them.
        name : str, default=None
            Default: the estimator's class.
        ax : matplotlib Axes, default=None
            Default: those of a new figure.

        Returns
        -------
        DissimilaritySpaceDisplay

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
        rows = _some(signs, max_pairs, random_state)
        seen = linear_scores(estimator, take_rows(X, rows))
        return cls.from_predictions(
            seen.vectors,
            signs[rows],
            coef=seen.weights,
            intercept=seen.intercept,
            features=features,
            feature_names=seen.feature_names,
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
        """Draw labelled dissimilarity vectors, and where a linear classifier divides them.

        Parameters
        ----------
        vectors : array-like of shape (n_pairs, n_features)
        y_true : array-like of shape (n_pairs,)
            Any two labels; the greater one in sorted order means same.
        coef : array-like of shape (n_features,)
            Weights of the classifier.
        intercept : float
        features : sequence of two int or str, default=None
            Elements of the dissimilarity vector, by number or name, to draw instead.
        feature_names : array-like of str, shape (n_features,), default=None
            Default: x0, x1...
        max_pairs : int, default=2000
            Of each label, at most half as many are drawn, at random.
        random_state : int, RandomState instance or None, default=None
            Draws them.
        name : str, default=None
            Of the classifier, for the legend.
        ax : matplotlib Axes, default=None
            Default: those of a new figure.

        Returns
        -------
        DissimilaritySpaceDisplay
        """
        random_state = check_random_state(random_state)
        vectors = check_array(vectors, dtype=np.float64, input_name="vectors")
        coef = _check_coef(coef, vectors)
        signs = check_pair_labels(y_true, len(vectors))[1]
        rows = _some(signs, max_pairs, random_state)
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
            Default: those of a new figure.
        name : str, default=None
            Default: that of the display.

        Returns
        -------
        self
        """
        self.ax_ = axes_of(self, ax, figsize=(6.4, 5.2))
        self.figure_ = self.ax_.figure
        self.same_ = self._scatter(self.same, "same", SAME, "o")
        self.different_ = self._scatter(~self.same, "different", DIFFERENT, "x")
        self.boundary_ = self._draw_boundary()
        self.ax_.set(xlabel=self.axis_names[0], ylabel=self.axis_names[1])
        self.legend_ = put_legend_above(self.ax_, title=self.name if name is None else name)
        return self

    def _scatter(self, chosen, label, color, marker):
        style = {"c": color, "marker": marker, "alpha": 0.55, "linewidths": 0.9}
        size = float(np.clip(16000 / max(1, len(self.points)), 9, 36))
        label = f"{label}: {chosen.sum():,} pairs"
        return self.ax_.scatter(*self.points[chosen].T, s=size, label=label, **style)

    def _draw_boundary(self):
        a, b, c = self.boundary
        if a == 0 and b == 0:
            return None
        style = {"color": "black", "linewidth": 1.5, "label": "decision boundary"}
        if not self.exact:
            style.update(linestyle="--", label="boundary, other features at their means")
        if b == 0:
            return self.ax_.axvline(-c / a, **style)
        # From the point of the line that is nearest to the middle of the pairs.
        middle = np.mean(self.points, axis=0)
        normal = np.array([a, b])
        foot = middle - (normal @ middle + c) / (normal @ normal) * normal
        return self.ax_.axline(tuple(foot), slope=-a / b, **style)


def score_view(vectors, coef, intercept, random_state=None):
    """Coordinates of dissimilarity vectors: the score, and the most variance beside it.

    Parameters
    ----------
    vectors : ndarray of shape (n_pairs, n_features)
    coef : ndarray of shape (n_features,)
    intercept : float
    random_state : int, RandomState instance or None, default=None
        Of the principal component analysis, where there are many pairs and features.

    Returns
    -------
    points : ndarray of shape (n_pairs, 2)
        The score; and the coordinate along a direction of length 1, orthogonal to `coef`.
    share : float
        Of the variance orthogonal to `coef`, how much lies in that direction.
    """
    score = vectors @ coef + intercept
    norm = np.linalg.norm(coef)
    unit = coef / norm if norm > 0 else coef
    beside = vectors - np.outer(vectors @ unit, unit)
    spread = np.ptp(beside, axis=0).max()
    if spread <= 1e-10 * np.abs(vectors).max(initial=0):  # rounding errors only
        return np.column_stack([score, np.zeros(len(score))]), 1.0
    pca = PCA(1, random_state=random_state).fit(beside)
    points = np.column_stack([score, beside @ pca.components_[0]])
    return points, float(pca.explained_variance_ratio_[0])


def feature_boundary(vectors, coef, intercept, chosen):
    """The line (a, b, c) in the plane of two features, all others at their means."""
    others = np.delete(np.arange(len(coef)), chosen)
    a, b = coef[chosen]
    return float(a), float(b), float(intercept + vectors[:, others].mean(axis=0) @ coef[others])


def _some(signs, max_pairs, random_state):
    """Rows, rising, with at most half of `max_pairs` of each label."""
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
    chosen = [names.index(f) if f in names else f for f in features]
    good = all(isinstance(f, Integral) and f in range(len(names)) for f in chosen)
    if not good or len(set(chosen)) != 2 or len(chosen) != 2:
        raise ValueError(
            f"features must be two different numbers below {len(names)} or names of features; "
            f"got {features!r}."
        )
    return [int(f) for f in chosen]
