"""Records of real tables, in the folder that SKLEARN_DISSIM_DATA names."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dissim import IndexedPairs, MaxMarginPairClassifier
from sklearn_dissim.tables import TableDichotomyTransformer
from tests.helpers.real_data import real_data

pytest.importorskip("rapidfuzz", reason="comparing strings needs rapidfuzz")


def read(name):
    return pd.read_csv(real_data(name), dtype=str)


def model():
    return make_pipeline(
        TableDichotomyTransformer(),
        StandardScaler(),
        MaxMarginPairClassifier(0.01, loss="squared_hinge"),
    )


def test_restaurants_of_two_guides():
    table = read("er_fodors_zagats.csv.gz")
    pairs, y = table.drop(columns=["split", "label"]), table["label"].to_numpy(dtype=int)
    test = (table["split"] == "test").to_numpy()
    fitted = model().fit(pairs[~test], y[~test])
    assert f1_score(y[test], fitted.predict(pairs[test])) > 0.9
    kinds = fitted[0].comparisons_
    assert "soft_tfidf" in kinds["name"]
    assert kinds["phone"] == ["mismatch", "edits", "jaro_winkler"]
    assert "rarity" in kinds["city"]


def test_people_of_two_tables():
    tables = [read(f"febrl_4{part}.csv.gz").head(1500) for part in "ab"]
    records = pd.concat(tables, ignore_index=True)
    entity = records.pop("entity_id").to_numpy()
    records = records.drop(columns="rec_id")
    rng = np.random.default_rng(0)
    indices = np.stack([rng.integers(0, 1500, 4000), rng.integers(1500, 3000, 4000)], axis=1)
    where = {e: k for k, e in enumerate(entity[1500:], start=1500)}
    same = [(k, where[e]) for k, e in enumerate(entity[:1500]) if e in where]
    indices = np.concatenate([indices, same])
    y = (entity[indices[:, 0]] == entity[indices[:, 1]]).astype(int)
    pairs = IndexedPairs(records, indices)
    train = rng.random(len(y)) < 0.5
    fitted = model().fit(pairs[train], y[train])
    assert roc_auc_score(y[~train], fitted.decision_function(pairs[~train])) > 0.999
    kinds = fitted[0].comparisons_
    assert kinds["date_of_birth"] == ["days", "date_parts", "edits"]
    assert kinds["postcode"] == kinds["soc_sec_id"] == ["mismatch", "edits", "jaro_winkler"]
    assert "rarity" in kinds["state"]
    assert "soft_tfidf" in kinds["surname"]
