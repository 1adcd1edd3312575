"""Backbones by name, and what a user may give for one."""

import inspect
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn


class Standardise(nn.Module):
    """Features less their mean, by their standard deviation; both fixed before training.

    Parameters
    ----------
    mean, scale : ndarray of shape (n_features,)
    """

    def __init__(self, mean, scale):
        super().__init__()
        self.register_buffer("mean", torch.as_tensor(mean))
        self.register_buffer("scale", torch.as_tensor(scale))

    def forward(self, items):
        return (items.flatten(1) - self.mean) / self.scale


@dataclass
class Start:
    """What a backbone by name begins with: mean and scale of the features, and a basis.

    `basis` is None, or has a row a component, the most telling one first.
    """

    mean: np.ndarray
    scale: np.ndarray
    basis: np.ndarray | None = None


def linear_backbone(start, *, n_components=None):
    """A linear map of standardised features; it begins with the basis, or orthogonal."""
    n_features = len(start.mean)
    n_components = n_components or min(64, n_features)
    linear = nn.Linear(n_features, n_components)
    nn.init.orthogonal_(linear.weight)
    nn.init.zeros_(linear.bias)
    if start.basis is not None:
        rows = torch.as_tensor(start.basis[:n_components], dtype=linear.weight.dtype)
        with torch.no_grad():
            linear.weight[: len(rows)] = rows
    return nn.Sequential(Standardise(start.mean, start.scale), linear)


def mlp_backbone(start, *, hidden_layer_sizes=(256,), n_components=64):
    """A perceptron with ReLU between its layers, on standardised features."""
    layers: list[nn.Module] = [Standardise(start.mean, start.scale)]
    width = len(start.mean)
    for size in hidden_layer_sizes:
        layers += [nn.Linear(width, size), nn.ReLU()]
        width = size
    return nn.Sequential(*layers, nn.Linear(width, n_components))


NAMED = {"linear": linear_backbone, "mlp": mlp_backbone}


def build_backbone(backbone, params, start):
    """A new module that the user's object shares nothing with.

    Parameters
    ----------
    backbone : {"linear", "mlp"}, nn.Module class or instance
    params : dict
        For the constructor; an instance has none.
    start : callable
        Returns the `Start` of a backbone by name.

    Returns
    -------
    nn.Module
    """
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


def moments(features, weights=None):
    """Weighted mean and standard deviation by feature; 1 where a feature is constant."""
    mean = np.average(features, axis=0, weights=weights)
    scale = np.sqrt(np.average(np.square(features - mean), axis=0, weights=weights))
    constant = scale <= 10 * np.finfo(features.dtype).eps * np.abs(mean)
    return mean, np.where(constant, 1.0, scale)
