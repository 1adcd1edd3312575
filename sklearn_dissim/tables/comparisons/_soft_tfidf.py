"""Compare names word by word: similar words match, and rare words weigh more."""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

from sklearn_dissim.tables.comparisons._strings import jaro_winkler, read_strings

_MAX_WORDS = 16  # words of a name that are read
_CHUNK = 1 << 13  # pairs of names compared at a time, every word with every word
_MIN_SIMILARITY = 0.9  # Jaro-Winkler similarity of words that match


class WordRows:
    """Hold names as rows of word numbers and weights; slices share the lexicon.

    Parameters
    ----------
    words : ndarray of int, shape (n_names, n_words)
        Positions in the lexicon; -1 where a name has no further word.
    weights : ndarray of shape (n_names, n_words)
        TF-IDF weights, each row of unit length.
    lexicon : ndarray of str, shape (n_distinct_words,)
    """

    def __init__(self, words, weights, lexicon):
        self.words, self.weights, self.lexicon = words, weights, lexicon

    def __getitem__(self, rows):
        return WordRows(self.words[rows], self.weights[rows], self.lexicon)


@dataclass(frozen=True)
class SoftTfidf:
    """Compare names by one less SoftTFIDF, a cosine of TF-IDF vectors with similar words.

    Each word of one name is matched with the most similar word of the other name, if their
    Jaro-Winkler similarity is at least 0.9 [1]_. The mean of both directions is symmetric.

    Parameters
    ----------
    rarity : dict, default={}
        Weight of each word in training.
    unseen : float, default=1.0
        Weight of any other word.

    References
    ----------
    .. [1] W. Cohen, P. Ravikumar and S. Fienberg, "A comparison of string distance metrics for
       name-matching tasks", IIWeb 2003, section 2.3.
    """

    name = "soft_tfidf"
    read = staticmethod(read_strings)
    rarity: dict = field(default_factory=dict, repr=False)
    unseen: float = 1.0

    def fit(self, readings, counts):
        """Learn how rare each word is; each distinct value counts once."""
        seen = Counter(word for text in readings for word in set(_words(text)))
        n = 1 + len(readings)
        rarity = {word: 1 + np.log(n / (1 + count)) for word, count in seen.items()}
        return replace(self, rarity=rarity, unseen=1 + np.log(n))

    def prepare(self, readings):
        """Return the words of each name as numbers, with their weights."""
        lexicon: dict = {}
        names = [[lexicon.setdefault(w, len(lexicon)) for w in _words(t)] for t in readings]
        words = np.full((len(names), max(map(len, names), default=1)), -1)
        for row, name in zip(words, names, strict=True):
            row[: len(name)] = name
        rarity = np.array([self.rarity.get(word, self.unseen) for word in lexicon] + [0.0])
        weights = rarity[words]  # -1, no word, takes the last one, which is 0
        weights /= np.linalg.norm(weights, axis=1, keepdims=True)
        return WordRows(words, weights, np.array([*lexicon], dtype=object))

    def distances(self, left, right):
        """Return distances from 0 to 1."""
        chunks = [slice(k, k + _CHUNK) for k in range(0, len(left.words), _CHUNK)]
        return np.concatenate([_distances(left[rows], right[rows]) for rows in chunks])


def _distances(left, right):
    similarity = _similarity_of_words(left, right)
    forth = _soft_cosine(similarity, left.weights, right.weights)
    back = _soft_cosine(similarity.transpose(0, 2, 1), right.weights, left.weights)
    return np.clip(1 - (forth + back) / 2, 0.0, 1.0)


def _words(text):
    return list(dict.fromkeys(text.split()))[:_MAX_WORDS]


def _similarity_of_words(left, right):
    """Return the similarity of every left with every right word; 0 where they do not match.

    Returns
    -------
    ndarray of shape (n_pairs, n_left_words, n_right_words)
    """
    import pandas as pd

    both = (left.words[:, :, np.newaxis] >= 0) & (right.words[:, np.newaxis, :] >= 0)
    n_words = len(left.lexicon)
    keys = left.words[:, :, np.newaxis] * n_words + right.words[:, np.newaxis, :]
    # Each two distinct words are compared once.
    inverse, distinct = pd.factorize(keys[both])
    words = left.lexicon
    of_distinct = 1 - jaro_winkler(words[distinct // n_words], words[distinct % n_words])
    of_distinct[of_distinct < _MIN_SIMILARITY] = 0.0
    similarity = np.zeros(both.shape)
    similarity[both] = of_distinct[inverse]
    return similarity


def _soft_cosine(similarity, weights, other_weights):
    """Return the sum over words of weight x weight of the best match x their similarity."""
    match = similarity.argmax(axis=2)
    best = np.take_along_axis(similarity, match[:, :, np.newaxis], axis=2)[:, :, 0]
    match_weights = np.take_along_axis(other_weights, match, axis=1)
    return (weights * match_weights * best).sum(axis=1)
