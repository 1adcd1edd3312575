"""IdentitySplitter: the base of all splitters of pairs by identity."""

from abc import abstractmethod

import numpy as np
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_consistent_length, column_or_1d

from sklearn_dissim._pairs.validation import (
    check_identities_of_pairs,
    codes_of_identities,
)
from sklearn_dissim._utils.user_warnings import warn_user
from sklearn_dissim.model_selection._sides import (
    of_two,
    pairs_across,
    pairs_within,
)

# With half of n identities held out, a share n / (2n - 2) of random pairs of two identities has
# one on either side: two thirds for four identities, half for many. More is no accident.
MAX_DROPPED = 0.75


class IdentitySplitter(BaseCrossValidator):
    """Split identities, then take the pairs that have both identities on one side.

    A subclass stores `max_dropped`, and implements `_sides`, which says which identities are
    trained on and which are tested, and `get_n_splits`.
    """

    # scikit-learn's metadata routing reads this: groups reach split without being requested.
    __metadata_request__split = {"groups": True}

    def split(self, X, y=None, groups=None):
        """Yield the row numbers of the training and test pairs of each split.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame of length n_pairs
            The pairs; only their number matters.
        y : array-like of shape (n_pairs,), default=None
            Pair labels. Only a stratified splitter splits by them; all splitters warn if the
            pairs of one side lack a label. By default the labels are whether both identities
            are equal.
        groups : array-like of shape (n_pairs, 2), or DataFrame of two columns
            Both identities of each pair, integers or strings, as `make_pairs` returns them.

        Yields
        ------
        train : ndarray of int
            Row numbers of the training pairs.
        test : ndarray of int
            Row numbers of the test pairs; none of their identities is in a training pair.

        Raises
        ------
        ValueError
            If `groups` are missing, of another shape, hold an unknown identity (-1, NaN or
            None), or too few identities.

        Warns
        -----
        UserWarning
            For the first split whose training or test pairs lack a label, or that drops more
            than `max_dropped`.
        """
        identities = check_identities_of_pairs(groups, _n_pairs(X))
        codes = codes_of_identities(identities)
        labels, label_codes = np.unique(_labels(codes, y), return_inverse=True)
        n_dropped: list[int] = []
        self.n_dropped_ = n_dropped
        warned = False
        for train_side, test_side in self._sides(codes, y):
            train, test = pairs_within(codes, train_side), pairs_within(codes, test_side)
            if not warned:
                faults = _missing_labels(labels, label_codes, train, test)
                faults += self._too_many_dropped(identities, codes, train_side, test_side)
                if faults:
                    warn_user(" ".join([f"Split {len(n_dropped)}:", *faults]))
                    warned = True
            n_dropped.append(len(codes) - len(train) - len(test))
            yield train, test

    @abstractmethod
    def _sides(self, codes, y):
        """Yield the identities for training and those for the test, as two boolean masks.

        Parameters
        ----------
        codes : ndarray of int, shape (n_pairs, 2)
            Both identities of each pair, numbered from 0.
        y : array-like of shape (n_pairs,) or None
            Pair labels, as they were given.

        Yields
        ------
        train_side, test_side : ndarrays of bool, shape (n_identities,)
        """

    def _too_many_dropped(self, identities, codes, train_side, test_side):
        """Return a list of one complaint if more than `max_dropped` of the pairs cross."""
        crossing = pairs_across(codes, train_side, test_side)
        n_of_two = of_two(codes[pairs_within(codes, train_side | test_side)]).sum()
        if len(crossing) <= self.max_dropped * n_of_two:
            return []
        most_frequent = np.bincount(codes[crossing].ravel()).argmax()
        name = identities[codes == most_frequent][:1].tolist()[0]
        return [
            f"{len(crossing)} of {n_of_two} pairs of two identities have one on either side and "
            f"are in neither set, more than max_dropped={self.max_dropped}; {name!r} is in "
            f"{(codes[crossing] == most_frequent).sum()} of them."
        ]


def _labels(codes, y):
    """Return the labels of pairs, or whether their identities are equal in words."""
    if y is None:
        return np.where(of_two(codes), "different", "same")
    check_consistent_length(codes, y)
    return column_or_1d(y)


def _missing_labels(labels, label_codes, train, test):
    """Return a complaint for each side that has no pair of some label."""
    faults = []
    for rows, purpose in ((train, "train"), (test, "test")):
        missing = labels[np.bincount(label_codes[rows], minlength=len(labels)) == 0].tolist()
        if missing:
            faults.append(
                f"no pair labelled {' or '.join(map(repr, missing[:2]))} to {purpose} on; scores "
                "may be undefined. Hold out more identities (by fewer folds, say) or fewer, or "
                "give more pairs."
            )
    return faults


def _n_pairs(X):
    return X.shape[0] if hasattr(X, "shape") else len(X)


def count_identities(codes):
    """Count the identities, and refuse fewer than two: there is nothing to split."""
    count = int(codes.max(initial=-1)) + 1
    if count < 2:
        raise ValueError(f"groups must hold at least two identities; got {count}.")
    return count
