"""Make labelled pairs of known links: find candidates that are known to be no links."""

import numpy as np

from sklearn_dissim._utils.graphs import connected_components
from sklearn_dissim.tables.blocking._candidates import check_links


def known_pairs(candidates, links, *, complete, one_to_one, non_links_per_link, random_state):
    """Return all known links, and a sample of the candidates that are known to be none.

    Parameters
    ----------
    candidates : CandidatePairs
    links : array-like of int, shape (n_links, 2)
        Row positions in left and right.
    complete : bool
        Whether there are no other links between the tables. Then every other candidate is a
        non-link. If not, a candidate is known to be a non-link if both its records have links
        but no chain of links joins them; or, with `one_to_one`, if one of its records has a
        link to another record.
    one_to_one : bool
        Whether a record has at most one link.
    non_links_per_link : float
        Largest number of non-links that are drawn for each link.
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
        is_non_link = ~same
    elif one_to_one:
        is_non_link = ~same & (linked[left] | linked[right])
    else:
        is_non_link = ~same & linked[left] & linked[right]
    different = candidates.indices[is_non_link]
    if not len(different):
        raise ValueError(
            "No candidate is known to be no link: the rules propose links alone, or pairs whose "
            "records are in none. Give wider rules, more links, or complete=True if there are "
            "no other links."
        )
    n_drawn = min(len(different), max(1, round(non_links_per_link * len(links))))
    drawn = random_state.choice(len(different), n_drawn, replace=False)
    # A candidate whose records are joined by a chain of links is a link too.
    links = np.unique(np.concatenate([links, candidates.indices[same]]), axis=0)
    indices = np.concatenate([links, different[np.sort(drawn)]])
    y = np.repeat([1, 0], [len(links), n_drawn])
    order = np.lexsort(indices.T[::-1])
    return indices[order], y[order]


def _entities(links, tables):
    """Return the component of links of each record, left before right, and whether it has one."""
    edges = np.add(links, (0, _offset(tables)))
    n_records = _offset(tables) + tables.n_right
    linked = np.zeros(n_records, bool)
    linked[edges] = True
    return connected_components(edges[:, 0], edges[:, 1], n_records), linked


def _offset(tables):
    """Return what is added to positions in right, so that they follow those in left."""
    return 0 if tables.right is None else tables.n_left
