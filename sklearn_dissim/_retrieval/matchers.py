"""How a fitted pair classifier compares the items of a gallery: fast, or pair by pair."""

import hashlib

import joblib
import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_dissim._kernels import count_kernels, search_kernels
from sklearn_dissim._kernels.best_first import best_first
from sklearn_dissim._max_margin.classifier import MaxMarginPairClassifier
from sklearn_dissim._pairs.dichotomy import DichotomyTransformer
from sklearn_dissim._pairs.indexed_pairs import IndexedPairs, pairs_with_themselves
from sklearn_dissim._pairs.make_pairs import draw_pairs
from sklearn_dissim._pairs.validation import check_identities
from sklearn_dissim._retrieval.shortlists import FlatIndex, ShortlistedPart
from sklearn_dissim._utils.fitted_parts import fitted_parts, transformers

_PAIRS = 1 << 14  # that a classifier scores at a time


def train_matcher(matcher, items, identities, random_state):
    """Fit a pair classifier to items and their identities, as it learns best.

    Parameters
    ----------
    matcher : pair classifier
    items : array or DataFrame of shape (n_items, ...)
    identities : array-like of shape (n_items,)
    random_state : int or RandomState
    """
    codes = check_identities(identities, items)
    if hasattr(matcher, "fit_identities"):
        return matcher.fit_identities(items, identities)
    pairs, signs = draw_pairs(items, codes, random_state)
    y = (signs > 0).astype(int)
    if isinstance(matcher, Pipeline) and hasattr(matcher.steps[-1][1], "fit_identities"):
        steps = transformers(matcher)
        for step in steps:
            pairs = step.fit(pairs, y).transform(pairs)
        items = _through(steps, items)
        matcher.steps[-1][1].fit_identities(items, identities)
        return matcher
    return matcher.fit(pairs, y)


def as_matcher(fitted, n_candidates=None, make_index=None, device="cpu"):
    """The fastest way to compare items by a fitted pair classifier."""
    steps, last = fitted_parts(fitted)
    check_is_fitted(last)
    if isinstance(last, MaxMarginPairClassifier) and not any(
        isinstance(s, DichotomyTransformer) for s in steps
    ):
        if n_candidates is not None and last.trained_difference == "relative":
            raise ValueError(
                f"n_candidates={n_candidates} needs difference='absolute' or 'squared'; the "
                "matcher has 'relative'."
            )
        return LinearMatcher(steps, last, n_candidates, make_index, device)
    if n_candidates is not None:
        raise ValueError(
            f"n_candidates={n_candidates} needs a matcher that ends in a "
            f"MaxMarginPairClassifier; got {fitted}."
        )
    return PairwiseMatcher(fitted)


