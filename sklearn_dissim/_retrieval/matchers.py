"""Compare the items of a gallery by a fitted pair classifier: by kernels, or pair by pair."""

import hashlib

import joblib
import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_dissim._kernels import kernels_for
from sklearn_dissim._kernels.backend import best_first
from sklearn_dissim._kernels.dissimilarity import LinearScore
from sklearn_dissim._max_margin.classifier import MaxMarginPairClassifier
from sklearn_dissim._pairs.dichotomy import DichotomyTransformer
from sklearn_dissim._pairs.indexed_pairs import IndexedPairs, pairs_with_themselves
from sklearn_dissim._pairs.make_pairs import draw_pairs
from sklearn_dissim._pairs.validation import check_identities
from sklearn_dissim._retrieval.shortlists import FlatIndex, ShortlistedPart
from sklearn_dissim._utils.fitted_parts import fitted_parts, transformers
from sklearn_dissim._utils.response import pair_response

_PAIRS = 1 << 14  # scored by a classifier at a time


def train_matcher(matcher, items, identities, random_state):
    """Fit a pair classifier to items and their identities.

    A classifier, or the last step of a pipeline, that can draw pairs itself in training is
    given items and identities; any other one is given pairs.

    Parameters
    ----------
    matcher : classifier of pairs
    items : array or DataFrame of shape (n_items, ...)
    identities : array-like of shape (n_items,)
    random_state : int or RandomState
        Draws the pairs.
    """
    codes = check_identities(identities, items)
    if hasattr(matcher, "fit_identities"):
        return matcher.fit_identities(items, identities)
    pairs, signs = draw_pairs(items, codes, random_state)
    y = (signs > 0).astype(int)
    steps = transformers(matcher) if isinstance(matcher, Pipeline) else []
    of_items = not any(isinstance(step, DichotomyTransformer) for step in steps)
    in_pipeline = isinstance(matcher, Pipeline) and hasattr(matcher.steps[-1][1], "fit_identities")
    if in_pipeline and of_items:
        for step in steps:
            pairs = step.fit(pairs, y).transform(pairs)
        items = _through(steps, items)
        matcher.steps[-1][1].fit_identities(items, identities)
        return matcher
    return matcher.fit(pairs, y)


def as_matcher(fitted, n_candidates=None, make_index=None, device="cpu"):
    """Return the fastest matcher that compares items as a fitted pair classifier does.

    Parameters
    ----------
    fitted : fitted classifier of pairs
    n_candidates, make_index, device
        As in `LinearMatcher`.

    Returns
    -------
    LinearMatcher or PairwiseMatcher
    """
    steps, last = fitted_parts(fitted)
    check_is_fitted(last)
    # A DichotomyTransformer makes one vector of a pair, and so does a backbone of dissimilarity
    # vectors: no item has a vector of its own.
    by_vectors = not any(isinstance(step, DichotomyTransformer) for step in steps)
    if isinstance(last, MaxMarginPairClassifier) and by_vectors and not last.embeds_vectors:
        return LinearMatcher(steps, last, n_candidates, make_index, device)
    if n_candidates is not None:
        raise ValueError(
            f"n_candidates={n_candidates} needs a matcher that ends in a "
            f"MaxMarginPairClassifier; got {fitted}."
        )
    return PairwiseMatcher(fitted)


