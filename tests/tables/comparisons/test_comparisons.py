"""Comparisons of two values: solved by hand, by invariants, and beside other libraries."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import haversine_distances

from sklearn_dissim.tables.columns._choice import COMPARISONS
from sklearn_dissim.tables.comparisons._dates import best_format, parse_dates
from sklearn_dissim.tables.comparisons._numbers import read_numbers
from sklearn_dissim.tables.comparisons._strings import read_codes, read_strings

pytest.importorskip("rapidfuzz", reason="comparing strings needs rapidfuzz")

STRINGS = [
    "jaro_winkler", "levenshtein", "token_set", "token_sort", "partial", "edits", "char_tfidf",
    "word_tfidf", "rarest_word", "soft_tfidf", "jaccard", "numerals", "mismatch",
]  # fmt: skip
NUMBERS = ["unequal", "absolute", "relative", "log"]


def cells(values):
    """Values as the comparisons get them: floats, or objects."""
    if all(isinstance(value, (int, float)) for value in values):
        return np.array(values, dtype=float)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def compared(name, left, right, seen=()):
    """Distances by a comparison that has seen `seen`, left and right."""
    values = cells([*left, *right, *seen])
    comparison = COMPARISONS[name]
    readings = comparison.read(values)
    comparison = comparison.fit(readings, np.ones(len(values), dtype=int))
    rows = comparison.prepare(readings)
    n = len(left)
    return comparison.distances(rows[np.arange(n)], rows[np.arange(n, 2 * n)])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12.99", 12.99), ("$ 12.99", 12.99), ("12,99 €", 12.99), ("1,299", 1299),
        ("1,299.50", 1299.5), ("1.299,50", 1299.5), ("1'299.50", 1299.5), ("1 299", 1299),
        ("1.299.000", 1299000), ("-3", -3), ("$-3.5", -3.5), ("-$3", -3), ("+.5", 0.5),
        ("2e3", 2000), ("USD 7", 7), ("7 eur", 7), ("12,5 %", 12.5), ("  8 ", 8),
        ("12,99", 12.99), ("0,5", 0.5), ("5.", 5),
    ],
)  # fmt: skip
def test_numbers_are_read(text, number):
    assert read_numbers(cells([text])).tolist() == [number]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "n/a",
        "call 555",
        "12-13",
        "404/351 -9533",
        "192.168.1.1",
        "inf",
        "nan",
        "1e999",
        "9" * 99,
    ],
)
def test_what_is_no_number_is_not_read(text):
    assert np.isnan(read_numbers(cells([text]))).all()


def test_differences_of_numbers():
    left, right = [2.0, 5.0, 0.0, -1.0, np.nan], [4.0, 5.0, 0.0, 1.0, 1.0]
    assert compared("absolute", left, right)[:4].tolist() == [2, 0, 0, 2]
    assert compared("relative", left, right)[:4].tolist() == [0.5, 0, 0, 2]
    assert compared("unequal", left, right)[:4].tolist() == [1, 0, 0, 1]
    for name in NUMBERS:
        assert np.isnan(compared(name, left, right)[4])


def test_log_difference_is_that_of_logarithms_above_the_scale():
    seen = [1.0] * 50
    np.testing.assert_allclose(compared("log", [100.0], [1000.0], seen), np.log(10), atol=1e-3)
    assert 0 < compared("log", [0.0], [1.0], seen)[0] < 1
    assert compared("log", [-5.0], [5.0], seen)[0] > compared("log", [0.0], [5.0], seen)[0]


def test_dates():
    left = ["19570401", "19571204", "19570401", "19571399"]
    right = ["19570401", "19570412", "19580401", "19570401"]
    days = compared("days", left, right)
    np.testing.assert_allclose(days[:3], np.log1p([0, 236, 365]))
    parts = compared("date_parts", left, right)
    assert parts[:3].tolist() == [0, 1, 1]  # the second one: day and month swapped
    assert np.isnan([days[3], parts[3]]).all()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2001-02-03"], "2001-02-03"),
        (["2001-02-03T04:05:06+02:00"], "2001-02-03T02:05:06"),
        (["3/2/2001", "31/1/2001"], "2001-02-03"),
        (["2/3/2001", "1/31/2001"], "2001-02-03"),
        (["3.2.2001"], "2001-02-03"),
        (["3 Feb 2001"], "2001-02-03"),
        (["February 3, 2001"], "2001-02-03"),
    ],
)
def test_formats_of_dates(texts, expected):
    date_format, share = best_format(cells(texts))
    assert share == 1
    assert parse_dates(cells(texts), date_format)[0] == np.datetime64(expected)


def test_strings_are_compared_without_case_punctuation_and_width():
    spellings = ["St. James's  ROAD", "st james s road", "ＳＴ JAMES'S-road"]  # noqa: RUF001
    assert set(read_strings(cells(spellings))) == {"st james s road"}
    assert read_codes(cells(["404/351 -9533", "404-351-9533"])).tolist() == ["4043519533"] * 2


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("😀", "😡"),  # pictures are compared
        ("!!", "??"),  # what is nothing but punctuation, too
        ("שלום", "שלוט"),
        ("مرحبا", "مرحبت"),
        ("हिन्दी", "हिन्दू"),
    ],
)
def test_any_script_is_told_apart(left, right):
    for name in ("levenshtein", "edits", "char_tfidf", "word_tfidf", "mismatch"):
        assert compared(name, [left, left], [right, left])[0] > 0
        assert compared(name, [left, left], [right, left])[1] == pytest.approx(0, abs=1e-12)


def test_strings_by_hand():
    assert compared("levenshtein", ["abcde"], ["abcxe"]) == pytest.approx(0.2)
    assert compared("levenshtein", ["ab cd"], ["ab dc"]) == pytest.approx(0.4)
    assert compared("edits", ["ab cd"], ["ab dc"]) == pytest.approx(0.25)  # swapped, no blank
    assert compared("jaro_winkler", ["martha"], ["marhta"]) == pytest.approx(1 - 0.961111, abs=1e-5)
    assert compared("token_sort", ["meyer anna"], ["anna meyer"]) == 0
    assert compared("token_set", ["anna meyer"], ["anna maria meyer"]) == 0
    assert compared("partial", ["meyer"], ["anna meyer of bern"]) == 0
    assert compared("jaccard", ["a b c"], ["b c d"]) == 0.5
    assert compared("numerals", ["office 2007 upgrade"], ["office 2008"]) == 1
    assert compared("numerals", ["office"], ["word"]) == 0


def test_sets():
    left = [("a", "b"), frozenset("ab"), ()]
    assert compared("jaccard", left, [("b", "a", "a"), frozenset("abcd"), ()]).tolist() == [
        0,
        0.5,
        0,
    ]


def test_rarity_by_hand():
    # n = 8 records: four times a, once b and c, twice d
    rarity = compared("rarity", ["a", "b", "a"], ["a", "d", "c"], ["a", "d"])
    np.testing.assert_allclose(rarity, [np.log(5) / np.log(9), 1, 1])


def test_agreeing_on_a_rare_category_says_more():
    comparison = COMPARISONS["rarity"]
    fitted = comparison.fit(cells(["x", "y"]), np.array([99, 1]))
    rows = fitted.prepare(cells(["x", "y", "never seen"]))
    common, rare, new = fitted.distances(rows, rows)
    assert common > rare > new == 0


def test_tfidf_agrees_with_scikit_learn():
    texts = ["red apple pie", "green apple", "red car", "blue car park"]
    vectors = TfidfVectorizer(token_pattern=r"\S+").fit_transform(texts).toarray()
    expected = 1 - (vectors[:2] * vectors[2:]).sum(axis=1)
    np.testing.assert_allclose(compared("word_tfidf", texts[:2], texts[2:]), expected)
    expected = np.abs(vectors[:2] - vectors[2:]).max(axis=1)
    np.testing.assert_allclose(compared("rarest_word", texts[:2], texts[2:]), expected)
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3)).fit_transform(texts).toarray()
    expected = 1 - (vectors[:2] * vectors[2:]).sum(axis=1)
    np.testing.assert_allclose(compared("char_tfidf", texts[:2], texts[2:]), expected)


@pytest.mark.parametrize("name", ["word_tfidf", "soft_tfidf"])
def test_words_that_training_did_not_have_count(name):
    comparison = COMPARISONS[name]
    readings = comparison.read(cells(["canon camera", "nikon camera", "sony camera"]))
    fitted = comparison.fit(readings, np.ones(3))
    new = comparison.read(cells(["camera x100", "camera x200y", "camera canon"]))
    rows = fitted.prepare(new)
    different = fitted.distances(rows[[0]], rows[[1]])[0]
    assert different > 0.5
    assert different > fitted.distances(rows[[0]], rows[[2]])[0] - 0.3


def soft_by_hand(left, right, weight):
    from rapidfuzz.distance import JaroWinkler

    def one_way(these, those):
        scale = np.sqrt(sum(weight(w) ** 2 for w in these) * sum(weight(w) ** 2 for w in those))
        total = 0.0
        for word in these:
            best = max(those, key=lambda other: JaroWinkler.similarity(word, other))
            likeness = JaroWinkler.similarity(word, best)
            if likeness >= 0.9:
                total += weight(word) * weight(best) * likeness
        return total / scale

    left, right = left.split(), right.split()
    return 1 - (one_way(left, right) + one_way(right, left)) / 2


def test_soft_tfidf_by_hand():
    left = ["anna petersen", "john smith", "anna smith"]
    right = ["anna peterson", "smith john", "maria brown"]
    texts = [*left, *right]

    def weight(word):
        return 1 + np.log(7 / (1 + sum(word in text.split() for text in texts)))

    expected = [soft_by_hand(a, b, weight) for a, b in zip(left, right, strict=True)]
    found = compared("soft_tfidf", left, right)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert 0 < found[0] < 0.2
    assert found[1] == pytest.approx(0, abs=1e-12)
    assert found[2] == 1


def test_haversine_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    left, right = (rng.uniform([-90, -180], [90, 180], (20, 2)) for _ in range(2))
    expected = np.diag(haversine_distances(np.radians(left), np.radians(right))) * 6371.0088
    np.testing.assert_allclose(compared("geo", [*map(tuple, left)], [*map(tuple, right)]), expected)


def test_vectors():
    left, right = [(3.0, 4.0), (1.0, 0.0), (0.0, 0.0)], [(0.0, 0.0), (0.0, 2.0), (0.0, 1.0)]
    np.testing.assert_allclose(compared("euclidean", left, right), [5, np.sqrt(5), 1])
    np.testing.assert_allclose(compared("cosine", left, right), [1, 1, 1])


words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(str.strip)


@pytest.mark.parametrize("name", STRINGS)
@given(left=words, right=words)
@settings(deadline=None, max_examples=40)
def test_strings_invariants(name, left, right):
    there, back, same = compared(name, [left, right, left], [right, left, left])
    assert there == pytest.approx(back, abs=1e-9)
    assert same == pytest.approx(0, abs=1e-9)
    assert 0 <= there <= 1


@pytest.mark.parametrize("name", NUMBERS)
@given(left=st.floats(allow_infinity=False, allow_nan=False), right=st.floats(-1e9, 1e9))
@settings(deadline=None, max_examples=40)
def test_numbers_invariants(name, left, right):
    there, back, same = compared(name, [left, right, left], [right, left, left])
    assert there == back
    assert same == 0
    assert 0 <= there < np.inf


@given(st.lists(st.dates(pd.Timestamp("1900-01-01").date()), min_size=2, max_size=2))
@settings(deadline=None, max_examples=30)
def test_dates_invariants(two):
    left, right = (f"{date:%Y-%m-%d}" for date in two)
    for name in ("days", "date_parts"):
        there, back, same = compared(name, [left, right, left], [right, left, left])
        assert there == back
        assert same == 0
        assert (there > 0) == (left != right)
