"""LeavePIdentitiesOut: every few identities in turn, and what they are among themselves."""

from itertools import combinations

import numpy as np

from sklearn_dissim._pairs.validation import (
    check_identities_of_pairs,
    codes_of_identities,
)
from sklearn_dissim._utils.checks import check_count, check_share
from sklearn_dissim.model_selection._identity_splitter import (
    MAX_DROPPED,
    IdentitySplitter,
    n_identities,
)


class LeavePIdentitiesOut(IdentitySplitter):
    """Every set of P identities is held out once: its pairs are the test, all others' train.

    For few identities, where folds would be a matter of luck: the number of splits grows as
    n choose P. Sets without a same or without a different pair are left out, since hardly
    anything can be measured on them. With P = 2, each pair of two identities, at least one
    of which has a same pair, is tested once.

    There is no leaving *one* out. The pairs of one identity are all same. To test its pairs
    with the others, whom training has seen, asks another question: is a newcomer told from
    people that the model knows? Half of each different pair is then no news to the model,
    which flatters it: it needs to recognise those it knows only.

    Parameters
    ----------
    p : int, default=2
        How many identities are held out together, at least 2.
    max_dropped : float, default=0.75
        Warn where a split drops more than this share of the pairs of two identities.

    Attributes
    ----------
    n_dropped_ : list of int
        Pairs of each split that are in neither set, of the latest call of `split`.

    Raises
    ------
    ValueError
        In `split` and `get_n_splits`, if no set of `p` identities has a same and a
        different pair, or no two identities remain for training.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dissim import make_pairs
    >>> from sklearn_dissim.model_selection import LeavePIdentitiesOut
    >>> identities = np.repeat(["ann", "bob", "cleo", "dan"], 3)
    >>> pairs, y, groups = make_pairs(
    ...     np.eye(12), identities, negatives_per_positive="all", random_state=0
    ... )
    >>> cv = LeavePIdentitiesOut(2)
    >>> cv.get_n_splits(pairs, y, groups)
    6
    >>> train, test = next(cv.split(pairs, y, groups))
    >>> np.unique(groups[train]).tolist(), np.unique(groups[test]).tolist()
    (['cleo', 'dan'], ['ann', 'bob'])
    """

    def __init__(self, p=2, *, max_dropped=MAX_DROPPED):
        check_count(p, "p", least=2)
        check_share(max_dropped, "max_dropped")
        self.p = p
        self.max_dropped = max_dropped

    def get_n_splits(self, X=None, y=None, groups=None):
        """The number of sets of identities that are held out.

        Parameters
        ----------
        X, y : ignored
        groups : array-like of shape (n_pairs, 2)
            Both identities of each pair.

        Returns
        -------
        int
        """
        codes = codes_of_identities(check_identities_of_pairs(groups))
        return sum(1 for _ in self._held_out(codes))

    def _sides(self, codes, y):
        for held in self._held_out(codes):
            test_side = np.zeros(codes.max() + 1, bool)
            test_side[list(held)] = True
            yield ~test_side, test_side

    def _held_out(self, codes):
        count = n_identities(codes)
        if count < self.p + 2:
            raise ValueError(
                f"p={self.p} leaves fewer than two of the {count} identities in groups for "
                "training."
            )
        ordered = np.sort(codes, axis=1)
        linked = set(map(tuple, ordered.tolist()))
        none = True
        for held in combinations(range(count), self.p):
            same = any((i, i) in linked for i in held)
            if same and any(two in linked for two in combinations(held, 2)):
                none = False
                yield held
        if none:
            raise ValueError(
                f"groups hold no {self.p} identities that have both same and different pairs "
                "among themselves; nothing can be tested."
            )
