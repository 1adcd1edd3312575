"""Strategies for scored pairs of records."""

import numpy as np
from hypothesis import strategies as st

# Eighths, so that sums are exact and equal scores are frequent.
eighths = st.integers(-16, 16).map(lambda n: n / 8)


@st.composite
def scored(draw, n_left, n_right=None):
    """Some pairs of two tables, or of one, in any order, with their scores."""
    one_table = n_right is None
    everything = [
        (i, j) for i in range(n_left) for j in range(n_right or n_left) if not one_table or i < j
    ]
    pairs = draw(st.lists(st.sampled_from(everything), unique=True))
    scores = draw(st.lists(eighths, min_size=len(pairs), max_size=len(pairs)))
    return np.reshape(pairs, (-1, 2)).astype(int), np.array(scores)
