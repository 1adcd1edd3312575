"""Propose the pairs of records that are worth comparing."""

from functools import cached_property

import numpy as np

from sklearn_dissim._pairs.indexed_pairs import IndexedPairs
from sklearn_dissim._utils.checks import check_count
from sklearn_dissim._utils.progress import Progress
from sklearn_dissim.tables.blocking._blocking_keys import SameKey
from sklearn_dissim.tables.blocking._tables import Tables, sorted_once

_MAX_PAIRS = 50_000_000


def candidate_pairs(left, right=None, *, rules, max_pairs=_MAX_PAIRS, links=None, verbose=0):
    """Propose pairs of records that are worth comparing, by the union of blocking rules.

    Tables of n and m records have n x m pairs, nearly all of them obviously different. The
    pairs of each rule are counted before they are built, and no array of n x m numbers is ever
    made.

    Parameters
    ----------
    left : DataFrame of pandas or Polars
        Table of records.
    right : DataFrame of pandas or Polars, default=None
        The other table. None proposes duplicates within `left`: each pair of its records comes
        once, the earlier record first.
    rules : list of rules, or one rule
        `SameKey`, `SortedNeighbourhood` and `NearestText`. The name of a column, a tuple of
        names or a function of a table stands for a `SameKey`.
    max_pairs : int, default=50_000_000
        Refuse rules that together propose more pairs.
    links : array-like of int, shape (n_links, 2), default=None
        Known links, as row positions in left and right; with them, `rule_counts` says how many
        links each rule proposes.
    verbose : int, default=0
        1 shows a progress bar for what takes longer than a second.

    Returns
    -------
    CandidatePairs
        The proposed pairs, and the number of pairs of each rule.

    Raises
    ------
    ValueError
        If the rules propose more than `max_pairs`; the message holds the number of each rule,
        and the keys with most pairs. If a table is empty or lacks the column of a rule.

    See Also
    --------
    RecordMatcher : Learn which candidates are links.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_dissim.tables import SortedNeighbourhood, candidate_pairs
    >>> left = pd.DataFrame({"surname": ["smith", "jones", "abel"], "postcode": [11, 22, 33]})
    >>> right = pd.DataFrame({"surname": ["smyth", "jones", "zhou"], "postcode": [11, 44, 55]})
    >>> candidates = candidate_pairs(
    ...     left, right, rules=["postcode", SortedNeighbourhood("surname", window=3)]
    ... )
    >>> candidates
    CandidatePairs(4 of 9 pairs; reduction ratio 0.5556)
      SameKey('postcode'): 1 pair, 1 new
      SortedNeighbourhood('surname', window=3): 4 pairs, 3 new
    >>> candidates.indices.tolist()
    [[0, 0], [0, 1], [1, 1], [2, 1]]
    >>> candidates.pair_completeness([[0, 0], [1, 1]])
    1.0
    """
    tables = Tables(left, right)
    rules = check_rules(rules)
    check_count(max_pairs, "max_pairs")
    if links is not None:
        links = check_links(links, tables)
    plans = [rule.plan(tables) for rule in rules]
    _refuse_too_many(rules, plans, max_pairs)

    union, counts = np.empty(0, np.int64), []
    total = max(sum(plan.n_pairs for plan in plans), 1)
    with Progress("Finding candidates", total, verbose) as progress:
        before = 0
        for rule, plan in zip(rules, plans, strict=True):
            numbers = plan.numbers(lambda n, b=before, r=rule: progress(b + n, str(r)))
            merged = sorted_once(np.concatenate([union, numbers]))
            counts.append(
                {"rule": str(rule), "pairs": len(numbers), "new": len(merged) - len(union)}
            )
            if links is not None:
                counts[-1]["links"] = int(_is_in(tables.numbers(*links.T), numbers).sum())
            union = merged
            before += plan.n_pairs
    return CandidatePairs(tables, union, counts, links)


