"""Names of several words, compared word by word: alike is enough, and rare words weigh more."""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

from sklearn_dissim.tables.comparisons._strings import jaro_winkler, read_strings

_MOST_WORDS = 16  # of a name; the rest is not read
_BLOCK = 1 << 13  # names compared at a time, every word with every word
_CLOSE = 0.9  # Jaro-Winkler similarity from which words are taken for the same


class WordRows:
    """Names as rows of word numbers (-1: no word) and weights; slices share the lexicon."""

    def __init__(self, words, weights, lexicon):
        self.words, self.weights, self.lexicon = words, weights, lexicon

    def __getitem__(self, rows):
        return WordRows(self.words[rows], self.weights[rows], self.lexicon)


@dataclass(frozen=True)
class SoftTfidf:
    """1 - SoftTFIDF: the cosine of TF-IDF vectors in which words that are alike meet.

    Each word meets the most similar one of the other side if their Jaro-Winkler similarity
    is at least 0.9. The mean of both directions is taken, which makes it symmetric [1]_.

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
        """Learn how rare each word is; every distinct value counts once."""
        seen = Counter(word for text in readings for word in set(_words(text)))
        n = 1 + len(readings)
        rarity = {word: 1 + np.log(n / (1 + count)) for word, count in seen.items()}
        return replace(self, rarity=rarity, unseen=1 + np.log(n))

    def prepare(self, readings):
        """Numbers and weights of each name's words."""
        lexicon: dict = {}
        names = [[lexicon.setdefault(w, len(lexicon)) for w in _words(t)] for t in readings]
        words = np.full((len(names), max(map(len, names), default=1)), -1)
        for row, name in zip(words, names, strict=True):
            row[: len(name)] = name
        rarity = np.array([self.rarity.get(word, self.unseen) for word in lexicon] + [0.0])
        weights = rarity[words]  # the last one, 0, where there is no word
        weights /= np.linalg.norm(weights, axis=1, keepdims=True)
        return WordRows(words, weights, np.array([*lexicon], dtype=object))

    def distances(self, left, right):
        """Between 0 and 1."""
        blocks = [slice(k, k + _BLOCK) for k in range(0, len(left.words), _BLOCK)]
        return np.concatenate([_distances(left[rows], right[rows]) for rows in blocks])


def _distances(left, right):
    likeness = _likeness(left, right)
    there = _soft_cosine(likeness, left.weights, right.weights)
    back = _soft_cosine(likeness.transpose(0, 2, 1), right.weights, left.weights)
    return np.clip(1 - (there + back) / 2, 0.0, 1.0)


def _words(text):
    return list(dict.fromkeys(text.split()))[:_MOST_WORDS]


def _likeness(left, right):
    """Similarity of every left with every right word, 0 below what counts as alike."""
    import pandas as pd

    meets = (left.words[:, :, np.newaxis] >= 0) & (right.words[:, np.newaxis, :] >= 0)
    n_words = len(left.lexicon)
    keys = left.words[:, :, np.newaxis] * n_words + right.words[:, np.newaxis, :]
    inverse, distinct = pd.factorize(keys[meets])
    words = left.lexicon
    similarity = 1 - jaro_winkler(words[distinct // n_words], words[distinct % n_words])
    similarity[similarity < _CLOSE] = 0.0
    likeness = np.zeros(meets.shape)
    likeness[meets] = similarity[inverse]
    return likeness


def _soft_cosine(likeness, weights, other_weights):
    """Sum over the words of one side of its weight x the closest one's weight x likeness."""
    closest = likeness.argmax(axis=2)
    best = np.take_along_axis(likeness, closest[:, :, np.newaxis], axis=2)[:, :, 0]
    partner = np.take_along_axis(other_weights, closest, axis=1)
    return (weights * partner * best).sum(axis=1)
