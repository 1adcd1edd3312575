"""StratifiedPairGroupKFold: folds of identities with like rates of same pairs."""

from sklearn_dissim._pairs.validation import check_pair_labels
from sklearn_dissim.model_selection._folds import exchange
from sklearn_dissim.model_selection._pair_group_kfold import PairGroupKFold


class StratifiedPairGroupKFold(PairGroupKFold):
    """K folds of identities whose test pairs are same pairs at about the same rate.

    Begins with the folds of `PairGroupKFold`, and exchanges identities that are in about
    equally many pairs wherever this brings the rates of same pairs closer together, until
    they agree to about 0.001 or each exchange was tried once. It matters where few
    identities have several items, or where pairs are few; with many pairs of each identity
    the rates of `PairGroupKFold` are close as they are.

    Test folds are compared with each other. Training pairs are same pairs at a lower rate,
    since of the different pairs more lie within the larger part.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    shuffle : bool, default=False
        Begin with folds drawn at random.
    random_state : int, RandomState instance or None, default=None
        Used if `shuffle`. An int for the same folds at each call.
    max_dropped : float, default=0.75
        Warn where a split drops more than this share of the pairs of two identities.

    Attributes
    ----------
    n_dropped_ : list of int
        Pairs of each split that are in neither set, of the latest call of `split`.

    Raises
    ------
    ValueError
        In `split`, if `y` is missing or does not hold two labels.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dissim import make_pairs
    >>> from sklearn_dissim.model_selection import PairGroupKFold, StratifiedPairGroupKFold
    >>> identities = np.repeat(np.arange(60), 6)
    >>> pairs, y, groups = make_pairs(
    ...     identities, identities, positives=200, negatives_per_positive=3, random_state=0
    ... )
    >>> for cv in (PairGroupKFold(5), StratifiedPairGroupKFold(5)):
    ...     rates = [y[test].mean() for _, test in cv.split(pairs, y, groups)]
    ...     print(np.round(rates, 2))
    [0.57 0.63 0.57 0.68 0.61]
    [0.63 0.63 0.63 0.62 0.62]
    """

    def _adjusted(self, folds, rounds, codes, y):
        if y is None:
            raise ValueError("y must be given: the label of each pair.")
        _, signs = check_pair_labels(y, len(codes))
        exchange(folds, rounds, codes, signs > 0, self.n_splits)
        return folds
