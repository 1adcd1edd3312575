"""Say what each column adds to the score of a pair of records, in numbers and in words."""

import numpy as np

from sklearn_dissim.inspection._contributions import contributions
from sklearn_dissim.tables._matching_model import pair_scores
from sklearn_dissim.tables.columns._records import values_of_pairs

_MAX_LENGTH = 30  # characters of a value that are quoted
_SMALLEST = 0.005  # contribution that is not "nothing" with two decimals


def explain_pairs(comparer, classifier, neutral, X):
    """Return the contributions of all columns to the scores of pairs.

    Parameters
    ----------
    comparer : fitted TableDichotomyTransformer
    classifier : fitted classifier
    neutral : ndarray of shape (n_comparisons,)
        Vector that speaks for neither label.
    X : DataFrame or IndexedPairs

    Returns
    -------
    DataFrame
        As `explanation_table` makes it.
    """
    of_elements = [name.rpartition("__")[0] for name in comparer.get_feature_names_out()]
    columns = {"_".join(_names(key)): _names(key) for key in comparer.comparisons_}
    vectors = comparer.transform(X)
    parts = contributions(
        lambda vectors: pair_scores(classifier, vectors),
        vectors,
        neutral,
        [np.flatnonzero(np.array(of_elements) == label) for label in columns],
    )
    sides = [_values(X, names, comparer.left, comparer.right) for names in columns.values()]
    left, right = zip(*sides, strict=True)
    return explanation_table(list(columns), left, right, pair_scores(classifier, vectors), parts)


def _names(key):
    return key if isinstance(key, tuple) else (key,)


def _values(X, names, left, right):
    """Return values of a column on both sides of pairs; of several columns, tuples."""
    sides = [values_of_pairs(X, name, left, right) for name in names]
    if len(names) == 1:
        return sides[0]
    return tuple(_tuples(columns) for columns in zip(*sides, strict=True))


def _tuples(columns):
    tuples = np.empty(len(columns[0]), dtype=object)
    tuples[:] = list(zip(*columns, strict=True))
    return tuples


def explanation_table(names, left, right, scores, parts):
    """Return one row for each pair and column, the largest contributions of a pair first.

    Parameters
    ----------
    names : list of str
        Names of the columns.
    left, right : sequence of ndarray
        Values of each column on either side, shape (n_pairs,).
    scores : ndarray of shape (n_pairs,)
    parts : ndarray of shape (n_pairs, n_columns)
        Contributions.

    Returns
    -------
    DataFrame
    """
    import pandas as pd

    order = np.argsort(-np.abs(parts), axis=1, kind="stable")
    rows = [
        {
            "pair": pair,
            "column": names[k],
            "left": left[k][pair],
            "right": right[k][pair],
            "contribution": parts[pair, k],
            "words": _words(names[k], left[k][pair], right[k][pair], parts[pair, k]),
            "score": scores[pair],
        }
        for pair in range(len(scores))
        for k in order[pair]
    ]
    return pd.DataFrame(rows)


def _words(name, left, right, contribution):
    relation = f"{name}: {_relation(left, right)}"
    if abs(contribution) < _SMALLEST:
        return f"{relation}: says nothing"
    verdict = "the same" if contribution > 0 else "different"
    return f"{relation}: {verdict} ({contribution:+.2f})"


def _relation(left, right):
    """Return in words whether two values are equal, different or missing."""
    missing = [_is_missing(value) for value in (left, right)]
    if all(missing):
        return "missing on both sides"
    if any(missing):
        return f"{_quoted(right if missing[0] else left)}, missing on the other side"
    if np.array_equal(left, right) if isinstance(left, np.ndarray) else left == right:
        return f"both {_quoted(left)}"
    return f"{_quoted(left)} and {_quoted(right)}"


def _is_missing(value):
    """Tell whether a value is missing: None, NaN, blank, or a tuple of missing values."""
    import pandas as pd

    if isinstance(value, tuple):
        return all(map(_is_missing, value))
    if isinstance(value, str):
        return not value.strip()
    return bool(np.ndim(value) == 0 and pd.isna(value))


def _quoted(value):
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}..."
