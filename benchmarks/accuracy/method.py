"""Describe a method of the table, and the rows that one training of it gives."""

from collections.abc import Callable
from dataclasses import dataclass, field


class DidNotFinish(RuntimeError):
    """Say why a method could not be fitted, or not in time."""


@dataclass(frozen=True)
class Method:
    """Hold what is fitted, and how.

    Parameters
    ----------
    name : str
    family : {"distance", "metric learning", "loss", "classifier", "ours"}
    configs : callable
        From a `Column` to the configurations to choose from, at most three.
    fit : callable
        ``fit(column, part, config, seed)`` learns from a part and returns a function that
        takes another part of n items to its scores, (n, n), higher for more alike; or to a
        dictionary of scores by variant, where one training can score in several ways.
    trains : bool
        Whether it uses the column's network and items, and not its features alone.
    random : bool
        Whether seeds make a difference.
    rows : dict
        Rows of the table, and of each the variants that it chooses from; default: one row of
        the method's name that chooses from all.
    """

    name: str
    family: str
    configs: Callable
    fit: Callable
    trains: bool = False
    random: bool = False
    rows: dict = field(default_factory=dict)

    def variants(self):
        """Return the rows and their variants; None: all."""
        return self.rows or {self.name: None}
