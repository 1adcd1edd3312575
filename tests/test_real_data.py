"""The package's paths on real data, in the folder that SKLEARN_DISSIM_DATA names."""

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from torch import nn

from sklearn_dissim import (
    DichotomyTransformer,
    IndexedPairs,
    ItemTransformer,
    MaxMarginPairClassifier,
    PairWhitening,
    make_pairs,
)
from sklearn_dissim.metrics import equal_error_rate_score
from tests.helpers.real_data import real_data


def test_emoji_of_one_artist_are_found_at_another():
    data = np.load(real_data("emoji4.npz"))
    images = data["images"].reshape(-1, 16, 3, 16, 3, 3).mean(axis=(2, 4))  # 16 x 16 colours
    items = images.reshape(len(images), -1) / 255
    emoji, artist = data["labels"], data["vendor"]
    shuffled = np.random.default_rng(0).permutation(emoji.max() + 1)
    sides = []
    for chosen in (shuffled[:600], shuffled[600:900]):
        rows = np.isin(emoji, chosen)
        sides.append(
            make_pairs(
                items[rows],
                emoji[rows],
                across=artist[rows],
                negatives_per_positive=10,
                random_state=0,
            )
        )
    (train, y, _), (test, test_y, _) = sides
    model = make_pipeline(
        ItemTransformer(PCA(80, random_state=0)),
        PairWhitening(),
        MaxMarginPairClassifier(0.01, nonpositive=True, class_weight="balanced"),
    ).fit(train, y)
    left, right = np.swapaxes(np.asarray(model[0].transform(test)), 0, 1)
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    rates = {
        "ours": equal_error_rate_score(test_y, model.decision_function(test)),
        "Euclid": equal_error_rate_score(test_y, -np.linalg.norm(left - right, axis=1)),
        "cosine": equal_error_rate_score(test_y, (left * right).sum(axis=1) / norms),
    }
    assert rates["ours"] < 0.9 * min(rates["Euclid"], rates["cosine"]), rates


def test_drawings_through_a_backbone():
    data = np.load(real_data("omniglot_small.npz"))
    drawings = data["images"][:, ::4, ::4][:, np.newaxis].astype(np.float32) / 255
    pairs, y, _ = make_pairs(
        drawings, data["labels"], across=data["drawer"], positives=2000, random_state=0
    )
    backbone = nn.Sequential(nn.AvgPool2d(3), nn.Flatten())
    model = make_pipeline(
        DichotomyTransformer(backbone=backbone, device="cpu"), MaxMarginPairClassifier(0.01)
    ).fit(pairs[::2], y[::2])
    assert roc_auc_score(y[1::2], model.decision_function(pairs[1::2])) > 0.6


def test_restaurants_as_a_frame_of_pairs():
    table = pd.read_csv(real_data("er_fodors_zagats.csv.gz"), dtype=str).fillna("")
    y = table["label"].astype(int).to_numpy()
    train = (table["split"] == "train").to_numpy()
    pairs = table.filter(regex="^(left|right)_(name|addr|phone)$")
    letters = {"analyzer": "char_wb", "ngram_range": (2, 3), "max_features": 400}
    record = make_column_transformer(
        *((TfidfVectorizer(**letters), column) for column in ("name", "addr", "phone"))
    )
    model = make_pipeline(
        ItemTransformer(record), MaxMarginPairClassifier(class_weight="balanced")
    ).fit(pairs[train], y[train])
    assert f1_score(y[~train], model.predict(pairs[~train])) > 0.8


def test_persons_as_indexed_records():
    persons = pd.read_csv(real_data("febrl_1.csv.gz"), dtype=str).fillna("")
    names = (persons["given_name"] + " " + persons["surname"]).to_numpy()
    pairs, y, _ = make_pairs(names, persons["entity_id"], negatives_per_positive=5, random_state=0)
    assert isinstance(pairs, IndexedPairs)
    model = make_pipeline(
        ItemTransformer(TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 2))),
        MaxMarginPairClassifier(class_weight="balanced"),
    ).fit(pairs[::2], y[::2])
    assert f1_score(y[1::2], model.predict(pairs[1::2])) > 0.8
