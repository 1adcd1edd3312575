"""StratifiedPairGroupKFold: K folds of identities with like rates of same pairs."""

from sklearn_dissim._pairs.validation import check_pair_labels
from sklearn_dissim.model_selection._folds import exchange
from sklearn_dissim.model_selection._pair_group_kfold import PairGroupKFold


class StratifiedPairGroupKFold(PairGroupKFold):
    """Split identities into K folds with about the same rate of same pairs in each test fold.

    The splitter starts from the folds of `PairGroupKFold`, and exchanges identities that are in
    about equally many pairs wherever this brings the rates of same pairs closer together, until
    the rates agree to about 0.001 or each exchange was tried once. It matters where few
    identities have several items, or where pairs are few; with many pairs of each identity, the
    rates of `PairGroupKFold` are already close.

    Training pairs have a lower rate of same pairs than test pairs, since more of the different
    pairs lie within the larger part.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    shuffle : bool, default=False
        Whether to start from folds that are drawn at random.
    random_state : int, RandomState instance or None, default=None
        Used if `shuffle`. Pass an int for the same folds at each call.
    max_dropped : float, default=0.75
        Warn if a split drops more than this share of the pairs of two identities.

    Attributes
    ----------
    n_dropped_ : list of int
        Number of pairs that are in neither set, for each split of the latest call of `split`.

    Raises
    ------
    ValueError
        In `split`, if `y` is missing or does not hold two labels.

    See Also
    --------
    PairGroupKFold : Needs no labels.

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

    def _improve(self, folds, rounds, codes, y):
        if y is None:
            raise ValueError("y must be given: the label of each pair.")
        _, signs = check_pair_labels(y, len(codes))
        exchange(folds, rounds, codes, signs > 0, self.n_splits)
        return folds