class LinearMatcher:
    """Weights of the differences of vectors, which the kernels score.

    Parameters
    ----------
    steps : list of fitted transformers
        Of pairs, item by item.
    classifier : fitted MaxMarginPairClassifier
    n_candidates : int, default=None
        That an index proposes for each query; by default all items are compared.
    make_index : callable, default=None
        As in `ShortlistedPart`; default: `FlatIndex`.
    device : str, default="cpu"
        Where vectors are compared.
    """

    def __init__(self, steps, classifier, n_candidates=None, make_index=None, device="cpu"):
        self._device, self.n_candidates = device, n_candidates
        search_kernels(device)  # refuses what is not there
        self._make_index = make_index or FlatIndex
        self._steps, self._classifier = steps, classifier
        self._weights, self._intercept = classifier.coef_[0], float(classifier.intercept_[0])
        self._difference = classifier.trained_difference
        self.takes_vectors = not steps and classifier.net_ is None

    @property
    def fingerprint(self):
        """Says whether vectors on disk were made for these weights."""
        weights = np.append(self._weights, self._intercept).tobytes()
        return hashlib.sha256(weights + self._difference.encode()).hexdigest()

    def vectors(self, items):
        """What the items are compared by, each item through the steps once."""
        return self._classifier.embed(_through(self._steps, items))

    def prepared(self, part):
        """A part of a gallery with its index, if there is to be one."""
        if self.n_candidates is None or isinstance(part, ShortlistedPart):
            return part
        return ShortlistedPart(part, self._weights, self._difference, self._make_index)

    def top_k(self, queries, gallery, k, n_threads, exact=False):
        """Scores and rows of the best k of a gallery for every query; vectors in, both."""
        kernels = search_kernels(self._device)
        weights, difference = self._weights, self._difference
        found = None
        if isinstance(gallery, ShortlistedPart):
            found = None if exact else gallery.candidates(queries, max(k, self.n_candidates))
            gallery = gallery.vectors
        about, options = (queries, gallery, weights, difference), {"n_threads": n_threads}
        options["intercept"] = self._intercept
        if found is None:
            return kernels.top_k(*about, k, **options)
        return kernels.rank_candidates(*about, found, k, **options)

    def scores(self, queries, gallery, n_threads):
        """Scores of all pairs, shape (n_queries, n_gallery)."""
        about, options = self._about(queries, gallery), {"intercept": self._intercept}
        return search_kernels(self._device).cross_scores(*about, n_threads=n_threads, **options)

    @property
    def counts(self):
        """Whether it has the following two."""
        return count_kernels(self._device) is not None

    def scores_of(self, queries, gallery, owners, rows):
        """Scores in double precision of pairs, numbers of queries and of gallery rows."""
        score = count_kernels(self._device).scores_of
        return score(*self._about(queries, gallery), owners, rows, self._intercept)

    def count_reaching(self, queries, scores, offsets, gallery, counted, n_threads):
        """How many counted gallery rows reach each of the scores that a query has."""
        count = count_kernels(self._device).count_reaching
        about, options = self._about(queries, gallery), {"n_threads": n_threads}
        return count(*about, scores, offsets, self._intercept, counted=counted, **options)

    def _about(self, queries, gallery):
        gallery = gallery.vectors if isinstance(gallery, ShortlistedPart) else gallery
        return queries, gallery, self._weights, self._difference


class PairwiseMatcher:
    """Any fitted pair classifier, which scores every pair of query and gallery item.

    Parameters
    ----------
    classifier : fitted classifier of pairs
    """

    takes_vectors = counts = False
    n_candidates = None

    def __init__(self, classifier):
        self._classifier = classifier

    @property
    def fingerprint(self):
        """As in `LinearMatcher`."""
        return joblib.hash(self._classifier)

    def vectors(self, items):
        """The items."""
        items = np.asarray(items)
        self._respond(IndexedPairs(items[:1], [[0, 0]]))  # refuses what it cannot compare
        return items

    def prepared(self, part):
        """As in `LinearMatcher`."""
        return part

    def top_k(self, queries, gallery, k, n_threads):
        """As in `LinearMatcher`."""
        scores = self.scores(queries, gallery, n_threads)
        rows = np.broadcast_to(np.arange(len(gallery)), scores.shape)
        return best_first(scores, rows, min(k, len(gallery)))

    def scores(self, queries, gallery, n_threads):
        """As in `LinearMatcher`; the classifier has threads of its own, or none."""
        out = np.empty((len(queries), len(gallery)))
        n_rows = max(1, _PAIRS // len(queries))
        for start in range(0, len(gallery), n_rows):
            rows = np.asarray(gallery[start : start + n_rows])
            items = np.concatenate([queries, rows])
            left, right = np.indices((len(queries), len(rows)))
            indices = np.stack([left.ravel(), len(queries) + right.ravel()], axis=1)
            scores = self._respond(IndexedPairs(items, indices))
            out[:, start : start + len(rows)] = scores.reshape(left.shape)
        return out

    def _respond(self, pairs):
        if hasattr(self._classifier, "decision_function"):
            return self._classifier.decision_function(pairs)
        return self._classifier.predict_proba(pairs)[:, 1]


def _through(steps, items):
    """Items through transformers of pairs."""
    if not steps:
        return items
    pairs = pairs_with_themselves(items)
    for step in steps:
        pairs = step.transform(pairs)
    return pairs.items
