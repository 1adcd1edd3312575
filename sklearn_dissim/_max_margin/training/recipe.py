"""All values by which a network is trained."""

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
        return {
            name: repr(value)
            for name, value in (objective | training | {"backbone": self.spec}).items()
        }
