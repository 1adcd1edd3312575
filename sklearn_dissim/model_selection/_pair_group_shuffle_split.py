"""PairGroupShuffleSplit: shares of the identities, drawn again and again."""

import numpy as np
from sklearn.model_selection import ShuffleSplit

from sklearn_dissim._utils.checks import check_count, check_share
from sklearn_dissim.model_selection._identity_splitter import (
    MAX_DROPPED,
    IdentitySplitter,
    n_identities,
)


class PairGroupShuffleSplit(IdentitySplitter):
    """Random shares of the identities for training and test, any number of times.

    Sizes are those of identities: with `test_size=0.2` about a fifth of the same pairs, but
    1/25 of random different pairs, are test pairs; 16/25 are for training, and 8/25 cross.

    Parameters
    ----------
    n_splits : int, default=5
        How often to draw.
    test_size : float, int or None, default=None
        Share (rounded up) or number of identities for the test. None takes what `train_size`
        leaves, or 0.2.
    train_size : float, int or None, default=None
        Share (rounded down) or number of identities for training. None takes what
        `test_size` leaves.
    random_state : int, RandomState instance or None, default=None
        Draws the identities. An int for the same splits at each call.
    max_dropped : float, default=0.75
        Warn where more than this share of the pairs of two identities crosses. Pairs of an
        identity that is in neither share are not counted for it.

    Attributes
    ----------
    n_dropped_ : list of int
        Pairs of each split that are in neither set, of the latest call of `split`.

    Raises
    ------
    ValueError
        In `split`, if the sizes are out of range for the number of identities.

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
        """The number of splits.

        Parameters
        ----------
        X, y, groups : ignored

        Returns
        -------
        int
        """
        return self.n_splits

    def _sides(self, codes, y):
        count = n_identities(codes)
        default = 0.2 if self.test_size is None and self.train_size is None else self.test_size
        draws = ShuffleSplit(
            self.n_splits,
            test_size=default,
            train_size=self.train_size,
            random_state=self.random_state,
        )
        try:
            draws = list(draws.split(np.arange(count)))
        except ValueError as error:
            raise ValueError(
                f"{error} (The samples are the {count} identities in groups.)"
            ) from error
        for drawn in draws:
            train_side, test_side = np.zeros((2, count), bool)
            train_side[drawn[0]] = test_side[drawn[1]] = True
            yield train_side, test_side
