"""Rules, candidates and links of a RecordMatcher, as frames of the user's tables."""

from sklearn_dissim.tables.blocking._blocking_text import NearestText
from sklearn_dissim.tables.blocking._tables import Tables


def default_rules(left, right, comparisons):
    """Return a rule of all columns that both tables have, but for those that are dropped.

    Parameters
    ----------
    left : DataFrame of pandas or Polars
    right : DataFrame of pandas or Polars, or None
    comparisons : "auto", dict, TableDichotomyTransformer or None
        Parameter of the RecordMatcher.

    Returns
    -------
    NearestText
    """
    choices = getattr(comparisons, "comparisons", comparisons)
    choices = choices if isinstance(choices, dict) else {}
    columns = Tables(left, right).shared_columns
    return NearestText([name for name in columns if choices.get(name) != "drop"])


def with_columns_of_fit(pairs, names):
    """Return pairs of records with only the columns seen in fit.

    Parameters
    ----------
    pairs : IndexedPairs over a DataFrame
    names : array of str or None
        Columns seen in fit; None leaves the pairs as they are.

    Returns
    -------
    IndexedPairs
    """
    if names is None:
        return pairs
    missing = [name for name in names if name not in pairs.items.columns]
    if missing:
        raise ValueError(f"left and right must have the columns seen in fit; they lack {missing}.")
    return pairs.over(pairs.items[list(names)])


def links_frame(indices, scores, left, right):
    """Return links by position and by index label, with their scores.

    Parameters
    ----------
    indices : ndarray of int, shape (n_links, 2)
    scores : ndarray of shape (n_links,)
    left : DataFrame of pandas or Polars
    right : DataFrame of pandas or Polars, or None
        None where both records are in `left`.

    Returns
    -------
    DataFrame
        With the columns left, right, left_index, right_index and score.
    """
    import pandas as pd

    columns = {"left": indices[:, 0], "right": indices[:, 1]}
    for side, table in (("left", left), ("right", left if right is None else right)):
        labels = getattr(table, "index", pd.RangeIndex(table.shape[0]))
        columns[f"{side}_index"] = labels[columns[side]].to_numpy()
    return pd.DataFrame(columns | {"score": scores})
