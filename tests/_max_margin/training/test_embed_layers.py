"""What layers of a trained backbone put out."""

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_dissim import MaxMarginPairClassifier
from tests.helpers.networks import ConvNet, small


def test_a_layer_embeds_too(digits):
    items, identities = digits
    clf = small(backbone=ConvNet, max_epochs=1, batch_size=100).fit_identities(items, identities)
    backbone = clf.net_.module_.backbone
    before = str(len(backbone) - 2)
    wide = clf.embed(items, layer=before)
    with torch.no_grad():
        expected = torch.nn.Sequential(*list(backbone)[:-1])(torch.from_numpy(items))
        last = backbone[-1](torch.from_numpy(wide))
    np.testing.assert_allclose(wide, expected.flatten(1), atol=1e-5)
    free = small(backbone=ConvNet, max_epochs=1, finish=None).fit_identities(items, identities)
    np.testing.assert_allclose(free.embed(items), last, atol=1e-5)
    assert not any(module._forward_hooks for module in backbone.modules())
    maps = clf.embed(items, layer="0")  # of a convolution
    assert maps.shape == (len(items), np.prod(backbone[0](torch.from_numpy(items[:1])).shape))


def test_layers_there_are_not(digits, digit_pairs):
    items, identities = digits
    clf = small(backbone=ConvNet, max_epochs=1).fit_identities(items, identities)
    with pytest.raises(ValueError, match=r"layer must be one of the backbone's, \['0'.*got 'head'"):
        clf.embed(items, layer="head")
    pairs, y, _ = digit_pairs
    convex = MaxMarginPairClassifier().fit(pairs, y)
    with pytest.raises(ValueError, match="layer needs a backbone; got layer='0' without one"):
        convex.embed(items, layer="0")


def test_a_layer_that_the_next_one_overwrites(digits):
    items, identities = digits
    backbone = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(inplace=True))
    clf = small(backbone=backbone, max_epochs=1).fit_identities(items, identities)
    linear = clf.net_.module_.backbone[1]
    with torch.no_grad():
        expected = linear(torch.from_numpy(items).flatten(1))
    np.testing.assert_allclose(clf.embed(items, layer="1"), expected, atol=1e-5)


class LastState(nn.Module):
    """A recurrent network over the rows of a picture; its cell puts out a tuple."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRU(8, 16, batch_first=True)

    def forward(self, images):
        return self.cell(images.flatten(1, 2))[1][0]


def test_layers_that_put_out_no_tensor(digits):
    items, identities = digits
    clf = small(backbone=LastState, max_epochs=1).fit_identities(items, identities)
    with pytest.raises(ValueError, match="layer 'cell' must put out a tensor; got a tuple"):
        clf.embed(items, layer="cell")
