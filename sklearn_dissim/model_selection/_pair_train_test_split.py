"""Split pairs once into a training and a test set with no identity in both."""

from sklearn.utils import indexable

from sklearn_dissim._utils.compat import take_rows
from sklearn_dissim.model_selection._pair_group_shuffle_split import PairGroupShuffleSplit


def pair_train_test_split(*arrays, groups, test_size=None, train_size=None, random_state=None):
    """Split pairs once into a training and a test set with no identity in both.

    This is scikit-learn's `train_test_split` for pairs. Sizes count identities, not pairs, and
    pairs with one identity on either side are in neither set: with `test_size=0.25`, 3/8 of
    random different pairs.

    Parameters
    ----------
    *arrays : IndexedPairs, arrays, sparse matrices, DataFrames or lists of length n_pairs
        Pairs, their labels, weights, and whatever else has a row for each pair.
    groups : array-like of shape (n_pairs, 2), or DataFrame of two columns
        Both identities of each pair, integers or strings.
    test_size : float, int or None, default=None
        Share (rounded up) or number of identities for the test. None takes what `train_size`
        leaves, or 0.25.
    train_size : float, int or None, default=None
        Share (rounded down) or number of identities for training. None takes what
        `test_size` leaves.
    random_state : int, RandomState instance or None, default=None
        Draws the identities. Pass an int for the same split at each call.

    Returns
    -------
    list
        The training and the test part of each array and, at the end, of `groups`. Each part
        is of the kind that was given.

    Raises
    ------
    ValueError
        If lengths differ, sizes are out of range, an identity is unknown, or one part is left
        without pairs.

    See Also
    --------
    PairGroupShuffleSplit : The same, any number of times.
    check_identity_leakage : Checks a split that was made elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dissim import make_pairs
    >>> from sklearn_dissim.model_selection import pair_train_test_split
    >>> identities = np.repeat(np.arange(40), 5)
    >>> pairs, y, groups = make_pairs(np.eye(200), identities, random_state=0)
    >>> train, test, y_train, y_test, groups_train, groups_test = pair_train_test_split(
    ...     pairs, y, groups=groups, random_state=0
    ... )
    >>> np.intersect1d(groups_train, groups_test).size
    0
    >>> len(pairs), len(train), len(test)
    (800, 528, 126)
    """
    if not arrays:
        raise ValueError("At least one array must be given, besides groups.")
    if groups is None:
        raise ValueError("groups must be given: both identities of each pair.")
    arrays = indexable(*arrays, groups)
    if test_size is None and train_size is None:
        test_size = 0.25
    cv = PairGroupShuffleSplit(
        1, test_size=test_size, train_size=train_size, random_state=random_state
    )
    parts = next(cv.split(arrays[0], groups=groups))
    for rows, name in zip(parts, ("training", "the test"), strict=True):
        if len(rows) == 0:
            raise ValueError(
                f"No pair is left for {name}: no two items of its identities are paired. Change "
                "test_size or random_state, or give more pairs."
            )
    return [take_rows(array, rows) for array in arrays for rows in parts]
