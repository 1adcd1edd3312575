"""Hand parameters on to a class that an estimator builds: backbone__width=64."""

from inspect import Parameter, signature


class PrefixedParams:
    """Keep ``<prefix>__*`` keywords as scikit-learn keeps its parameters.

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
        """Return the parameters of one prefix, by their names without it."""
        start = f"{prefix}__"
        stored = self._prefixed().items()
        return {k.removeprefix(start): v for k, v in stored if k.startswith(start)}

    def get_params(self, deep=True):
        """Return parameters by name, prefixed ones among them.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return also the parameters of parameters that are estimators.

        Returns
        -------
        dict
            Values by parameter name.
        """
        # mypy does not know that BaseEstimator comes after this class.
        return super().get_params(deep) | self._prefixed()  # type: ignore[misc]

    def set_params(self, **params):
        """Set parameters, prefixed ones among them.

        Parameters
        ----------
        **params : dict
            Values by parameter name.

        Returns
        -------
        self : estimator
            The estimator itself.
        """
        prefixed = {k: v for k, v in params.items() if self._is_prefixed(k)}
        own = {k: v for k, v in params.items() if k not in prefixed}
        # As above, mypy does not see BaseEstimator.
        super().set_params(**own)  # type: ignore[misc]
        vars(self).update(prefixed)
        return self
