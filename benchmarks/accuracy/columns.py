"""Define the columns of the table: a data set, its identity-disjoint parts, and a network.

Test identities are the same for every seed; seeds vary what is random in training. All choices are
made on the validation identities.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.accuracy.networks import ConvNet, FineTuned, pretrained_features

DATA = Path(os.environ.get("SKLEARN_DISSIM_DATA", "../shared/data"))


@dataclass
class Part:
    """Hold some items of a data set.

    Networks take `items`; the other methods take `features`, (n_items, n_features). With
    `cameras`, only pairs from two different cameras are compared.
    """

    items: np.ndarray
    features: np.ndarray
    identities: np.ndarray
    cameras: np.ndarray | None = None

    def __len__(self):
        return len(self.identities)

    def take(self, rows):
        """Return the part with these rows."""
        cameras = None if self.cameras is None else self.cameras[rows]
        return Part(self.items[rows], self.features[rows], self.identities[rows], cameras)

    def of(self, identities):
        """Return the part with the items of these identities."""
        return self.take(np.flatnonzero(np.isin(self.identities, identities)))


@dataclass
class Column:
    """Hold a data set and a backbone.

    `network` makes a new backbone, or names one of the package's. All methods train for `n_steps`
    batches of `n_identities` x `n_samples`, and choose their highest learning rate among `rates`.
    """

    data: str
    backbone: str
    view: str
    train: Part
    validation: Part
    test: Part
    network: Callable | str
    n_steps: int
    n_identities: int
    n_samples: int
    rates: tuple[float, float, float]

    @property
    def name(self):
        """Return the data set and the backbone."""
        return f"{self.data}, {self.backbone}"

    def learned_from(self):
        """Return the training and the validation part together."""
        return together(self.train, self.validation)

    def splits(self):
        """Return the pairs of parts, to learn from and to validate on, that choices are made by.

        There is one split. Where identities are so few that a choice would depend on which of
        them are held out, there are as many splits as identities, and each identity is validated
        on as often as any other.
        """
        whole = self.learned_from()
        identities = np.unique(whole.identities)
        n = len(np.unique(self.validation.identities))
        if len(identities) >= FEW_IDENTITIES:
            return [(self.train, self.validation)]
        turns = [np.roll(identities, -turn) for turn in range(len(identities))]
        return [(whole.of(turn[n:]), whole.of(turn[:n])) for turn in turns]


def together(*parts):
    """Join parts of one data set."""
    cameras = None
    if parts[0].cameras is not None:
        cameras = np.concatenate([part.cameras for part in parts])
    names = ("items", "features", "identities")
    return Part(*(np.concatenate([getattr(p, n) for p in parts]) for n in names), cameras)


# Data sets: items, identities, cameras, and the identities of the three parts.


@cache
def omniglot():
    """Load handwritten characters at 105 x 105; alphabets are on one side only."""
    data = np.load(DATA / "omniglot_small.npz", allow_pickle=False)
    images = data["images"][:, np.newaxis].astype(np.float32) / 255
    alphabets = data["alphabet"]
    test = np.isin(alphabets, ["Sanskrit", "Tagalog", "Early_Aramaic"])
    validation = np.isin(alphabets, ["Greek", "Latin"])
    sides = [np.flatnonzero(side) for side in (~test & ~validation, validation, test)]
    return images, data["labels"], None, sides


@cache
def emoji():
    """Load emoji at 48 x 48, each by three or four artists, who are the cameras."""
    data = np.load(DATA / "emoji4.npz", allow_pickle=False)
    images = data["images"].transpose(0, 3, 1, 2).astype(np.float32) / 255
    order = np.random.default_rng(0).permutation(len(data["names"]))
    sides = [np.r_[order[:600], order[900:1242]], order[600:900], order[1242:]]
    return images, data["labels"], data["vendor"], sides


@cache
def digits():
    """Load scikit-learn's digits: 0 to 4 to learn from, 5 to 9 for the test."""
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32).reshape(-1, 1, 8, 8)
    return images, labels, None, [[0, 1, 2], [3, 4], [5, 6, 7, 8, 9]]


