"""All values by which a network is trained."""

import re
from dataclasses import asdict, dataclass, fields
from typing import Any

from sklearn_dissim._max_margin.objective import Objective
from sklearn_dissim._max_margin.training.backbones import BackboneSpec
from sklearn_dissim._utils.params import given_params

# They change where training runs, where it is saved and what follows it, not what is learned.
_NOT_DECISIVE = {"checkpoint_dir", "device", "finish"}


@dataclass(frozen=True)
class Recipe:
    """Hold the values by which a network is trained and can be rebuilt.

    Parameters
    ----------
    objective : Objective
    training : Training
        A copy of the user's.
    spec : BackboneSpec
    vectors : bool
        Whether the backbone takes dissimilarity vectors, not items.
    """

    objective: Objective
    training: Any
    spec: BackboneSpec
    vectors: bool

    def decisive(self):
        """Return, in words, the values that decide what is learned.

        A value at its default is left out, so that a new parameter does not change the name
        of every checkpoint.
        """
        defaults = {field.name: field.default for field in fields(Objective)}
        objective = {k: v for k, v in asdict(self.objective).items() if v != defaults[k]}
        training = given_params(self.training).items()
        training = {k: v for k, v in training if k not in _NOT_DECISIVE}
        values = objective | training | {"backbone": self.spec}
        return {name: in_words(value) for name, value in values.items()}


def in_words(value):
    """Describe a value by what it holds, and not by where it lies in memory."""
    if isinstance(value, list | tuple):
        return [in_words(element) for element in value]
    if hasattr(value, "get_params") and not isinstance(value, type):  # skorch's callbacks too
        params = value.get_params(deep=False).items()
        return [type(value).__qualname__, {name: in_words(v) for name, v in params}]
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
