"""What each column says for or against two records being the same, in numbers and in words."""

import numpy as np

_LONGEST = 30  # characters of a value that are quoted


def neutral_vector(vectors, signs):
    """Halfway between the average link and the average non-link: it speaks for neither."""
    return (vectors[signs > 0].mean(axis=0) + vectors[signs < 0].mean(axis=0)) / 2


def contributions(vectors, score, groups, neutral):
    """By how much the score falls when a column's elements are made neutral.

    Of a score that is linear in the vector these are w_c (v_c - neutral_c) for each column c,
    and they add up to the score less that of the neutral vector. Of any other score, each says
    what leaving out this one column, with the others as they are, would change.

    Parameters
    ----------
    vectors : ndarray of shape (n_pairs, n_elements)
    score : callable
        Vectors -> scores.
    groups : list of ndarray
        Of each column, which elements are its own.
    neutral : ndarray of shape (n_elements,)

    Returns
    -------
    scores : ndarray of shape (n_pairs,)
    contributions : ndarray of shape (n_pairs, n_columns)
    """
    scores = score(vectors)
    columns = []
    for elements in groups:
        without = vectors.copy()
        without[:, elements] = neutral[elements]
        columns.append(scores - score(without))
    return scores, np.stack(columns, axis=1)


def explanation_table(names, left, right, scores, parts):
    """One row for each pair and column, the weightiest columns of a pair first.

    Parameters
    ----------
    names : list of str
        Of the columns.
    left, right : list of ndarray
        Of each column the values of both sides, shape (n_pairs,).
    scores : ndarray of shape (n_pairs,)
    parts : ndarray of shape (n_pairs, n_columns)

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
    if abs(contribution) < 0.005:
        return f"{relation}: says nothing"
    verdict = "the same" if contribution > 0 else "different"
    return f"{relation}: {verdict} ({contribution:+.2f})"


def _relation(left, right):
    missing = [_is_missing(value) for value in (left, right)]
    if all(missing):
        return "missing on both sides"
    if any(missing):
        return f"{_quoted(right if missing[0] else left)}, missing on the other side"
    if np.array_equal(left, right) if isinstance(left, np.ndarray) else left == right:
        return f"both {_quoted(left)}"
    return f"{_quoted(left)} and {_quoted(right)}"


def _is_missing(value):
    import pandas as pd

    if isinstance(value, tuple):
        return all(map(_is_missing, value))
    if isinstance(value, str):
        return not value.strip()
    return bool(np.ndim(value) == 0 and pd.isna(value))


def _quoted(value):
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
