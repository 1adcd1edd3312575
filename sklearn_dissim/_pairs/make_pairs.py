"""make_pairs: from items and their identities to labelled pairs."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state

from sklearn_dissim._pairs.indexed_pairs import IndexedPairs
from sklearn_dissim._pairs.validation import check_identities, check_one_dimensional, codes_of

_MOST_PAIRS = 100_000  # same pairs, where the user does not say how many


def make_pairs(
    items,
    identities,
    *,
    positives="all",
    negatives_per_positive=1.0,
    across=None,
    random_state=None,
):
    """Draw pairs of items, and label them same (1) or different (0).

    Pairs are unordered and drawn without replacement: no pair comes twice, in
    either order, and no item is paired with itself. They are sorted by their item
    numbers, so that same and different pairs are mixed.

    Parameters
    ----------
    items : array-like of shape (n_items, ...), sparse matrix or DataFrame
        The items; kept, not copied.
    identities : array-like of shape (n_items,)
        Integers or strings. The integer -1 means unknown: never paired.
    positives : "all" or int, default="all"
        How many pairs of the same identity.
    negatives_per_positive : "all" or float, default=1.0
        How many pairs of different identities, as a multiple of the same ones.
    across : array-like of shape (n_items,), default=None
        Camera, drawer or vendor of each item: only pairs whose two sides differ
        in it are kept.
    random_state : int, RandomState instance or None, default=None
        Draws the pairs where not all are taken.

    Returns
    -------
    pairs : IndexedPairs
        The pairs, over `items`.
    y : ndarray of shape (n_pairs,)
        1 for the same identity, else 0.
    groups : ndarray of shape (n_pairs, 2)
        Both identities of each pair, for identity-disjoint splitters.

    Raises
    ------
    ValueError
        If more pairs are asked for than exist; the message says how many do.

    See Also
    --------
    IndexedPairs : Hold pairs, each item stored once.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dissim import make_pairs
    >>> pairs, y, groups = make_pairs(np.eye(4), ["a", "a", "b", "b"], random_state=0)
    >>> y.sum(), len(y)
    (np.int64(2), 4)
    >>> pairs.indices[y == 1].tolist()
    [[0, 1], [2, 3]]
    """
    codes = check_identities(identities, items)
    cameras = None
    if across is not None:
        cameras = codes_of(check_one_dimensional(across, "across", items), "across")
    random_state = check_random_state(random_state)
    known = np.flatnonzero(codes >= 0)

    same = _SamePairs(codes, cameras, known)
    n_same = _wanted(positives, same.n_pairs, "positives", "pairs of the same identity")
    different = _DifferentPairs(codes, cameras, known)
    n_different = different.n_pairs - (same.n_pairs if cameras is not None else 0)
    if negatives_per_positive != "all":
        if not _is_ratio(negatives_per_positive):
            raise ValueError(
                "negatives_per_positive must be 'all' or a number of at least 0; "
                f"got {negatives_per_positive!r}."
            )
        wanted = round(n_same * float(negatives_per_positive))
        n_different = _wanted(
            wanted, n_different, "negatives_per_positive", "pairs of different identities"
        )

    indices = np.concatenate(
        [same.draw(n_same, random_state), different.draw(n_different, random_state)]
    )
    indices.sort(axis=1)
    order = np.lexsort((indices[:, 1], indices[:, 0]))
    y = np.repeat([1, 0], [n_same, n_different])[order]
    indices = indices[order]
    return IndexedPairs(items, indices), y, np.asarray(identities)[indices]


def draw_pairs(items, codes, random_state):
    """Draw all same pairs, at most 100,000, and up to five times as many different ones.

    Returns
    -------
    pairs : IndexedPairs
    signs : ndarray of shape (n_pairs,)
    """
    counts = np.bincount(codes[codes >= 0])
    n_same = int((counts * (counts - 1) // 2).sum())
    n_different = counts.sum() * (counts.sum() - 1) // 2 - n_same
    positives = min(n_same, _MOST_PAIRS)
    pairs, y, _ = make_pairs(
        items,
        codes,
        positives=positives,
        negatives_per_positive=min(5.0, n_different / positives),
        random_state=random_state,
    )
    return pairs, 2.0 * y - 1.0


def _is_ratio(value):
    return isinstance(value, Real) and not isinstance(value, bool) and 0 <= float(value) < np.inf


def _wanted(asked, n_existing, name, what):
    """Return how many of the existing pairs are asked for."""
    count = n_existing if isinstance(asked, str) and asked == "all" else asked
    if not isinstance(count, Integral) or isinstance(count, bool) or count < 0:
        raise ValueError(f"{name} must be 'all' or a whole number; got {asked!r}.")
    if name == "positives" and n_existing == 0 and asked != 0:
        raise ValueError(f"{name}: there are no {what} (0 exist); nothing to learn from.")
    if count > n_existing:
        raise ValueError(
            f"{name} asks for {count} {what}; {n_existing} exist. Ask for fewer, or for 'all'."
        )
    return int(count)


class _SamePairs:
    """Number all pairs of one identity, without listing them.

    In an order of the items where the partners of each stand in one stretch, pair
    number r is found by bisection over the running count of partners.
    """

    def __init__(self, codes, cameras, known):
        blocks = np.arange(len(codes)) if cameras is None else cameras
        self._order = known[np.lexsort((blocks[known], codes[known]))]
        identity, block = codes[self._order], blocks[self._order]
        starts = np.flatnonzero(np.diff(identity, prepend=-1) | np.diff(block, prepend=-1))
        self._first = _next(starts, len(identity))
        self._count(_next(np.flatnonzero(np.diff(identity, prepend=-1)), len(identity)))

    def _count(self, last):
        self._running = np.concatenate([[0], np.cumsum(last - self._first)])
        self.n_pairs = int(self._running[-1])

    def _pairs(self, numbers):
        item = np.searchsorted(self._running, numbers, side="right") - 1
        partner = self._first[item] + numbers - self._running[item]
        return np.stack([self._order[item], self._order[partner]], axis=1)

    def draw(self, n_wanted, random_state):
        return self._pairs(_distinct(self.n_pairs, n_wanted, random_state))


class _DifferentPairs(_SamePairs):
    """Number all pairs of different identities, without listing them.

    With cameras, all pairs of different cameras are numbered, and `draw` leaves out those of
    one identity.
    """

    def __init__(self, codes, cameras, known):
        self._codes = codes
        blocks = codes if cameras is None else cameras
        self._order = known[np.argsort(blocks[known], kind="stable")]
        block = blocks[self._order]
        self._first = _next(np.flatnonzero(np.diff(block, prepend=-1)), len(block))
        self._count(np.full(len(block), len(block)))

    def draw(self, n_wanted, random_state):
        n_drawn = n_wanted
        while True:
            pairs = self._pairs(_distinct(self.n_pairs, n_drawn, random_state))
            pairs = pairs[self._codes[pairs[:, 0]] != self._codes[pairs[:, 1]]]
            if len(pairs) >= n_wanted:
                return pairs[:n_wanted]
            n_drawn = min(self.n_pairs, 2 * n_drawn)


def _next(starts, n_items):
    """Return for each position the start of the next stretch."""
    ends = np.append(starts[1:], n_items)
    return np.repeat(ends, ends - starts) if len(starts) else np.empty(0, np.intp)


def _distinct(n, n_drawn, random_state):
    """Draw `n_drawn` distinct numbers below n, in random order, in memory of that size."""
    if n_drawn > n // 2:
        return random_state.permutation(n)[:n_drawn]
    numbers = np.empty(0, np.int64)
    while len(numbers) < n_drawn:
        more = random_state.randint(n, size=n_drawn - len(numbers), dtype=np.int64)
        numbers = np.concatenate([numbers, more])
        numbers = numbers[np.sort(np.unique(numbers, return_index=True)[1])]
    return numbers
