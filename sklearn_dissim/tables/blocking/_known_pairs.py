"""Labelled pairs from known links: which candidates are surely no links, and a sample of them."""

import numpy as np

from sklearn_dissim._utils.graphs import connected_components
from sklearn_dissim.tables.blocking._candidates import check_links


def known_pairs(candidates, links, *, complete, one_to_one, non_links_per_link, random_state):
    """All known links, and candidates that are known to be none.

    Parameters
    ----------
    candidates : CandidatePairs
    links : array-like of int, shape (n_links, 2)
        Row positions in left and right.
    complete : bool
        Whether there are no other links between the tables: then every other candidate is a
        non-link. If not, candidates whose records both have links, but none that lead from one
        to the other; or, `one_to_one`, candidates either of whose records is linked.
    one_to_one : bool
    non_links_per_link : float
        How many non-links are drawn, at most.
    random_state : RandomState instance

    Returns
    -------
    indices : ndarray of int, shape (n_pairs, 2)
    y : ndarray of shape (n_pairs,)
        1 for links, else 0.
    """
    tables = candidates.tables
    links = check_links(links, tables)
    if not len(links):
        raise ValueError("links must hold at least one link; there is nothing to learn from.")
    if tables.right is None:
        links = np.sort(links, axis=1)
    links = np.unique(links, axis=0)
    if one_to_one and any(len(np.unique(side)) < len(side) for side in links.T):
        raise ValueError("links must be one to one, as one_to_one says; a record comes twice.")
    entity, linked = _entities(links, tables)
    left, right = candidates.indices[:, 0], candidates.indices[:, 1] + _offset(tables)
    same = entity[left] == entity[right]
    if complete:
        known = ~same
    elif one_to_one:
        known = ~same & (linked[left] | linked[right])
    else:
        known = ~same & linked[left] & linked[right]
    different = candidates.indices[known]
    if not len(different):
        raise ValueError(
            "No candidate is known to be no link: the rules propose links alone, or pairs whose "
            "records are in none. Give wider rules, more links, or complete=True if there are "
            "no other links."
        )
    n_drawn = min(len(different), max(1, round(non_links_per_link * len(links))))
    drawn = random_state.choice(len(different), n_drawn, replace=False)
    # What chains of links imply is a link too.
    links = np.unique(np.concatenate([links, candidates.indices[same]]), axis=0)
    indices = np.concatenate([links, different[np.sort(drawn)]])
    y = np.repeat([1, 0], [len(links), n_drawn])
    order = np.lexsort(indices.T[::-1])
    return indices[order], y[order]


def _entities(links, tables):
    """Of every record, left before right, its component of links, and whether it has a link."""
    edges = np.add(links, (0, _offset(tables)))
    n_records = _offset(tables) + tables.n_right
    linked = np.zeros(n_records, bool)
    linked[edges] = True
    return connected_components(edges[:, 0], edges[:, 1], n_records), linked


def _offset(tables):
    return 0 if tables.right is None else tables.n_left
