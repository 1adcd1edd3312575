"""Parameters handed on to a class that an estimator builds: backbone__width=64."""

from inspect import Parameter, signature


class PrefixedParams:
    """Keeps ``<prefix>__*`` keywords as scikit-learn keeps its parameters.

    For an estimator whose ``__init__`` ends in ``**kwargs``, listed before BaseEstimator.
    `_prefixes` names the prefixes.
    """

    _prefixes: tuple[str, ...] = ()

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
                raise TypeError(f"{type(self).__name__} has no parameter {name!r}.")
            setattr(self, name, value)

    def _is_prefixed(self, name):
        return name.startswith(tuple(f"{prefix}__" for prefix in self._prefixes))

    def _prefixed(self):
        return {k: v for k, v in vars(self).items() if self._is_prefixed(k)}

    def _params_for(self, prefix):
        """The parameters of one prefix, without it."""
        start = f"{prefix}__"
        stored = self._prefixed().items()
        return {k.removeprefix(start): v for k, v in stored if k.startswith(start)}

    def get_params(self, deep=True):
        """Parameters by name, prefixed ones among them.

        Parameters
        ----------
        deep : bool, default=True
            Also those of parameters that are estimators.

        Returns
        -------
        dict
        """
        # The checker does not know of BaseEstimator, which comes after this class.
        return super().get_params(deep) | self._prefixed()  # type: ignore[misc]

    def set_params(self, **params):
        """Set parameters, prefixed ones among them.

        Parameters
        ----------
        **params : dict

        Returns
        -------
        self
        """
        prefixed = {k: v for k, v in params.items() if self._is_prefixed(k)}
        own = {k: v for k, v in params.items() if k not in prefixed}
        # As above: it is BaseEstimator's.
        super().set_params(**own)  # type: ignore[misc]
        vars(self).update(prefixed)
        return self
