"""Find the distinct values of a column, and make all of them one type."""

from typing import NamedTuple

import numpy as np

_MAX_EXACT = 2**53  # larger whole numbers are rounded as floats


class DistinctValues(NamedTuple):
    """Hold the known values of a column, each once, and which record has which.

    Attributes
    ----------
    storage : {"string", "number", "date", "boolean", "category", "collection", "vector"}
        How the values are stored, as their Python types tell.
    values : ndarray of shape (n_values, ...)
    codes : ndarray of shape (n_records,)
        The position of each record's value; -1 where it is missing.
    """

    storage: str
    values: np.ndarray
    codes: np.ndarray


def distinct_values(series, name):
    """Return the distinct values of a pandas Series; blank strings are missing.

    Parameters
    ----------
    series : Series
    name : str
        Name of the column, for messages.

    Returns
    -------
    DistinctValues
    """
    import pandas as pd

    declared = isinstance(series.dtype, pd.CategoricalDtype)
    if declared:
        series = pd.Series(np.asarray(series.cat.rename_categories(str)), dtype=object)
    codes, values = _factorized(series, name)
    storage, values = _uniform(values, name)
    if storage == "string":
        present = np.array([value != "" and not value.isspace() for value in values], dtype=bool)
        codes = np.append(np.where(present, np.cumsum(present) - 1, -1), -1)[codes]
        values = values[present]
    return DistinctValues("category" if declared else storage, values, codes.astype(np.int32))


def _factorized(series, name):
    """Return codes of records and distinct values, as pandas.factorize does, of any cells."""
    import pandas as pd

    try:
        return pd.factorize(series)
    except TypeError:  # lists, sets and arrays cannot be hashed
        series = series.map(_hashable)
    try:
        return pd.factorize(series)
    except TypeError as error:
        raise ValueError(
            f"column {name!r} holds values that cannot be compared: {error}."
        ) from None


def _hashable(cell):
    if isinstance(cell, (list, np.ndarray)):
        return tuple(cell)
    return frozenset(cell) if isinstance(cell, set) else cell


def _uniform(values, name):
    """Return the storage of values and the values as one array; refuse a mixture of types."""
    import pandas as pd

    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred in ("integer", "floating", "mixed-integer-float", "decimal"):
        if inferred == "integer" and len(values) and max(map(abs, values.tolist())) > _MAX_EXACT:
            return "string", np.array([str(value) for value in values], dtype=object)
        return "number", np.asarray(values, dtype=np.float64)
    if inferred in ("datetime64", "datetime", "date"):
        return "date", _dates(values, name)
    values = np.asarray(values, dtype=object)
    if inferred in ("string", "empty"):
        return "string", values
    if inferred == "boolean":
        return "boolean", values.astype(str).astype(object)
    if all(isinstance(value, (tuple, frozenset)) for value in values):
        return "collection", values
    raise ValueError(f"column {name!r} {_mixture(values)}.")


def _mixture(values):
    """Return the words about values of types that are not compared, alone or together."""
    types = {type(value).__name__: value for value in values[::-1]}
    if len(types) == 1:
        return f"holds values of type {next(iter(types))}, which are not compared; make them text"
    examples = ", ".join(f"{kind} ({str(value)[:20]!r})" for kind, value in sorted(types.items()))
    return f"must hold values of one type; it has {examples}"


def _dates(values, name):
    """Return datetime64 without a zone, in UTC where the values have one."""
    import pandas as pd

    if values.dtype.kind == "O":
        naive = {getattr(value, "tzinfo", None) is None for value in values}
        if len(naive) > 1:
            raise ValueError(
                f"column {name!r} has dates with and without a time zone; give all one, or none."
            )
        values = pd.to_datetime(pd.Index(values), utc=not naive.pop())
    values = pd.DatetimeIndex(values)
    if values.tz is not None:
        values = values.tz_convert("UTC").tz_localize(None)
    return values.to_numpy().astype("datetime64[us]")