@cache
def persons():
    """Load FEBRL 3: records of persons with typing errors, each field as letter n-grams."""
    records = pd.read_csv(DATA / "febrl_3.csv.gz", dtype=str).fillna("")
    identities = records.pop("entity_id").astype(int).to_numpy()
    order = np.random.default_rng(0).permutation(np.unique(identities))
    sides = np.split(order, [len(order) * 2 // 5, len(order) * 3 // 5])
    fields = records.drop(columns="rec_id")
    training = np.isin(identities, sides[0])
    features = np.hstack([_letters(fields[name], training) for name in fields])
    return features, identities, None, sides


def _letters(texts, training, n_components=12):
    """Return a field's n-grams in a few dimensions, both learned from the training records."""
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True)
    reduce = TruncatedSVD(n_components, random_state=0)
    reduce.fit(grams.fit_transform(texts[training]))
    return reduce.transform(grams.transform(texts)).astype(np.float32)


LOADERS = {"omniglot": omniglot, "emoji": emoji, "digits": digits, "persons": persons}


TINY = False  # set for a whole run: a few items and steps of each, to see that everything runs


@cache
def loaded(data):
    """Return a data set; in a tiny run, some items of some of its identities."""
    items, identities, cameras, sides = LOADERS[data]()
    if TINY:
        rows = np.concatenate([_first_rows(identities, side) for side in sides])
        items, identities = items[rows], identities[rows]
        cameras = None if cameras is None else cameras[rows]
    return items, identities, cameras, sides


def _first_rows(identities, side, n_identities=12, n_items=8):
    """Return the rows of the first items of the first identities of a side that have several."""
    rows = [np.flatnonzero(identities == i)[:n_items] for i in side]
    return np.concatenate([own for own in rows if len(own) > 1][:n_identities])


# Views: (items, features) of a data set, for networks and for the other methods.


def _plain(data):
    """Return the items, images with fewer pixels, and the same flat."""
    items = loaded(data)[0]
    if data in SHRINK:
        n, depth, size, _ = items.shape
        factor = SHRINK[data]
        items = items.reshape(n, depth, size // factor, factor, -1, factor).mean(axis=(3, 5))
    return items, items.reshape(len(items), -1)


def _frozen(data):
    """Return the pretrained network's output for both."""
    _, pooled = _last_blocks(data)
    return pooled, pooled


def _inner(data):
    """Return what the pretrained network hands to its last blocks for both."""
    maps = _last_blocks(data)[0]
    maps = maps.reshape(len(maps), -1)
    return maps, maps


def _last_blocks(data):
    """Return the input of the pretrained network's last blocks, and its output."""
    return pretrained_features(f"{data}_tiny" if TINY else data, loaded(data)[0])


SHRINK = {"omniglot": 5, "emoji": 3}
VIEWS = {"plain": _plain, "frozen": _frozen, "inner": _inner, "last blocks": _last_blocks}


@cache
def parts(data, view):
    """Return the training, validation and test part."""
    items, features = VIEWS[view](data)
    _, identities, cameras, sides = loaded(data)
    whole = Part(items, features, identities, cameras)
    return [whole.of(side) for side in sides]


FEW_IDENTITIES = 10  # below, choices are made by cross-validation
SLOW, FAST, GENTLE = (0.005, 0.01, 0.02), (0.001, 0.005, 0.02), (0.0003, 0.001, 0.003)
FROZEN_LINEAR, FROZEN_MLP = "frozen EfficientNet-Lite0, linear", "frozen EfficientNet-Lite0, mlp"
FROZEN_INNER = "frozen EfficientNet-Lite0, inner layer, linear"
FINE_TUNED = "fine-tuned EfficientNet-Lite0"
# data, backbone, view, network, steps, learning rates
COLUMNS = [
    ("omniglot", "ConvNet", "plain", ConvNet, 300, SLOW),
    ("omniglot", FROZEN_LINEAR, "frozen", "linear", 300, FAST),
    ("omniglot", FROZEN_MLP, "frozen", "mlp", 300, FAST),
    ("omniglot", FROZEN_INNER, "inner", "linear", 300, FAST),
    ("omniglot", FINE_TUNED, "last blocks", FineTuned, 60, GENTLE),
    ("emoji", "ConvNet", "plain", partial(ConvNet, depth=3), 300, SLOW),
    ("emoji", FROZEN_LINEAR, "frozen", "linear", 300, FAST),
    ("emoji", FROZEN_MLP, "frozen", "mlp", 300, FAST),
    ("emoji", FROZEN_INNER, "inner", "linear", 300, FAST),
    ("emoji", FINE_TUNED, "last blocks", FineTuned, 60, GENTLE),
    ("digits", "ConvNet", "plain", partial(ConvNet, depth=1, n_pixels=1), 300, SLOW),
    ("digits", "linear", "plain", "linear", 300, FAST),
    ("digits", "mlp", "plain", "mlp", 300, FAST),
    ("persons", "linear", "plain", "linear", 300, FAST),
    ("persons", "mlp", "plain", "mlp", 300, FAST),
]
BATCHES = {"digits": (3, 40)}  # identities x samples


@cache
def column(name):
    """Return the column of a name, as "omniglot, ConvNet"."""
    for data, backbone, view, network, n_steps, rates in COLUMNS:
        if name == f"{data}, {backbone}":
            steps = 4 if TINY else n_steps
            batch = BATCHES.get(data, (32, 4))
            return Column(data, backbone, view, *parts(data, view), network, steps, *batch, rates)
    raise ValueError(f"There is no column {name!r}.")


def names():
    """Return the names of all columns."""
    return [f"{data}, {backbone}" for data, backbone, *_ in COLUMNS]
