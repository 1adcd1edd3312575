"""The model behind a RecordMatcher: comparisons of columns, then a classifier of their vectors."""

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.kernel_approximation import Nystroem
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import StandardScaler

from sklearn_dissim._max_margin.classifier import MaxMarginPairClassifier
from sklearn_dissim._pairs.containers import is_frame
from sklearn_dissim._pairs.indexed_pairs import IndexedPairs
from sklearn_dissim._utils.progress import Progress
from sklearn_dissim._utils.response import pair_response
from sklearn_dissim.tables._table_dichotomy import TableDichotomyTransformer

_CHUNK = 1 << 15  # pairs scored at a time
_MAX_COMPONENTS = 300  # of the kernel map


def split_model(classifier, comparisons):
    """Return the transformer that compares columns, and the classifier of its vectors.

    Parameters
    ----------
    classifier, comparisons
        Parameters of a RecordMatcher.

    Returns
    -------
    comparer : TableDichotomyTransformer or None
        Not fitted; None where the classifier takes pairs of records as they are.
    classifier : estimator or None
        Not fitted; None stands for the default.

    Raises
    ------
    ValueError
        If both parameters say how columns are compared, or neither does.
    """
    first = classifier[0] if isinstance(classifier, Pipeline) else None
    if isinstance(first, TableDichotomyTransformer):
        if comparisons not in ("auto", None):
            raise ValueError("comparisons must be 'auto' where the classifier has its own.")
        comparer, classifier = first, classifier[1:]
    elif comparisons is None:
        if classifier is None:
            raise ValueError("comparisons=None needs a classifier of pairs; it is None too.")
        return None, classifier
    elif isinstance(comparisons, TableDichotomyTransformer):
        comparer = comparisons
    else:
        comparer = TableDichotomyTransformer(comparisons)
    return clone(comparer).set_output(transform="default"), classifier


def default_classifier(vectors, seed):
    """Return a classifier for the vectors of comparisons, not fitted.

    A linear classifier weighs each comparison by itself. The kernel map lets comparisons
    qualify each other: another address means less where the telephone number is the same.

    Parameters
    ----------
    vectors : ndarray of shape (n_pairs, n_comparisons)
    seed : int

    Returns
    -------
    Pipeline
    """
    n_pairs, n_comparisons = vectors.shape
    kernel_map = Nystroem(
        gamma=0.3 / n_comparisons,
        n_components=min(_MAX_COMPONENTS, max(1, n_pairs // 2)),
        random_state=seed,
    )
    machine = MaxMarginPairClassifier(C=0.1, loss="squared_hinge")
    # Far from all training pairs the kernel is 0; there the comparisons themselves decide.
    return make_pipeline(StandardScaler(), make_union("passthrough", kernel_map), machine)


def check_rows_of_pairs(X):
    """Return pairs in a container whose rows can be chosen; refuse none and sparse ones.

    Parameters
    ----------
    X : IndexedPairs, DataFrame or array-like

    Returns
    -------
    IndexedPairs, DataFrame or ndarray
    """
    if sparse.issparse(X):
        raise TypeError("X must be dense, pairs of records; got a sparse matrix.")
    if not isinstance(X, IndexedPairs) and not is_frame(X):
        X = np.asanyarray(X)
    if X.shape and X.shape[0] == 0:
        raise ValueError("X must hold at least one pair; found 0 sample(s).")
    return X


def take_pairs(X, rows):
    """Return the pairs at these rows, a slice or positions."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def pair_scores(classifier, X):
    """Return scores of pairs, at least 0 where a classifier predicts "same".

    Parameters
    ----------
    classifier : fitted classifier of two labels
    X : IndexedPairs, DataFrame or ndarray

    Returns
    -------
    ndarray of shape (n_pairs,)
        What `decision_function` returns; of a classifier that has none, the probability of
        "same" less a half.
    """
    scores, threshold = pair_response(classifier, X)
    return scores - threshold


def pair_scores_in_chunks(classifier, X, verbose):
    """Return what `pair_scores` does, without holding the vectors of all pairs at once."""
    n_pairs = X.shape[0]
    scores = np.empty(n_pairs)
    with Progress("Scoring pairs", n_pairs, verbose) as progress:
        for start in range(0, n_pairs, _CHUNK):
            chunk = slice(start, start + _CHUNK)
            scores[chunk] = pair_scores(classifier, take_pairs(X, chunk))
            progress(min(chunk.stop, n_pairs))
    return scores


def best_f1_threshold(classifier, X, y, classes, seed):
    """Return the threshold with the best F1 on scores of five-fold cross-validation.

    Parameters
    ----------
    classifier : classifier
        Cloned and fitted on four of five folds at a time.
    X : IndexedPairs, DataFrame or ndarray
    y : ndarray of shape (n_pairs,)
    classes : ndarray of shape (2,)
        Labels of different and of same pairs.
    seed : int

    Returns
    -------
    float
        Halfway between the lowest score of a link and the next score below.
    """
    from sklearn.metrics import precision_recall_curve
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    scores = np.empty(len(y))
    for train, test in folds.split(np.zeros(len(y)), y):
        fitted = clone(classifier).fit(take_pairs(X, train), y[train])
        scores[test] = pair_scores(fitted, take_pairs(X, test))
    precision, recall, thresholds = precision_recall_curve(y == classes[1], scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(np.argmax(f1[:-1]))
    below = thresholds[best - 1] if best else thresholds[best] - 1.0
    return float((thresholds[best] + below) / 2)
