"""PairGroupShuffleSplit: random shares of the identities."""

import numpy as np
from sklearn.model_selection import ShuffleSplit

from sklearn_dissim._utils.checks import check_count, check_share
from sklearn_dissim.model_selection._identity_splitter import (
    MAX_DROPPED,
    IdentitySplitter,
    count_identities,
)


class PairGroupShuffleSplit(IdentitySplitter):
    """Draw random shares of the identities for training and test, any number of times.

    Sizes count identities, not pairs. With `test_size=0.2`, about a fifth of the same pairs are
    test pairs, but 1/25 of random different pairs; 16/25 are training pairs, and 8/25 have one
    identity on either side and are in neither set.

    Parameters
    ----------
    n_splits : int, default=5
        Number of splits.
    test_size : float, int or None, default=None
        Share (rounded up) or number of identities for the test. None takes what `train_size`
        leaves, or 0.2.
    train_size : float, int or None, default=None
        Share (rounded down) or number of identities for training. None takes what
        `test_size` leaves.
    random_state : int, RandomState instance or None, default=None
        Draws the identities. Pass an int for the same splits at each call.
    max_dropped : float, default=0.75
        Warn if more than this share of the pairs of two identities has one on either side.
        Pairs with an identity that is in neither share are not counted.

    Attributes
    ----------
    n_dropped_ : list of int
        Number of pairs that are in neither set, for each split of the latest call of `split`.

    Raises
    ------
    ValueError
        In `split`, if the sizes are out of range for the number of identities.

    See Also
    --------
    pair_train_test_split : One split, in one call.
    PairGroupKFold : Tests each identity once.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dissim import make_pairs
    >>> from sklearn_dissim.model_selection import PairGroupShuffleSplit
    >>> identities = np.repeat(np.arange(50), 4)
    >>> pairs, y, groups = make_pairs(identities, identities, random_state=0)
    >>> cv = PairGroupShuffleSplit(3, test_size=0.2, random_state=0)
    >>> [len(np.unique(groups[test])) for _, test in cv.split(pairs, y, groups)]
    [10, 10, 10]
    >>> len(y), cv.n_dropped_
    (600, [96, 96, 110])
    """

    def __init__(
        self,
        n_splits=5,
        *,
        test_size=None,
        train_size=None,
        random_state=None,
        max_dropped=MAX_DROPPED,
    ):
        check_count(n_splits, "n_splits")
        check_share(max_dropped, "max_dropped")
        self.n_splits = n_splits
        self.test_size = test_size
        self.train_size = train_size
        self.random_state = random_state
        self.max_dropped = max_dropped

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of splits.

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
        test_size = 0.2 if self.test_size is None and self.train_size is None else self.test_size
        splitter = ShuffleSplit(
            self.n_splits,
            test_size=test_size,
            train_size=self.train_size,
            random_state=self.random_state,
        )
        try:
            splits = list(splitter.split(np.arange(n_identities)))
        except ValueError as error:
            raise ValueError(
                f"{error} (The samples are the {n_identities} identities in groups.)"
            ) from error
        for train_identities, test_identities in splits:
            train_side, test_side = np.zeros((2, n_identities), bool)
            train_side[train_identities] = test_side[test_identities] = True
            yield train_side, test_side
