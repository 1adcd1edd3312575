"""check_identity_leakage: whether a split of the user's own keeps identities apart."""

import numpy as np

from sklearn_dissim._pairs.validation import (
    check_identities_of_pairs,
    codes_of_identities,
)

_SHOWN = 5


def check_identity_leakage(groups_train, groups_test):
    """Refuse a split that has an identity on both sides.

    For splits made elsewhere: shipped with the data, by date, by hand. Says nothing where
    they are sound.

    Parameters
    ----------
    groups_train : array-like of shape (n_train, 2), or DataFrame of two columns
        Both identities of each training pair, integers or strings.
    groups_test : array-like of shape (n_test, 2), or DataFrame of two columns
        The same of the test pairs.

    Raises
    ------
    ValueError
        If they share identities: how many and the first few of them, and how many test pairs
        have one or two of them. Also if an identity is unknown (-1, NaN or None), since it
        may be on both sides.
    TypeError
        If identities are strings on one side, numbers on the other.

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
    seen = np.zeros(codes.max(initial=-1) + 1, bool)
    seen[codes[: len(train)]] = True
    tested = codes[len(train) :]
    leaks = seen[tested]
    if not leaks.any():
        return
    shared, first = np.unique(tested[leaks], return_index=True)
    names = ", ".join(repr(name) for name in test[leaks][first[:_SHOWN]].tolist())
    if len(shared) > _SHOWN:
        names += f" and {len(shared) - _SHOWN} more"
    raise ValueError(
        f"{len(shared)} of the {len(np.unique(tested))} identities of the test pairs "
        f"{'is' if len(shared) == 1 else 'are'} in training pairs, too: "
        f"{names}. Of {len(tested)} test pairs, "
        f"{leaks.any(axis=1).sum()} have such an identity, {leaks.all(axis=1).sum()} on both "
        "sides of the pair."
    )
