"""Backbones by name, and what a user may give for one."""

import inspect
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from sklearn_dissim._max_margin.training.layers import L2Normalize, Standardize
from sklearn_dissim._utils.checks import check_count


@dataclass(frozen=True)
class BackboneSpec:
    """Say which backbone to build: a name, a class or an instance, and its parameters."""

    backbone: Any
    params: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Start:
    """Hold what a backbone by name begins with.

    Parameters
    ----------
    mean, scale : ndarrays of shape (n_features,)
        Of the flattened items.
    basis : ndarray of shape (n_components, n_features), default=None
        The rows to begin a linear map with, the most telling one first.
    unit_length : bool, default=True
        Whether embeddings get length 1, unless the user says otherwise.
    """

    mean: np.ndarray
    scale: np.ndarray
    basis: np.ndarray | None = None
    unit_length: bool = True


def linear_backbone(start, *, n_components=None, unit_length="auto"):
    """Build a linear map of standardised features; it begins with the basis, or orthogonal."""
    n_features = len(start.mean)
    if n_components is None:
        n_components = min(64, n_features)
    check_count(n_components, "backbone__n_components")
    linear = nn.Linear(n_features, n_components)
    nn.init.orthogonal_(linear.weight)
    nn.init.zeros_(linear.bias)
    if start.basis is not None:
        rows = torch.as_tensor(start.basis[:n_components], dtype=linear.weight.dtype)
        with torch.no_grad():
            linear.weight[: len(rows)] = rows
    return nn.Sequential(
        Standardize(start.mean, start.scale), linear, *_last_layer(start, unit_length)
    )


def mlp_backbone(start, *, hidden_layer_sizes=(256,), n_components=64, unit_length="auto"):
    """Build a perceptron with ReLU between its layers, on standardised features."""
    layers: list[nn.Module] = [Standardize(start.mean, start.scale)]
    width = len(start.mean)
    check_count(n_components, "backbone__n_components")
    if not isinstance(hidden_layer_sizes, list | tuple):
        raise ValueError(
            f"backbone__hidden_layer_sizes must be a list of sizes; got {hidden_layer_sizes!r}."
        )
    for size in hidden_layer_sizes:
        check_count(size, "backbone__hidden_layer_sizes")
        layers += [nn.Linear(width, size), nn.ReLU()]
        width = size
    return nn.Sequential(*layers, nn.Linear(width, n_components), *_last_layer(start, unit_length))


def _last_layer(start, unit_length):
    if unit_length not in (True, False, "auto"):
        raise ValueError(
            f"backbone__unit_length must be True, False or 'auto'; got {unit_length!r}."
        )
    unit_length = start.unit_length if unit_length == "auto" else unit_length
    return [L2Normalize()] if unit_length else []


NAMED = {"linear": linear_backbone, "mlp": mlp_backbone}


def build_backbone(spec, start):
    """Build a module that the user's object shares nothing with.

    Parameters
    ----------
    spec : BackboneSpec
    start : callable
        Returns the `Start` of a backbone by name; it is called only for one.

    Returns
    -------
    nn.Module
    """
    backbone, params = spec.backbone, spec.params
    if isinstance(backbone, nn.Module):
        if params:
            raise ValueError(
                f"backbone is an instance of {type(backbone).__name__}; parameters for it "
                f"(backbone__{next(iter(params))}) need its class."
            )
        return deepcopy(backbone)
    if isinstance(backbone, str):
        return _construct(NAMED[backbone], backbone, params, start())
    if inspect.isclass(backbone) and issubclass(backbone, nn.Module):
        return _construct(backbone, backbone.__name__, params)
    raise TypeError(
        "backbone must be None, 'linear', 'mlp', or a torch.nn.Module, class or instance; "
        f"got {backbone!r}."
    )


def _construct(make, name, params, *args):
    try:
        inspect.signature(make).bind(*args, **params)
    except TypeError as error:
        raise TypeError(f"backbone {name!r} cannot be built with {params}: {error}.") from error
    return make(*args, **params)


def was_trained(backbone):
    """Tell whether a user's backbone was trained before, as far as batch normalisation tells."""
    buffers = backbone.named_buffers() if isinstance(backbone, nn.Module) else ()
    return any(name.endswith("num_batches_tracked") and value > 0 for name, value in buffers)


def moments(features, weights=None):
    """Return weighted mean and standard deviation by feature; 1 where a feature is constant."""
    mean = np.average(features, axis=0, weights=weights)
    scale = np.sqrt(np.average(np.square(features - mean), axis=0, weights=weights))
    constant = scale <= 10 * np.finfo(features.dtype).eps * np.abs(mean)
    return mean, np.where(constant, 1.0, scale)
