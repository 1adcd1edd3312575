"""Hold the docstrings of all public names to numpydoc's rules."""

import inspect
import re
from importlib import import_module

import pytest

import sklearn_dissim

validate = pytest.importorskip("numpydoc.validate", reason="needs the extra 'test'").validate

IGNORED = {
    "ES01": "A short summary may say all there is to say.",
    "RT02": "As in scikit-learn, a method that returns the estimator says `self : MyEstimator`.",
}
IGNORED_OF_MEMBERS = {
    "SA01": "The section See Also stands with the class.",
    "EX01": "The examples of a class show its methods too.",
}
SUBPACKAGES = [
    *(name for name in sklearn_dissim.__all__ if inspect.ismodule(getattr(sklearn_dissim, name))),
    "layers",  # which imports torch, and so is not among the names of the package
]


def public_paths():
    """Yield the path of each public class and function, and of the members of classes."""
    for home in ["sklearn_dissim", *(f"sklearn_dissim.{name}" for name in SUBPACKAGES)]:
        module = import_module(home)
        for name in module.__all__:
            value = getattr(module, name)
            # Scorers are instances, which have no docstring of their own.
            if inspect.isclass(value) or inspect.isfunction(value):
                yield f"{home}.{name}"
            if inspect.isclass(value):
                yield from (f"{home}.{name}.{member}" for member in members_of(value))


def members_of(cls):
    """Return the public methods and properties that a class has from this package."""
    bases = [base for base in cls.__mro__ if base.__module__.startswith("sklearn_dissim")]
    members = {name: value for base in bases for name, value in vars(base).items()}
    # scikit-learn writes set_fit_request and the like, with their docstrings.
    generated = re.compile("_|set_.*_request$")
    return sorted(
        name
        for name, value in members.items()
        if not generated.match(name)
        and (isinstance(value, property) or callable(getattr(cls, name)))
    )


@pytest.mark.parametrize("path", list(public_paths()))
def test_docstrings_follow_numpydoc(path):
    is_member = any(part[0].isupper() for part in path.split(".")[:-1])
    ignored = {**IGNORED, **(IGNORED_OF_MEMBERS if is_member else {})}
    errors = [f"{code}: {text}" for code, text in validate(path)["errors"] if code not in ignored]
    assert not errors, "\n".join(errors)


def test_no_rule_is_ignored_for_nothing():
    codes = {code for path in public_paths() for code, _ in validate(path)["errors"]}
    assert {*IGNORED, *IGNORED_OF_MEMBERS} <= codes
