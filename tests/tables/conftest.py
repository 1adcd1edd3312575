"""Two tables of the same persons, and a matcher that has learned from half of them."""

import numpy as np
import pandas as pd
import pytest

from sklearn_dissim.tables import RecordMatcher

NAMES = ["anna", "bert", "carla", "dora", "emil", "fritz", "greta", "hans", "ida", "jonas"]
SURNAMES = ["meier", "keller", "schmid", "weber", "huber", "frei", "graf", "roth", "suter", "vogt"]
TOWNS = ["bern", "basel", "luzern", "genf"]


def misspelt(word, rng):
    """The same word with one letter left out, half of the time."""
    place = rng.integers(len(word))
    return word if rng.random() < 0.5 else word[:place] + word[place + 1 :]


@pytest.fixture(scope="module")
def persons():
    """Two tables of the same 100 persons, in two orders, and the links."""
    rng = np.random.default_rng(0)
    rows = [(name, surname) for name in NAMES for surname in SURNAMES]
    people = pd.DataFrame(rows, columns=["name", "surname"])
    people["town"] = rng.choice(TOWNS, len(people))
    people["born"] = rng.integers(1930, 2005, len(people)).astype(float)
    left = people.sample(frac=1, random_state=0)
    right = people.copy()
    for column in ("name", "surname"):
        right[column] = [misspelt(word, rng) for word in right[column]]
    right.loc[rng.random(len(right)) < 0.2, "born"] = np.nan
    links = np.stack([np.arange(100), left.index.to_numpy()], axis=1)
    return left.set_axis(["same label"] * 100), right, links


@pytest.fixture(scope="module")
def halves(persons):
    """Tables and links of fifty persons to learn from, and of the other fifty."""
    left, right, links = persons
    sides = []
    for some in (links[:50], links[50:]):
        # Right records stay in their order; so their new positions are ranks.
        places = np.argsort(np.argsort(some[:, 1]))
        tables = left.iloc[some[:, 0]], right.iloc[np.sort(some[:, 1])]
        sides.append((*tables, np.stack([np.arange(50), places], axis=1)))
    return sides


@pytest.fixture(scope="module")
def fitted(halves):
    left, right, links = halves[0]
    matcher = RecordMatcher(one_to_one=True, random_state=0)
    return matcher.fit_links(left, right, links=links, complete=True)
