"""Compare strings by the edits or words in which two differ."""

import unicodedata

import numpy as np

from sklearn_dissim.tables.comparisons._comparison import Comparison

MAX_STRING = 1_000  # characters that comparisons by edits read
MAX_TEXT = 20_000  # characters that comparisons by words and n-grams read


class _Cleaner(dict):
    """Map punctuation and control characters to blanks, for `str.translate`.

    Letters, marks, digits and symbols such as emoji stay, in any script.
    """

    def __missing__(self, code):
        kind = unicodedata.category(chr(code))
        self[code] = code if kind[0] in "LMN" or kind == "So" else 32
        return self[code]


_CLEANER = _Cleaner()


def normalised(value, max_length):
    """Return a string without differences of case, punctuation, blanks and Unicode form."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)[:max_length]
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(text.translate(_CLEANER).split()) or text.strip()


def read_strings(values):
    """Return normalised strings of the first 1,000 characters."""
    return _array_of([normalised(value, MAX_STRING) for value in values])


def read_texts(values):
    """Return normalised strings of the first 20,000 characters."""
    return _array_of([normalised(value, MAX_TEXT) for value in values])


def read_codes(values):
    """Return normalised strings without blanks: "404/351 -9533" is "4043519533"."""
    return _array_of([text.replace(" ", "") for text in read_strings(values)])


def _array_of(strings):
    array = np.empty(len(strings), dtype=object)
    array[:] = strings
    return array


def jaro_winkler(left, right):
    """Return one less the Jaro-Winkler similarity, in which the first letters weigh more."""
    return pairwise(left, right, _rapidfuzz().distance.JaroWinkler.normalized_distance)


def levenshtein(left, right):
    """Return insertions, deletions and substitutions per character of the longer string."""
    return pairwise(left, right, _rapidfuzz().distance.Levenshtein.normalized_distance)


def edits(left, right):
    """Return edits as `levenshtein` does, but count a transposition of neighbours once."""
    return pairwise(left, right, _rapidfuzz().distance.OSA.normalized_distance)


def token_set(left, right):
    """Return the edits between both sets of words; 0 where one set holds the other."""
    return 1 - pairwise(left, right, _rapidfuzz().fuzz.token_set_ratio) / 100


def token_sort(left, right):
    """Return the edits between the words of both in sorted order."""
    return 1 - pairwise(left, right, _rapidfuzz().fuzz.token_sort_ratio) / 100


def partial(left, right):
    """Return the edits between the shorter string and the most similar part of the longer."""
    return 1 - pairwise(left, right, _rapidfuzz().fuzz.partial_ratio) / 100


def pairwise(left, right, scorer):
    """Return what a scorer of rapidfuzz makes of left and right strings, on all processors."""
    return _rapidfuzz().process.cpdist(
        left.tolist(), right.tolist(), scorer=scorer, dtype=np.float64, workers=-1
    )


def _rapidfuzz():
    """Return the package rapidfuzz; say how to install it if it is missing."""
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