class CandidatePairs:
    """Hold pairs of records to be compared, as `candidate_pairs` returns them.

    Parameters
    ----------
    tables : Tables
        The tables of both records.
    numbers : ndarray of int, shape (n_pairs,)
        Numbers of the pairs, as `Tables` has them, in ascending order.
    counts : list of dict
        Name of each rule, numbers of its pairs, and of those that no earlier rule proposes.
    links : ndarray of int, shape (n_links, 2), default=None
        Known links, as row positions in left and right.

    Attributes
    ----------
    indices : ndarray of int, shape (n_pairs, 2)
        Row positions in left and right, sorted; in one table, the first is the smaller.
    pairs : IndexedPairs
        The same pairs over one table of all records, left before right, as transformers and
        classifiers take them, with the columns that both tables have.
    reduction_ratio : float
        Share of all pairs that need not be compared.
    rule_counts : DataFrame
        For each rule the number of pairs that it proposes, of those that no earlier rule
        proposes, and, if links were given, of the links among them.

    See Also
    --------
    candidate_pairs : Propose pairs by blocking rules.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_dissim.tables import candidate_pairs
    >>> table = pd.DataFrame({"name": ["Ann", "Bea", "Anne"], "town": ["Bern", "Bern", "Bern"]})
    >>> candidates = candidate_pairs(table, rules="town")
    >>> candidates.indices.tolist()
    [[0, 1], [0, 2], [1, 2]]
    >>> candidates.are_links([[0, 2]])
    array([False,  True, False])
    """

    def __init__(self, tables, numbers, counts, links=None):
        self.tables, self._numbers, self._counts = tables, numbers, counts
        self._links = links

    @cached_property
    def indices(self):
        """Row positions in left and right, sorted, an integer array of shape (n_pairs, 2)."""
        return self.tables.indices(self._numbers)

    @cached_property
    def pairs(self):
        """Pairs over one table of all records, as `IndexedPairs`."""
        return self.pairs_at(self.indices)

    def pairs_at(self, indices):
        """Return any pairs of these tables over one table of all records.

        Parameters
        ----------
        indices : ndarray of int, shape (n_pairs, 2)
            Row positions in left and right.

        Returns
        -------
        IndexedPairs
            The pairs, which need not be candidates.
        """
        offset = 0 if self.tables.right is None else self.tables.n_left
        return IndexedPairs(self.tables.stacked, np.add(indices, (0, offset)))

    @property
    def reduction_ratio(self):
        """Share of all pairs that need not be compared."""
        return 1.0 - len(self) / max(self.tables.n_all_pairs, 1)

    @property
    def rule_counts(self):
        """Numbers of pairs, new pairs and links of each rule, a DataFrame."""
        import pandas as pd

        return pd.DataFrame(self._counts).set_index("rule")

    def contains(self, links):
        """Tell which of some links are among the pairs.

        Parameters
        ----------
        links : array-like of int, shape (n_links, 2)
            Row positions in left and right; in one table, in either order.

        Returns
        -------
        ndarray of bool, shape (n_links,)
            Whether each link is among the pairs.
        """
        return _is_in(self._numbers_of(links), self._numbers)

    def are_links(self, links):
        """Tell which of the pairs are links: the labels for training or evaluation.

        Parameters
        ----------
        links : array-like of int, shape (n_links, 2)
            Row positions in left and right; in one table, in either order.

        Returns
        -------
        ndarray of bool, shape (n_pairs,)
            Whether each pair is a link.
        """
        return _is_in(self._numbers, np.sort(self._numbers_of(links)))

    def pair_completeness(self, links):
        """Return the share of the true links that are among the pairs.

        No later step finds the other links.

        Parameters
        ----------
        links : array-like of int, shape (n_links, 2)
            Row positions in left and right; in one table, in either order.

        Returns
        -------
        float
            From 0 to 1.
        """
        is_proposed = self.contains(links)
        if not len(is_proposed):
            raise ValueError("links must hold at least one link; it has none.")
        return float(is_proposed.mean())

    def _numbers_of(self, links):
        return self.tables.numbers(*check_links(links, self.tables).T)

    def __len__(self):
        return len(self._numbers)

    def __repr__(self):
        parts = [f"{len(self):,} of {self.tables.n_all_pairs:,} pairs"]
        parts += [f"reduction ratio {self.reduction_ratio:.4f}"]
        if self._links is not None and len(self._links):
            parts += [f"pair completeness {self.pair_completeness(self._links):.4f}"]
        lines = [f"{type(self).__name__}({'; '.join(parts)})"]
        for count in self._counts:
            pairs = "pair" if count["pairs"] == 1 else "pairs"
            line = f"  {count['rule']}: {count['pairs']:,} {pairs}, {count['new']:,} new"
            lines.append(line + (f", {count['links']:,} links" if "links" in count else ""))
        return "\n".join(lines)


