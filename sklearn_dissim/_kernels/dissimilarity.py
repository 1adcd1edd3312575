"""The dichotomy transformation: what makes one vector of two items.

The functions work alike on numpy arrays and torch tensors.
"""

DIFFERENCES = ("absolute", "squared", "relative")


def dissimilarity(left, right, difference="absolute"):
    """Dissimilarity vectors of paired items.

    Parameters
    ----------
    left, right : array or tensor of shape (..., n_features)
        The two sides of the pairs.
    difference : {"absolute", "squared", "relative"}, default="absolute"
        ``|q - r|`` [1]_ [2]_, ``(q - r)^2`` or ``|q - r| / (|q| + |r|)``
        (the terms of the Canberra distance; 0 where both are 0).

    Returns
    -------
    array or tensor of shape (..., n_features)

    References
    ----------
    .. [1] S.-H. Cha and S. N. Srihari, "Writer identification: statistical
       analysis and dichotomizer", SSPR/SPR 2000.
    .. [2] "Image Retrieval Methods in the Dissimilarity Space",
       arXiv:2412.08618.
    """
    gap = left - right
    if difference == "squared":
        return gap * gap
    if difference == "absolute":
        return abs(gap)
    total = abs(left) + abs(right)
    return abs(gap) / (total + (total == 0))
