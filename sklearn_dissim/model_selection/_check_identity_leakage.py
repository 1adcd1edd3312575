"""Check a split that was made elsewhere for identities on both sides."""

import numpy as np

from sklearn_dissim._pairs.validation import (
    check_identities_of_pairs,
    codes_of_identities,
)

_N_NAMED = 5  # identities named in the message


def check_identity_leakage(groups_train, groups_test):
    """Raise an error if training and test pairs share an identity.

    Use it for splits that were made elsewhere: shipped with the data, by date, or by hand.

    Parameters
    ----------
    groups_train : array-like of shape (n_train, 2), or DataFrame of two columns
        Both identities of each training pair, integers or strings.
    groups_test : array-like of shape (n_test, 2), or DataFrame of two columns
        Both identities of each test pair.

    Raises
    ------
    ValueError
        If identities are shared. The message says how many, names the first few, and counts
        the test pairs with one or two of them. Also if an identity is unknown (-1, NaN or
        None), since it may be on both sides.
    TypeError
        If identities are strings on one side and numbers on the other.

    See Also
    --------
    pair_train_test_split : Makes a split without leakage.
    PairGroupKFold : Makes several.

    Examples
    --------
    >>> from sklearn_dissim.model_selection import check_identity_leakage
    >>> check_identity_leakage([["ann", "bob"]], [["cleo", "cleo"], ["cleo", "dan"]])
    >>> check_identity_leakage([["ann", "bob"]], [["cleo", "cleo"], ["bob", "cleo"]])
    Traceback (most recent call last):
        ...
    ValueError: 1 of the 2 identities of the test pairs is in training pairs, too: 'bob'...
    """
    train = check_identities_of_pairs(groups_train, name="groups_train")
    test = check_identities_of_pairs(groups_test, name="groups_test")
    if train.dtype.kind != test.dtype.kind:  # numbers would silently become strings
        train, test = train.astype(object), test.astype(object)
    codes = codes_of_identities(np.concatenate([train, test]), "groups_train and groups_test")
    train_codes, test_codes = np.split(codes, [len(train)])
    is_trained_on = np.zeros(codes.max(initial=-1) + 1, bool)
    is_trained_on[train_codes] = True
    leaks = is_trained_on[test_codes]
    if not leaks.any():
        return
    shared, first = np.unique(test_codes[leaks], return_index=True)
    names = ", ".join(repr(name) for name in test[leaks][first[:_N_NAMED]].tolist())
    if len(shared) > _N_NAMED:
        names += f" and {len(shared) - _N_NAMED} more"
    raise ValueError(
        f"{len(shared)} of the {len(np.unique(test_codes))} identities of the test pairs "
        f"{'is' if len(shared) == 1 else 'are'} in training pairs, too: "
        f"{names}. Of {len(test)} test pairs, "
        f"{leaks.any(axis=1).sum()} have such an identity, {leaks.all(axis=1).sum()} on both "
        "sides of the pair."
    )