class LinearMatcher:
    """Turn items into vectors, whose weighted differences the kernels compute.

    Parameters
    ----------
    steps : list of fitted transformers
        Of pairs, item by item.
    classifier : fitted MaxMarginPairClassifier
    n_candidates : int, default=None
        Items that an index proposes for each query; by default all items are compared.
    make_index : callable, default=None
        As in `ShortlistedPart`; default: `FlatIndex`.
    device : str, default="cpu"
        Where vectors are compared.
    """

    def __init__(self, steps, classifier, n_candidates=None, make_index=None, device="cpu"):
        self.n_candidates, self._make_index = n_candidates, make_index or FlatIndex
        self._kernels = kernels_for(device)  # refuses a device that is not there
        self._steps, self._classifier = steps, classifier
        self._score = LinearScore(
            classifier.coef_[0], classifier.trained_difference, float(classifier.intercept_[0])
        )
        self.takes_vectors = not steps and classifier.net_ is None

    # Whether `scores_of` and `count_reaching` are there.
    counts = True

    @property
    def fingerprint(self):
        """Say whether vectors on disk were made for these weights."""
        numbers = np.append(self._score.weights, self._score.intercept).tobytes()
        return hashlib.sha256(numbers + self._score.difference.encode()).hexdigest()

    def vectors(self, items):
        """Return the vectors that the items are compared by, each item through the steps once."""
        return self._classifier.embed(_through(self._steps, items))

    def prepared(self, part):
        """Return a part of a gallery with its index, if there is to be one."""
        if self.n_candidates is None or isinstance(part, ShortlistedPart):
            return part
        return ShortlistedPart(part, self._score, self._make_index)

    def top_k(self, queries, gallery, k, n_threads, exact=False):
        """Return scores and rows of the best k of a gallery for every query.

        Parameters
        ----------
        queries : ndarray of shape (n_queries, n_features)
        gallery : ndarray of shape (n_gallery, n_features) or ShortlistedPart
        k : int
        n_threads : int or None
        exact : bool, default=False
            Compare all items although there is an index.
        """
        if isinstance(gallery, ShortlistedPart) and not exact:
            candidates = gallery.candidates(queries, max(k, self.n_candidates))
            return self._kernels.rank_candidates(
                queries, gallery.vectors, self._score, candidates, k, n_threads=n_threads
            )
        gallery = _vectors_of(gallery)
        return self._kernels.top_k(queries, gallery, self._score, k, n_threads=n_threads)

    def scores(self, queries, gallery, n_threads):
        """Return the scores of all pairs, shape (n_queries, n_gallery)."""
        gallery = _vectors_of(gallery)
        return self._kernels.cross_scores(queries, gallery, self._score, n_threads=n_threads)

    def scores_of(self, queries, gallery, owners, rows):
        """Return the scores of pairs, numbers of queries and of gallery rows."""
        return self._kernels.scores_of(queries, _vectors_of(gallery), self._score, owners, rows)

    def count_reaching(self, queries, limits, offsets, gallery, counted, n_threads):
        """Count the gallery rows that reach each of the limits that a query has.

        The gallery and its counted rows come late, so that a partial call can be mapped over
        the parts of a gallery.
        """
        return self._kernels.count_reaching(
            queries,
            _vectors_of(gallery),
            self._score,
            limits,
            offsets,
            counted=counted,
            n_threads=n_threads,
        )


def _vectors_of(part):
    return part.vectors if isinstance(part, ShortlistedPart) else part


class PairwiseMatcher:
    """Score every pair of query and gallery item by any fitted pair classifier.

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
        """See `LinearMatcher.fingerprint`."""
        return joblib.hash(self._classifier)

    def vectors(self, items):
        """Return the items as an array."""
        items = np.asarray(items)
        pair_response(self._classifier, IndexedPairs(items[:1], [[0, 0]]))[
            0
        ]  # refuses what it cannot compare
        return items

    def prepared(self, part):
        """Return a part of a gallery as it is."""
        return part

    def top_k(self, queries, gallery, k, n_threads):
        """See `LinearMatcher.top_k`."""
        scores = self.scores(queries, gallery, n_threads)
        rows = np.broadcast_to(np.arange(len(gallery)), scores.shape)
        return best_first(scores, rows, min(k, len(gallery)))

    def scores(self, queries, gallery, n_threads):
        """See `LinearMatcher.scores`; the classifier has threads of its own, or none."""
        out = np.empty((len(queries), len(gallery)))
        n_rows = max(1, _PAIRS // len(queries))
        for start in range(0, len(gallery), n_rows):
            rows = np.asarray(gallery[start : start + n_rows])
            items = np.concatenate([queries, rows])
            left, right = np.indices((len(queries), len(rows)))
            indices = np.stack([left.ravel(), len(queries) + right.ravel()], axis=1)
            scores = pair_response(self._classifier, IndexedPairs(items, indices))[0]
            out[:, start : start + len(rows)] = scores.reshape(left.shape)
        return out


def _through(steps, items):
    """Return the items as transformers of pairs leave them."""
    if not steps:
        return items
    # A transformer of pairs may look at both sides; an item paired with itself stays that item.
    pairs = pairs_with_themselves(items)
    for step in steps:
        pairs = step.transform(pairs)
    return pairs.items
