"""PairGroupKFold: K folds of identities."""

import numpy as np
from sklearn.utils import check_random_state

from sklearn_dissim._utils.checks import check_count, check_share
from sklearn_dissim.model_selection._folds import deal, rounds_of_similar_size
from sklearn_dissim.model_selection._identity_splitter import (
    MAX_DROPPED,
    IdentitySplitter,
    count_identities,
)


class PairGroupKFold(IdentitySplitter):
    """Split identities into K folds, and test on the pairs within each fold.

    A random split of pairs leaks: the same person is then on both sides, and every metric is
    too good. Here the identities are split. A test pair has both identities in the fold, a
    training pair has both outside, and pairs with one identity on either side are in neither
    set. Same pairs never cross; of random different pairs, each split drops a share of
    2 (K - 1) / K².

    Identities are dealt in rounds, one to a fold, those in the most pairs first. The folds then
    hold equally many identities, give or take one, and about equally many pairs.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    shuffle : bool, default=False
        Whether each round is dealt at random. By default the identity in the most pairs goes
        to the fold with the fewest so far.
    random_state : int, RandomState instance or None, default=None
        Used if `shuffle`. Pass an int for the same folds at each call.
    max_dropped : float, default=0.75
        Warn if a split drops more than this share of the pairs of two identities. No number
        of folds drops as many of random pairs; one identity is then in most of them.

    Attributes
    ----------
    n_dropped_ : list of int
        Number of pairs that are in neither set, for each split of the latest call of `split`.

    See Also
    --------
    StratifiedPairGroupKFold : Keeps the rates of same pairs alike, too.
    PairGroupShuffleSplit : Draws any share of the identities, any number of times.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dissim import make_pairs
    >>> from sklearn_dissim.model_selection import PairGroupKFold
    >>> identities = np.repeat(["ann", "bob", "cleo", "dan"], 3)
    >>> pairs, y, groups = make_pairs(
    ...     np.eye(12), identities, negatives_per_positive="all", random_state=0
    ... )
    >>> cv = PairGroupKFold(n_splits=2)
    >>> for train, test in cv.split(pairs, y, groups):
    ...     print(np.unique(groups[train]), np.unique(groups[test]))
    ['bob' 'dan'] ['ann' 'cleo']
    ['ann' 'cleo'] ['bob' 'dan']
    >>> len(y), cv.n_dropped_
    (66, [36, 36])
    """

    def __init__(self, n_splits=5, *, shuffle=False, random_state=None, max_dropped=MAX_DROPPED):
        check_count(n_splits, "n_splits", least=2)
        if not isinstance(shuffle, bool | np.bool_):
            raise ValueError(f"shuffle must be True or False; got {shuffle!r}.")
        if not shuffle and random_state is not None:
            raise ValueError(
                f"random_state={random_state!r} has no effect without shuffle=True; "
                "leave it out, or set shuffle=True."
            )
        check_share(max_dropped, "max_dropped")
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state
        self.max_dropped = max_dropped

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of folds.

        Parameters
        ----------
        X : object, default=None
            Ignored.
        y : object, default=None
            Ignored.
        groups : object, default=None
            Ignored.

        Returns
        -------
        int
            `n_splits`.
        """
        return self.n_splits

    def _sides(self, codes, y):
        n_identities = count_identities(codes)
        if n_identities < self.n_splits:
            raise ValueError(
                f"n_splits={self.n_splits} is more than the number of identities "
                f"in groups, {n_identities}."
            )
        rng = check_random_state(self.random_state) if self.shuffle else None
        sizes = np.bincount(codes.ravel())
        rounds = rounds_of_similar_size(sizes, self.n_splits, rng)
        folds = self._improve(deal(rounds, sizes, self.n_splits, rng), rounds, codes, y)
        for fold in range(self.n_splits):
            yield folds != fold, folds == fold

    def _improve(self, folds, rounds, codes, y):
        """Return better folds, where a subclass knows how."""
        return folds
