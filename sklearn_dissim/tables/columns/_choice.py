"""Choose the comparisons of a column, by what its values look like or as the user says."""

import re
from collections import Counter

import numpy as np

from sklearn_dissim.tables.comparisons._categories import CATEGORY_COMPARISONS
from sklearn_dissim.tables.comparisons._comparison import UserComparison
from sklearn_dissim.tables.comparisons._dates import DATE_COMPARISONS, best_format, read_dates
from sklearn_dissim.tables.comparisons._numbers import NUMBER_COMPARISONS, read_numbers
from sklearn_dissim.tables.comparisons._sets import SET_COMPARISONS
from sklearn_dissim.tables.comparisons._soft_tfidf import SoftTfidf
from sklearn_dissim.tables.comparisons._strings import (
    MAX_STRING,
    STRING_COMPARISONS,
    normalised,
)
from sklearn_dissim.tables.comparisons._texts import TEXT_COMPARISONS
from sklearn_dissim.tables.comparisons._vectors import VECTOR_COMPARISONS

COMPARISONS = {
    comparison.name: comparison
    for comparison in (
        *NUMBER_COMPARISONS,
        *DATE_COMPARISONS,
        *CATEGORY_COMPARISONS,
        *STRING_COMPARISONS,
        *TEXT_COMPARISONS,
        SoftTfidf(),
        *SET_COMPARISONS,
        *VECTOR_COMPARISONS,
    )
}
_BY_WORDS = ("token_set", "token_sort", "partial", "char_tfidf", "word_tfidf", "rarest_word")
KINDS = {
    "number": ("unequal", "absolute", "relative", "log"),
    "date": ("days", "date_parts"),
    "date_string": ("days", "date_parts", "edits"),
    "category": ("mismatch", "rarity", "jaro_winkler", "token_set"),
    "code": ("mismatch", "edits", "jaro_winkler"),
    "name": ("jaro_winkler", "levenshtein", "soft_tfidf", *_BY_WORDS),
    "title": ("jaro_winkler", "soft_tfidf", *_BY_WORDS, "numerals"),
    "text": ("token_set", "char_tfidf", "word_tfidf", "rarest_word", "numerals"),
    "set": ("jaccard",),
    "vector": ("euclidean", "cosine"),
    "place": ("geo",),
}

_MAX_INSPECTED = 10_000  # distinct values that are looked at
_MAJORITY = 0.9  # share of the values that decides for the whole column
_YEARS = (1000, 2200)


def chosen_comparisons(choice, column, counts):
    """Return the comparisons of a column.

    Parameters
    ----------
    choice : str, callable, comparison or list of these
        What the user has chosen: "auto", "drop", the name of a kind or a comparison, a function
        or a comparison object.
    column : PairedColumn
    counts : ndarray of int, shape (n_values,)
        Number of records that have each value.

    Returns
    -------
    list of comparisons, not fitted
    """
    choices = choice if isinstance(choice, (list, tuple)) else [choice]
    comparisons: list = []
    for single in choices:
        comparisons += _comparisons_of(single, column, counts)
    names = [comparison.name for comparison in comparisons]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(
            f"comparisons of column {column.label!r} have {repeated!r} more than once."
        )
    return comparisons


def _comparisons_of(choice, column, counts):
    """Return the comparisons of one choice, a name, a function or a comparison."""
    if isinstance(choice, str):
        if choice == "drop":
            return []
        if choice == "auto":
            choice = kind_of(column, counts)
        if choice in KINDS:
            return [COMPARISONS[name] for name in KINDS[choice]]
        if choice in COMPARISONS:
            return [COMPARISONS[choice]]
        raise ValueError(
            f"comparisons of column {column.label!r} must be 'auto', 'drop', one of the kinds "
            f"{sorted(KINDS)}, of the names {sorted(COMPARISONS)}, or a function of left and "
            f"right values; got {choice!r}."
        )
    if all(hasattr(choice, part) for part in ("name", "read", "fit", "prepare", "distances")):
        return [choice]
    if callable(choice):
        return [UserComparison(choice)]
    raise ValueError(
        f"comparisons of column {column.label!r} must be names, functions or comparison objects; "
        f"got {choice!r}."
    )


def kind_of(column, counts):
    """Return the kind of a column, by what its distinct values look like.

    Parameters
    ----------
    column : PairedColumn
    counts : ndarray of int, shape (n_values,)
        Number of records that have each value.

    Returns
    -------
    str
        A key of `KINDS`.
    """
    if column.storage in ("vector", "date"):
        return column.storage
    if column.storage in ("boolean", "category"):
        return "category"
    values = column.values[:_MAX_INSPECTED]
    if column.storage == "collection":
        return _kind_of_collections(values)
    if column.storage == "number":
        return "date_string" if _are_dates(values) else "number"
    return _kind_of_strings(values, len(column.values), counts.sum())


def _kind_of_collections(values):
    numeric = all(
        isinstance(value, tuple) and all(isinstance(x, (float, np.floating)) for x in value)
        for value in values
    )
    lengths = {len(value) for value in values}
    return "vector" if numeric and len(lengths) == 1 and lengths != {0} else "set"


def _kind_of_strings(values, n_values, n_records):
    """Return the kind of strings: numbers, dates and codes first, then by words."""
    if _are_dates(values):
        return "date_string"
    numbers = read_numbers(values)
    if np.isfinite(numbers).mean() >= _MAJORITY:
        return "code" if _are_codes(values, numbers) else "number"
    if np.mean([_is_code(value) for value in values]) >= _MAJORITY:
        return "code"
    if n_values <= min(100, n_records / 10):
        return "category"
    n_words = np.mean([len(normalised(value, MAX_STRING).split()) for value in values])
    return "name" if n_words <= 4 else "title" if n_words <= 40 else "text"


def _are_dates(values):
    # Fewer than of numbers, since a date with a typing error is mostly no date.
    return best_format(read_dates(values))[1] >= 0.8


def _are_codes(values, numbers):
    """Tell whether digits are names: some with leading zeros, or of one length but no years."""
    digits = [value.strip() for value in values if re.fullmatch(r"\s*\d+\s*", value[:100])]
    if len(digits) < _MAJORITY * len(values):
        return False
    if np.mean([len(text) > 1 and text[0] == "0" for text in digits]) >= 0.05:
        return True
    length, count = Counter(map(len, digits)).most_common(1)[0]
    years = (numbers >= _YEARS[0]) & (numbers <= _YEARS[1])
    return length >= 4 and count >= _MAJORITY * len(digits) and years.mean() < _MAJORITY


def _is_code(value):
    """Tell whether a string is mostly digits, at least five: a telephone number, say."""
    value = value[:100]
    n_letters_and_digits = sum(map(str.isalnum, value))
    n_digits = sum(map(str.isdigit, value))
    return n_digits >= 5 and n_digits >= 0.8 * n_letters_and_digits


def places_in(names):
    """Return pairs of column names of which one says latitude and the other longitude."""
    by_lower = {name.lower(): name for name in names}
    return [
        (name, by_lower[lower.replace("lat", lon)])
        for lower, name in by_lower.items()
        for lon in ("lon", "lng", "long")  # "long" makes longitude of latitude
        if "lat" in lower and lower.replace("lat", lon) in by_lower
    ]