def check_rules(rules):
    """Return rules as objects that have a `plan`; make a `SameKey` of names and functions."""
    rules = rules if isinstance(rules, list) else [rules]
    if not rules:
        raise ValueError("rules must hold at least one rule; got none.")
    return [_as_rule(rule) for rule in rules]


def _as_rule(rule):
    """Return a rule that has a `plan`, a `SameKey` for names and functions."""
    if isinstance(rule, type):
        raise TypeError(f"rules: give {rule.__name__}(columns), not the class itself.")
    if hasattr(rule, "plan"):
        return rule
    names = isinstance(rule, tuple) and all(isinstance(name, str) for name in rule)
    if isinstance(rule, str) or names or callable(rule):
        return SameKey(rule)
    raise TypeError(
        "rules must be a list of SameKey, SortedNeighbourhood, NearestText, names of columns, "
        f"tuples of them or functions of a table; got {rule!r}."
    )


def check_links(links, tables):
    """Return links as an array of row positions; refuse those outside the tables.

    Parameters
    ----------
    links : array-like of int, shape (n_links, 2), or DataFrame
        A DataFrame has the positions as columns left and right.
    tables : Tables

    Returns
    -------
    ndarray of int, shape (n_links, 2)
    """
    if hasattr(links, "columns"):
        missing = [name for name in ("left", "right") if name not in links.columns]
        if missing:
            raise ValueError(f"links must have the columns 'left' and 'right'; lacks {missing}.")
        links = np.stack([np.asarray(links["left"]), np.asarray(links["right"])], axis=1)
    links = np.asarray(links)
    if links.size == 0:
        return np.empty((0, 2), np.intp)
    if links.dtype.kind not in "iu":
        raise TypeError(f"links must be whole numbers, row positions; got dtype {links.dtype}.")
    if links.ndim != 2 or links.shape[1] != 2:
        raise ValueError(f"links must have shape (n_links, 2); got {links.shape}.")
    for side, n_records in enumerate((tables.n_left, tables.n_right)):
        outside = (links[:, side] < 0) | (links[:, side] >= n_records)
        if outside.any():
            link = int(np.flatnonzero(outside)[0])
            raise ValueError(
                f"links must be positions from 0 to {n_records - 1} in "
                f"{('left', 'right')[side]}; link {link} has {links[link].tolist()}."
            )
    if tables.right is None and (links[:, 0] == links[:, 1]).any():
        link = int(np.flatnonzero(links[:, 0] == links[:, 1])[0])
        raise ValueError(f"links must join two records; link {link} joins {links[link].tolist()}.")
    return links.astype(np.intp)


def _refuse_too_many(rules, plans, max_pairs):
    """Refuse rules with more pairs in sum, and say which keys of which rule have most."""
    if sum(plan.n_pairs for plan in plans) <= max_pairs:
        return
    lines = []
    for rule, plan in zip(rules, plans, strict=True):
        blocks = ", ".join(f"{key!r} {size:,}" for key, size in plan.largest_blocks())
        at_most = "" if plan.exact else "at most "
        lines.append(
            f"{rule} gives {at_most}{plan.n_pairs:,}"
            + (f" (largest blocks: {blocks})" if blocks else "")
        )
    total = sum(plan.n_pairs for plan in plans)
    raise ValueError(
        f"rules give {total:,} pairs, more than max_pairs={max_pairs:,}: {'; '.join(lines)}. "
        "Make the rules narrower, by a further column for instance, or raise max_pairs."
    )


def _is_in(values, numbers):
    """Tell which values are in a sorted array, which is searched by bisection."""
    if not len(numbers):
        return np.zeros(len(values), bool)
    place = np.minimum(np.searchsorted(numbers, values), len(numbers) - 1)
    return numbers[place] == values
