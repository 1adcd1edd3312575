"""Splits of real records, in the folder that SKLEARN_DISSIM_DATA names."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sklearn_dissim.model_selection import (
    PairGroupKFold,
    StratifiedPairGroupKFold,
    check_identity_leakage,
    pair_train_test_split,
)
from tests.helpers.real_data import real_data


@pytest.fixture(scope="module")
def products():
    """Labelled pairs of offers, and the products they are of: offers that same pairs link."""
    table = pd.read_csv(real_data("er_amazon_google.csv.gz"), dtype=str)
    y = table["label"].astype(int).to_numpy()
    offers = [
        side + table.filter(like=f"{side}_").fillna("").agg("|".join, axis=1)
        for side in ("left", "right")
    ]
    codes, names = pd.factorize(pd.concat(offers))
    left, right = codes.reshape(2, -1)
    same = y == 1
    links = coo_array((same[same], (left[same], right[same])), shape=(len(names), len(names)))
    product = connected_components(links, directed=False)[1]
    return table, y, np.column_stack([product[left], product[right]])


def test_the_shipped_split_leaks(products):
    table, _, groups = products
    train, test = ((table["split"] == part).to_numpy() for part in ("train", "test"))
    with pytest.raises(ValueError, match="identities of the test pairs are in training pairs, too"):
        check_identity_leakage(groups[train], groups[test])


def test_a_split_by_product_does_not(products, recwarn):
    table, y, groups = products
    parts = pair_train_test_split(table, y, groups=groups, test_size=0.3, random_state=0)
    check_identity_leakage(*parts[-2:])
    assert [len(part) for part in parts[::2]] == [len(parts[0])] * 3
    assert 0 < parts[3].mean() < 1
    assert not recwarn.list


def test_folds_of_products_have_like_rates(products):
    table, y, groups = products
    spreads = [
        np.ptp([y[test].mean() for _, test in cv.split(table, y, groups)])
        for cv in (PairGroupKFold(5), StratifiedPairGroupKFold(5))
    ]
    assert spreads[1] < 0.01 < spreads[0]
