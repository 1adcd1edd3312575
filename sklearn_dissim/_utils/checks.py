"""Checks of numbers that the user gives."""

from numbers import Integral, Real


def is_count(value, *, least=1, most=None):
    """Tell whether a value is a whole number, but no bool, within both bounds.

    Parameters
    ----------
    value : object
    least : int, default=1
    most : int, default=None
        None sets no upper bound.

    Returns
    -------
    bool
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        return False
    return bool(value >= least and (most is None or value <= most))


def check_count(value, name, *, least=1, most=None):
    """Refuse what is no whole number within both bounds.

    Parameters
    ----------
    value : object
    name : str
        Name of the parameter, for the message.
    least : int, default=1
    most : int, default=None
        None sets no upper bound.

    Raises
    ------
    ValueError
    """
    if not is_count(value, least=least, most=most):
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be a whole number {bounds}; got {value!r}.")


def check_share(value, name):
    """Refuse what is no number from 0 to 1.

    Parameters
    ----------
    value : object
    name : str
        Name of the parameter, for the message.

    Raises
    ------
    ValueError
    """
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 <= float(value) <= 1:
        raise ValueError(f"{name} must be a number from 0 to 1; got {value!r}.")
