"""LeavePIdentitiesOut: each set of P identities is held out once."""

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
    count_identities,
)


class LeavePIdentitiesOut(IdentitySplitter):
    """Hold out each set of P identities once: test on its pairs, and train on all others'.

    Use it for few identities, where folds would be a matter of luck: the number of splits is
    n choose P. Sets that have no same pair or no different pair are left out, since hardly any
    metric is defined on them. With P = 2, each pair of two identities is tested once, if at
    least one of them has a same pair.

    There is no leaving *one* identity out, since its pairs are all same. Testing its pairs with
    identities that were trained on asks another question: is a newcomer told from people whom
    the model knows? This flatters the model, which knows one side of each different pair.

    Parameters
    ----------
    p : int, default=2
        Number of identities that are held out together, at least 2.
    max_dropped : float, default=0.75
        Warn if a split drops more than this share of the pairs of two identities.

    Attributes
    ----------
    n_dropped_ : list of int
        Number of pairs that are in neither set, for each split of the latest call of `split`.

    Raises
    ------
    ValueError
        In `split` and `get_n_splits`, if no set of `p` identities has both a same and a
        different pair, or fewer than two identities remain for training.

    See Also
    --------
    PairGroupKFold : Folds, for many identities.

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
        """Return the number of sets of identities that are held out.

        Parameters
        ----------
        X : object, default=None
            Ignored.
        y : object, default=None
            Ignored.
        groups : array-like of shape (n_pairs, 2)
            Both identities of each pair.

        Returns
        -------
        int
            The number of splits.
        """
        codes = codes_of_identities(check_identities_of_pairs(groups))
        return sum(1 for _ in self._sets_held_out(codes))

    def _sides(self, codes, y):
        for held_out in self._sets_held_out(codes):
            test_side = np.zeros(codes.max() + 1, bool)
            test_side[list(held_out)] = True
            yield ~test_side, test_side

    def _sets_held_out(self, codes):
        """Yield each set of identities that has both a same and a different pair."""
        n_identities = count_identities(codes)
        if n_identities < self.p + 2:
            raise ValueError(
                f"p={self.p} leaves fewer than two of the {n_identities} identities in groups for "
                "training."
            )
        paired = set(map(tuple, np.sort(codes, axis=1).tolist()))
        has_set = False
        for held_out in combinations(range(n_identities), self.p):
            has_same = any((i, i) in paired for i in held_out)
            if has_same and any(two in paired for two in combinations(held_out, 2)):
                has_set = True
                yield held_out
        if not has_set:
            raise ValueError(
                f"groups hold no {self.p} identities that have both same and different pairs "
                "among themselves; nothing can be tested."
            )
