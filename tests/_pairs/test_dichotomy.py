import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from torch import nn

from sklearn_dissim import DichotomyTransformer, IndexedPairs, MaxMarginPairClassifier
from tests.conftest import KINDS, convert


class Backbone(nn.Module):
    """Flattens, projects on three features, and counts the items it has seen."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(20, 3), nn.Dropout(0.5))
        self.seen = []

    def forward(self, x):
        self.seen.append(len(x))
        return self.body(x)


def by_hand(backbone, images):
    backbone = backbone.eval()
    with torch.no_grad():
        left, right = (
            backbone.body(torch.tensor(images.items[side])).numpy() for side in images.indices.T
        )
    return np.abs(left - right)


@pytest.mark.parametrize("difference", ["absolute", "squared"])
def test_all_kinds_give_the_same_vectors(iris, difference):
    expected = None
    for kind in KINDS[:3]:
        vectors = DichotomyTransformer(difference).fit_transform(convert(iris[0], kind))
        expected = vectors if expected is None else expected
        np.testing.assert_allclose(vectors, expected)
    assert vectors.shape == (len(iris[1]), 4)


def test_vectors_pass_through(iris):
    vectors = convert(iris[0], "vectors")
    np.testing.assert_array_equal(DichotomyTransformer("squared").fit_transform(vectors), vectors)


def test_names(iris):
    frame = convert(iris[0], "frame")
    fitted = DichotomyTransformer("squared").fit(frame).set_output(transform="pandas")
    assert fitted.get_feature_names_out().tolist() == [f"f{k}__squared" for k in range(4)]
    out = fitted.transform(frame.set_index(frame.index + 5))
    assert out.columns.tolist() == [f"f{k}__squared" for k in range(4)]
    assert out.index[0] == 5
    fitted = DichotomyTransformer().fit(iris[0])
    assert fitted.get_feature_names_out()[0] == "x0__absolute"
    assert fitted.get_feature_names_out(["a", "b", "c", "d"])[3] == "d__absolute"
    with pytest.raises(ValueError, match=r"number of features \(4\), got 2"):
        fitted.get_feature_names_out(["a", "b"])


def test_single_precision_stays(images):
    assert DichotomyTransformer().fit_transform(images).dtype == np.float32


def test_backbone_embeds_each_item_once(images):
    torch.manual_seed(0)
    transformer = DichotomyTransformer(backbone=Backbone(), batch_size=4, device="cpu")
    transformer.fit(images)
    transformer.backbone_.seen.clear()
    vectors = transformer.transform(images)
    used = len(np.unique(images.indices))
    assert transformer.backbone_.seen == [4, used - 4]
    np.testing.assert_allclose(vectors, by_hand(transformer.backbone, images), rtol=1e-5)
    array = transformer.transform(np.asarray(images))
    np.testing.assert_allclose(array, vectors, rtol=1e-5)
    assert transformer.get_feature_names_out().tolist() == [
        f"embedding{k}__absolute" for k in range(3)
    ]


def test_the_given_backbone_is_left_alone(images):
    backbone = Backbone().train()
    before = {k: v.clone() for k, v in backbone.state_dict().items()}
    DichotomyTransformer(backbone=backbone).fit_transform(images)
    assert backbone.training
    assert backbone.seen == []
    assert all(p.requires_grad for p in backbone.parameters())
    for name, value in backbone.state_dict().items():
        torch.testing.assert_close(value, before[name])


def test_backbone_in_double_precision(images):
    items = images.items.astype(np.float64)
    pairs = IndexedPairs(items, images.indices)
    vectors = DichotomyTransformer(backbone=Backbone().double()).fit_transform(pairs)
    assert vectors.shape == (12, 3)


def test_backbone_in_a_pipeline(images):
    vectors = DichotomyTransformer(backbone=Backbone())
    y = np.arange(12) % 2
    MaxMarginPairClassifier().fit(clone(vectors).fit_transform(images), y)


def test_vectors_pass_by_the_backbone(iris):
    vectors = convert(iris[0], "vectors")
    transformer = DichotomyTransformer(backbone=nn.Identity())
    np.testing.assert_array_equal(transformer.fit_transform(vectors), vectors)


def test_frames_reach_the_backbone(iris):
    frame = convert(iris[0], "frame")
    vectors = DichotomyTransformer(backbone=nn.Identity()).fit_transform(frame)
    np.testing.assert_allclose(vectors, convert(iris[0], "vectors"), rtol=1e-5)
    assert isinstance(frame, pd.DataFrame)


def test_images_of_another_shape(images):
    pooled = nn.Sequential(nn.MaxPool2d(2), nn.Flatten())
    transformer = DichotomyTransformer(backbone=pooled).fit(images)
    other = IndexedPairs(images.items.reshape(6, 10, 2), images.indices)
    assert transformer.transform(images).shape == (12, 4)
    with pytest.raises(ValueError, match=r"backbone gives 5 features .* 4 for those"):
        transformer.transform(other)


class Nowhere(nn.Module):
    def forward(self, x):
        return x.flatten(1) / 0


@pytest.mark.parametrize(
    ("backbone", "error", "message"),
    [
        (nn.Identity(), ValueError, r"shape \(\d, n_features\); got Tensor of shape \(\d, 4, 5\)"),
        (nn.Sequential(nn.Flatten(), nn.Linear(7, 2)), ValueError, "backbone failed on a batch"),
        (Nowhere(), ValueError, "backbone returned NaN or infinity"),
        (np.mean, TypeError, "backbone must be a torch.nn.Module instance or None"),
        ("resnet", ValueError, "'backbone' parameter of DichotomyTransformer"),
    ],
)
def test_bad_backbones(images, backbone, error, message):
    with pytest.raises(error, match=message):
        DichotomyTransformer(backbone=backbone).fit(images)


def test_a_device_that_is_not_there(images):
    with pytest.raises(ValueError, match="device 'cuda:99' is not available here"):
        DichotomyTransformer(backbone=Backbone(), device="cuda:99").fit(images)
