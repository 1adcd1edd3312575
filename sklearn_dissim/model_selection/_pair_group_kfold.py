"""PairGroupKFold: cross-validation of pairs with no identity on both sides."""

import warnings

import numpy as np
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_random_state

from sklearn_dissim._validation import check_pair_groups


class PairGroupKFold(BaseCrossValidator):
    """K folds of identities: a test pair has both of its identities in the fold.

    A random split of pairs leaks: the same person is then on both sides, and every figure
    is too good. Here the identities are split; training pairs have both identities outside
    the fold, and pairs that cross the line are in neither set.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    shuffle : bool, default=False
        Shuffle the identities before they are split; else sorted order.
    random_state : int, RandomState instance or None, default=None
        Used if `shuffle`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dissim import make_pairs
    >>> from sklearn_dissim.model_selection import PairGroupKFold
    >>> identities = np.repeat(["ann", "bob", "cleo", "dan"], 3)
    >>> pairs, y, groups = make_pairs(np.eye(12), identities, random_state=0)
    >>> for train, test in PairGroupKFold(n_splits=2).split(pairs, y, groups):
    ...     print(np.unique(groups[train]), np.unique(groups[test]))
    ['cleo' 'dan'] ['ann' 'bob']
    ['ann' 'bob'] ['cleo' 'dan']
    """

    # The metadata routing of scikit-learn reads this: groups reach split without a request.
    __metadata_request__split = {"groups": True}

    def __init__(self, n_splits=5, *, shuffle=False, random_state=None):
        if not isinstance(n_splits, (int, np.integer)) or n_splits < 2:
            raise ValueError(f"n_splits must be a whole number of at least 2; got {n_splits!r}.")
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state

    def get_n_splits(self, X=None, y=None, groups=None):
        """The number of folds.

        Parameters
        ----------
        X, y, groups : ignored

        Returns
        -------
        int
        """
        return self.n_splits

    def split(self, X, y=None, groups=None):
        """Row numbers of the training and test pairs of each fold.

        Parameters
        ----------
        X : any of the ways to give pairs
        y : ignored
        groups : array-like of shape (n_pairs, 2)
            Both identities of each pair, as `make_pairs` returns them.

        Yields
        ------
        train, test : ndarrays of int
        """
        identities, codes = np.unique(self._check_groups(X, groups), return_inverse=True)
        if len(identities) < self.n_splits:
            raise ValueError(
                f"n_splits={self.n_splits} is more than the number of identities "
                f"in groups, {len(identities)}."
            )
        if len(identities) < 2 * self.n_splits:
            warnings.warn(
                f"With {len(identities)} identities in {self.n_splits} folds, some fold has one "
                "identity and no different pair; scores of it may be undefined.",
                stacklevel=2,
            )
        codes = codes.reshape(-1, 2)
        order = np.arange(len(identities))
        if self.shuffle:
            check_random_state(self.random_state).shuffle(order)
        for fold in np.array_split(order, self.n_splits):
            inside = np.isin(codes, fold)
            yield np.flatnonzero(~inside.any(axis=1)), np.flatnonzero(inside.all(axis=1))

    @staticmethod
    def _check_groups(X, groups):
        if groups is None:
            raise ValueError("groups must be given: both identities of each pair.")
        return check_pair_groups(groups, len(X))
