"""IdentitySplitter: what the splitters of pairs by identity have in common."""

from abc import abstractmethod

import numpy as np
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_consistent_length, column_or_1d

from sklearn_dissim._pairs.validation import (
    check_identities_of_pairs,
    codes_of_identities,
)
from sklearn_dissim._utils.user_warning import warn_user
from sklearn_dissim.model_selection._sides import (
    of_two,
    pairs_across,
    pairs_within,
)

# Of random pairs of n identities, half of them held out, a share of n / (2n - 2) crosses:
# two thirds of them with four identities, half with many. More than that is no accident.
MAX_DROPPED = 0.75


class IdentitySplitter(BaseCrossValidator):
    """Splits identities, then takes the pairs that lie on one side.

    A subclass has `max_dropped`, and says in `_sides` which identities are on which side.
    """

    # The metadata routing of scikit-learn reads this: groups reach split without a request.
    __metadata_request__split = {"groups": True}

    def split(self, X, y=None, groups=None):
        """Row numbers of the training and test pairs of each split.

        Parameters
        ----------
        X : any of the ways to give pairs
        y : array-like of shape (n_pairs,), default=None
            Pair labels. Only a stratified splitter splits by them; for the others they just say
            which side has no pair of a label. Without them, whether identities are equal does.
        groups : array-like of shape (n_pairs, 2), or DataFrame of two columns
            Both identities of each pair, integers or strings, as `make_pairs` returns them.

        Yields
        ------
        train, test : ndarrays of int
            No identity is in pairs of both.

        Raises
        ------
        ValueError
            If `groups` are missing, of another shape, hold an unknown identity (-1, NaN or
            None), or too few identities.

        Warns
        -----
        UserWarning
            Once a run, of the first split whose training or test pairs lack a label, or that
            drops more than `max_dropped`.
        """
        identities = check_identities_of_pairs(groups, _n_pairs(X))
        codes = codes_of_identities(identities)
        labels, label_of = np.unique(_labels(codes, y), return_inverse=True)
        n_dropped: list[int] = []
        self.n_dropped_ = n_dropped
        warned = False
        for train_side, test_side in self._sides(codes, y):
            train, test = pairs_within(codes, train_side), pairs_within(codes, test_side)
            if not warned:
                faults = _lacking(labels, label_of, train, test)
                faults += self._too_many_lost(identities, codes, train_side, test_side)
                if faults:
                    warn_user(" ".join([f"Split {len(n_dropped)}:", *faults]))
                    warned = True
            n_dropped.append(len(codes) - len(train) - len(test))
            yield train, test

    @abstractmethod
    def _sides(self, codes, y):
        """Yield the identities for training and those for the test, as two boolean masks."""

    def _too_many_lost(self, identities, codes, train_side, test_side):
        lost = pairs_across(codes, train_side, test_side)
        n_two = of_two(codes[pairs_within(codes, train_side | test_side)]).sum()
        if len(lost) <= self.max_dropped * n_two:
            return []
        most = np.bincount(codes[lost].ravel()).argmax()
        name = identities[codes == most][:1].tolist()[0]
        return [
            f"{len(lost)} of {n_two} pairs of two identities have one on either side and are in "
            f"neither set, more than max_dropped={self.max_dropped}; {name!r} is in "
            f"{(codes[lost] == most).sum()} of them."
        ]


def _labels(codes, y):
    if y is None:
        return np.where(of_two(codes), "different", "same")
    check_consistent_length(codes, y)
    return column_or_1d(y)


def _lacking(labels, label_of, train, test):
    faults = []
    for rows, purpose in ((train, "train"), (test, "test")):
        missing = labels[np.bincount(label_of[rows], minlength=len(labels)) == 0].tolist()
        if missing:
            faults.append(
                f"no pair labelled {' or '.join(map(repr, missing[:2]))} to {purpose} on; scores "
                "may be undefined. Hold out more identities (by fewer folds, say) or fewer, or "
                "give more pairs."
            )
    return faults


def _n_pairs(X):
    return X.shape[0] if hasattr(X, "shape") else len(X)


def n_identities(codes):
    """How many identities there are; at least two, or there is nothing to split."""
    count = int(codes.max(initial=-1)) + 1
    if count < 2:
        raise ValueError(f"groups must hold at least two identities; got {count}.")
    return count
