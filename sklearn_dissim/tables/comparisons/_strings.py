"""Strings: what of them is compared, and by how many edits or words two differ."""

import unicodedata

import numpy as np

from sklearn_dissim.tables.comparisons._comparison import Comparison

LONGEST_STRING = 1_000  # characters that comparisons by edits read
LONGEST_TEXT = 20_000  # characters that comparisons by words and n-grams read


class _Cleaner(dict):
    """For str.translate: punctuation, blanks and control characters become blanks.

    Letters, marks, digits and pictures (emoji) of any script stay.
    """

    def __missing__(self, code):
        kind = unicodedata.category(chr(code))
        self[code] = code if kind[0] in "LMN" or kind == "So" else 32
        return self[code]


_CLEANER = _Cleaner()


def normalised(value, longest):
    """One spelling of a string: compatibility forms, case, punctuation and blanks undone."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)[:longest]
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(text.translate(_CLEANER).split()) or text.strip()


def read_strings(values):
    """Normalised strings, of their first 1,000 characters."""
    return _array_of([normalised(value, LONGEST_STRING) for value in values])


def read_texts(values):
    """Normalised strings, of their first 20,000 characters."""
    return _array_of([normalised(value, LONGEST_TEXT) for value in values])


def read_codes(values):
    """Normalised strings without blanks: "404/351 -9533" is "4043519533"."""
    return _array_of([text.replace(" ", "") for text in read_strings(values)])


def _array_of(strings):
    array = np.empty(len(strings), dtype=object)
    array[:] = strings
    return array


def jaro_winkler(left, right):
    """1 - the Jaro-Winkler similarity, which begins of words weigh in."""
    return pairwise(left, right, _rapidfuzz().distance.JaroWinkler.normalized_distance)


def levenshtein(left, right):
    """Insertions, deletions and replacements, per character of the longer string."""
    return pairwise(left, right, _rapidfuzz().distance.Levenshtein.normalized_distance)


def edits(left, right):
    """Like `levenshtein`; two neighbours swapped are one edit, as typists do."""
    return pairwise(left, right, _rapidfuzz().distance.OSA.normalized_distance)


def token_set(left, right):
    """What words of either are not in both; order and repetitions do not count."""
    return 1 - pairwise(left, right, _rapidfuzz().fuzz.token_set_ratio) / 100


def token_sort(left, right):
    """Edits between the words in sorted order."""
    return 1 - pairwise(left, right, _rapidfuzz().fuzz.token_sort_ratio) / 100


def partial(left, right):
    """Edits between the shorter and the most similar stretch of the longer one."""
    return 1 - pairwise(left, right, _rapidfuzz().fuzz.partial_ratio) / 100


def pairwise(left, right, scorer):
    """A scorer of rapidfuzz on left and right strings, by all processors."""
    return _rapidfuzz().process.cpdist(
        left.tolist(), right.tolist(), scorer=scorer, dtype=np.float64, workers=-1
    )


def _rapidfuzz():
    try:
        import rapidfuzz
    except ImportError as error:
        raise ImportError(
            "Comparing strings needs rapidfuzz: pip install 'sklearn-dissim[tables]'."
        ) from error
    return rapidfuzz


STRING_COMPARISONS = (
    Comparison("jaro_winkler", read_strings, jaro_winkler),
    Comparison("levenshtein", read_strings, levenshtein),
    Comparison("token_set", read_strings, token_set),
    Comparison("token_sort", read_strings, token_sort),
    Comparison("partial", read_strings, partial),
    Comparison("edits", read_codes, edits),
)
