"""PairContributionsDisplay: what each feature added to the score of one pair."""

from numbers import Integral

import numpy as np

from sklearn_dissim._utils.canvas import DIFFERENT, SAME, axes_of
from sklearn_dissim._utils.checks import check_count
from sklearn_dissim.inspection._pair_contributions import pair_contributions

_INTERCEPT_COLOR = "#777777"


class PairContributionsDisplay:
    """Draw bars of what each feature added to the score of one pair, the largest first.

    Bars to the right speak for "same", bars to the left for "different". Together with one bar
    of all features that have none of their own, and with the intercept, they sum to the score.

    Make the display with `from_estimator`, or from the result of `pair_contributions`.

    Parameters
    ----------
    contributions : ndarray of shape (n_features,)
        The contributions to the score of one pair.
    feature_names : ndarray of str, shape (n_features,)
        Names of the features.
    intercept : float
        The score without contributions.
    name : str, default=None
        Name of the pair, for the title.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        The bars, from the top down: single features, all other features as one, the intercept.
    ax_ : matplotlib Axes
        The axes that were drawn on.
    figure_ : matplotlib Figure
        The figure of the axes.

    See Also
    --------
    sklearn_dissim.inspection.pair_contributions : The numbers, for many pairs.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_dissim import MaxMarginPairClassifier, make_pairs
    >>> from sklearn_dissim.inspection import PairContributionsDisplay
    >>> X, species = load_iris(return_X_y=True, as_frame=True)
    >>> pairs, y, groups = make_pairs(X, species, random_state=0)
    >>> clf = MaxMarginPairClassifier(nonpositive=True).fit(pairs, y)
    >>> display = PairContributionsDisplay.from_estimator(clf, pairs, pair=3000)
    >>> [label.get_text() for label in display.ax_.get_yticklabels()][:2]
    ['petal width (cm)', 'petal length (cm)']
    """

    def __init__(self, *, contributions, feature_names, intercept, name=None):
        self.contributions = contributions
        self.feature_names = feature_names
        self.intercept = intercept
        self.name = name

    @classmethod
    def from_estimator(
        cls, estimator, X, *, pair=0, reference=None, max_features=10, name=None, ax=None
    ):
        """Draw the contributions to the score that a fitted classifier gives to a pair.

        Parameters
        ----------
        estimator : fitted MaxMarginPairClassifier
            Or a pipeline, a search or a frozen estimator that ends in one.
        X : IndexedPairs, array or DataFrame
            Pairs, in any of the four ways.
        pair : int, default=0
            The position of the pair that is drawn.
        reference : IndexedPairs, array or DataFrame, default=None
            Usual pairs to compare with, as in
            :func:`~sklearn_dissim.inspection.pair_contributions`.
        max_features : int, default=10
            Number of features with a bar of their own, those that contribute most, either way.
        name : str, default=None
            Name of the pair, for the title.
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure.

        Returns
        -------
        PairContributionsDisplay
            The display, drawn.

        Raises
        ------
        IndexError
            If there is no such pair.
        """
        n_pairs = X.shape[0] if hasattr(X, "shape") else len(X)
        if not isinstance(pair, Integral) or pair not in range(n_pairs):
            raise IndexError(f"pair must be a whole number from 0 to {n_pairs - 1}; got {pair!r}.")
        explanation = pair_contributions(estimator, X[pair : pair + 1], reference=reference)
        display = cls(
            contributions=explanation.contributions[0],
            feature_names=explanation.feature_names,
            intercept=explanation.intercept,
            name=name,
        )
        return display.plot(ax, max_features=max_features)

    def plot(self, ax=None, *, max_features=10, name=None):
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure.
        max_features : int, default=10
            Number of features with a bar of their own, those that contribute most, either way.
        name : str, default=None
            Name of the pair, for the title. By default that of the display.

        Returns
        -------
        PairContributionsDisplay
            The display itself.
        """
        check_count(max_features, "max_features", least=0)
        values, labels, colors = self._bars(max_features)
        self.ax_ = axes_of(self, ax, figsize=(6.4, 1.3 + 0.32 * len(values)))
        self.figure_ = self.ax_.figure
        rows = np.arange(len(values))
        self.bars_ = self.ax_.barh(rows, values, color=colors, height=0.7)
        self.ax_.bar_label(self.bars_, [f"{value:+.3g}" for value in values], padding=3, fontsize=9)
        self.ax_.axvline(0, color="black", linewidth=1)
        self.ax_.margins(x=0.18, y=0.02)
        self.ax_.set_yticks(rows, labels)
        self.ax_.tick_params(axis="y", length=0)
        self.ax_.invert_yaxis()
        self.ax_.spines[["top", "right", "left"]].set_visible(False)
        self.ax_.set_xlabel("speaks for different  ←  contribution to the score  →  for same")
        score = self.intercept + np.sum(self.contributions)
        verdict = f"score {score:+.3g}: {'same' if score >= 0 else 'different'}"
        name = self.name if name is None else name
        self.ax_.set_title(f"{name}, {verdict}" if name else verdict)
        return self

    def _bars(self, max_features):
        """Return the lengths, labels and colours of the bars, from the top down."""
        order = np.argsort(-np.abs(self.contributions), kind="stable")
        own_bar, shared_bar = order[:max_features], order[max_features:]
        values = list(np.asarray(self.contributions)[own_bar])
        labels = [str(self.feature_names[i]) for i in own_bar]
        if len(shared_bar):
            values.append(np.sum(self.contributions[shared_bar]))
            labels.append(f"{len(shared_bar)} other features")
        colors = [SAME if value > 0 else DIFFERENT for value in values]
        return [*values, self.intercept], [*labels, "intercept"], [*colors, _INTERCEPT_COLOR]
