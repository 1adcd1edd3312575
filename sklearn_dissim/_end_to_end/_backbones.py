"""Backbones by name, and what a user may give for one."""

import inspect
from copy import deepcopy

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


def linear_backbone(mean, scale, *, n_components=None):
    """A linear map of standardised features, orthogonal to begin with."""
    n_components = n_components or min(64, len(mean))
    linear = nn.Linear(len(mean), n_components)
    nn.init.orthogonal_(linear.weight)
    nn.init.zeros_(linear.bias)
    return nn.Sequential(Standardise(mean, scale), linear)


def mlp_backbone(mean, scale, *, hidden_layer_sizes=(256,), n_components=64):
    """A perceptron with ReLU between its layers, on standardised features."""
    layers, width = [Standardise(mean, scale)], len(mean)
    for size in hidden_layer_sizes:
        layers += [nn.Linear(width, size), nn.ReLU()]
        width = size
    return nn.Sequential(*layers, nn.Linear(width, n_components))


NAMED = {"linear": linear_backbone, "mlp": mlp_backbone}


def build_backbone(backbone, params, moments):
    """A new module that the user's object shares nothing with.

    Parameters
    ----------
    backbone : {"linear", "mlp"}, nn.Module class or instance
    params : dict
        For the constructor; an instance has none.
    moments : callable
        Returns mean and scale of the items' features, for backbones by name.

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
        return _construct(NAMED[backbone], backbone, params, *moments())
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
