"""Pairs to be split by identity, and splits as lists."""

import numpy as np
from hypothesis import strategies as st

from sklearn_dissim import make_pairs


@st.composite
def pairs_of_few_identities(draw):
    """Any pairs of eight to twelve identities, and their labels."""
    n_identities = draw(st.integers(8, 12))
    member = st.integers(0, n_identities - 1)
    more = draw(st.lists(st.tuples(member, member), max_size=60))
    groups = np.array([(i, (i + 1) % n_identities) for i in range(n_identities)] + [(0, 0)] + more)
    return groups, (groups[:, 0] == groups[:, 1]).astype(int)


def splits(cv, groups, y=None):
    return list(cv.split(np.zeros((len(groups), 2, 1)), y, groups))


def sampled_pairs(n_identities=60, n_items=6, positives=200, negatives_per_positive=3.0, seed=0):
    identities = np.repeat(np.arange(n_identities), n_items)
    return make_pairs(
        identities,
        identities,
        positives=positives,
        negatives_per_positive=negatives_per_positive,
        random_state=seed,
    )
