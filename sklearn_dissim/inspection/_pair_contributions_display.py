"""PairContributionsDisplay: why did these two match?"""

from numbers import Integral

import numpy as np

from sklearn_dissim._utils.canvas import DIFFERENT, SAME, axes_of
from sklearn_dissim.inspection._pair_contributions import pair_contributions

_INTERCEPT = "#777777"


class PairContributionsDisplay:
    """Bars of what each feature added to the score of one pair, the largest first.

    Bars to the right speak for "same", bars to the left for "different"; with the intercept
    and the features that are not shown by themselves, they add up to the score.

    Make it with `from_estimator`, or from an answer of `pair_contributions`.

    Parameters
    ----------
    contributions : ndarray of shape (n_features,)
        Of one pair.
    feature_names : ndarray of str, shape (n_features,)
    intercept : float
        The score without contributions.
    name : str, default=None
        Of the pair, for the title.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        From the top down: features, all others as one, the intercept.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    sklearn_dissim.pair_contributions : The numbers, for many pairs.

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
            Which of them.
        reference : IndexedPairs, array or DataFrame, default=None
            Usual pairs, to compare with, as in :func:`~sklearn_dissim.pair_contributions`.
        max_features : int, default=10
            Features with a bar of their own.
        name : str, default=None
            Of the pair, for the title.
        ax : matplotlib Axes, default=None
            Default: those of a new figure.

        Returns
        -------
        PairContributionsDisplay

        Raises
        ------
        IndexError
            If there is no such pair.
        """
        n_pairs = X.shape[0] if hasattr(X, "shape") else len(X)
        if not isinstance(pair, Integral) or pair not in range(n_pairs):
            raise IndexError(f"pair must be a whole number from 0 to {n_pairs - 1}; got {pair!r}.")
        found = pair_contributions(estimator, X[pair : pair + 1], reference=reference)
        display = cls(
            contributions=found.contributions[0],
            feature_names=found.feature_names,
            intercept=found.intercept,
            name=name,
        )
        return display.plot(ax, max_features=max_features)

    def plot(self, ax=None, *, max_features=10, name=None):
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Default: those of a new figure.
        max_features : int, default=10
            Features with a bar of their own, those that contribute most, either way.
        name : str, default=None
            Default: that of the display.

        Returns
        -------
        self
        """
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
        order = np.argsort(-np.abs(self.contributions), kind="stable")
        shown, others = order[:max_features], order[max_features:]
        values = list(np.asarray(self.contributions)[shown])
        labels = [str(self.feature_names[i]) for i in shown]
        if len(others):
            values.append(np.sum(self.contributions[others]))
            labels.append(f"{len(others)} other features")
        colors = [SAME if value > 0 else DIFFERENT for value in values]
        return [*values, self.intercept], [*labels, "intercept"], [*colors, _INTERCEPT]
