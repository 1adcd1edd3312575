"""Parameters of estimators: those under a prefix, those that differ from their defaults."""

from difflib import get_close_matches
from inspect import Parameter, signature


class PrefixedParams:
    """Keep ``<prefix>__*`` keywords as scikit-learn keeps its parameters.

    It is listed before BaseEstimator by an estimator whose ``__init__`` ends in ``**kwargs``.
    `_prefixes` names the prefixes. `_nested` maps parameters to the class of which one is made
    when its parameters are set while it is None. `_moved` maps names that a user may try to
    what stands for them, for the error that says so.
    """

    _prefixes: tuple[str, ...] = ()
    _nested: dict[str, "type[PrefixedParams]"] = {}
    _moved: dict[str, str] = {}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # scikit-learn takes each name in the signature for a parameter, **kwargs too.
        if "__init__" not in vars(cls):
            return
        shown = signature(vars(cls)["__init__"])
        named = [p for p in shown.parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
        vars(cls)["__init__"].__signature__ = shown.replace(parameters=named)

    def _store_prefixed(self, params):
        for name, value in params.items():
            if not self._is_prefixed(name):
                raise TypeError(self._unknown(name))
            setattr(self, name, value)

    def _is_prefixed(self, name):
        return name.startswith(tuple(f"{prefix}__" for prefix in self._prefixes))

    def _unknown(self, name):
        """Say that there is no such parameter, and what may have been meant."""
        message = f"{type(self).__name__} has no parameter {name!r}."
        if name in self._moved:
            return f"{message} {self._moved[name]}"
        for parent, kind in self._nested.items():
            child = name.removeprefix(f"{parent}__")
            if child != name or name.startswith(tuple(f"{p}__" for p in kind._prefixes)):
                return f"{message} It is one of {parent}={kind.__name__}({child}=...)."
        nearest = get_close_matches(name, list(signature(type(self)).parameters), n=1)
        return f"{message} Did you mean {nearest[0]!r}?" if nearest else message

    def _prefixed(self):
        return {k: v for k, v in vars(self).items() if self._is_prefixed(k)}

    def _params_for(self, prefix):
        """Return the parameters of one prefix, without it."""
        start = f"{prefix}__"
        stored = self._prefixed().items()
        return {k.removeprefix(start): v for k, v in stored if k.startswith(start)}

    def get_params(self, deep=True):
        """Get the parameters by name, prefixed ones among them.

        Parameters
        ----------
        deep : bool, default=True
            Also get the parameters of parameters that are estimators.

        Returns
        -------
        dict
            Values by name.
        """
        # The checker does not know of BaseEstimator, which comes after this class.
        return super().get_params(deep) | self._prefixed()  # type: ignore[misc]

    def set_params(self, **params):
        """Set parameters, prefixed ones among them.

        Parameters
        ----------
        **params : dict
            Values by name.

        Returns
        -------
        self : estimator
            The estimator itself.
        """
        prefixed = {k: v for k, v in params.items() if self._is_prefixed(k)}
        own = {k: v for k, v in params.items() if k not in prefixed}
        known = signature(type(self)).parameters
        for name in own:
            if name.partition("__")[0] not in known:
                raise ValueError(self._unknown(name))
        for name, kind in self._nested.items():
            below = any(k.startswith(f"{name}__") for k in own)
            if below and own.get(name, getattr(self, name)) is None:
                own[name] = kind()
        # As above: it is BaseEstimator's.
        super().set_params(**own)  # type: ignore[misc]
        vars(self).update(prefixed)
        return self


def given_params(estimator):
    """Return the parameters whose values differ from their defaults.

    Parameters
    ----------
    estimator : BaseEstimator

    Returns
    -------
    dict
        Values by name.
    """
    defaults = {name: p.default for name, p in signature(type(estimator)).parameters.items()}
    params = estimator.get_params(deep=False).items()
    return {name: value for name, value in params if not _equal(value, defaults.get(name, _NONE))}


_NONE = object()


def _equal(value, default):
    # Equality alone would call 1.0 and True equal, and fail for arrays.
    return value is default or (type(value) is type(default) and repr(value) == repr(default))


def refuse_given(estimator, names, what):
    """Refuse parameters that a fit would ignore, where they differ from their defaults.

    Parameters
    ----------
    estimator : BaseEstimator
    names : collection of str
    what : str
        What each of them needs, for the message.
    """
    for name, value in given_params(estimator).items():
        if name in names:
            raise ValueError(f"{name}={value!r} needs {what}.")
