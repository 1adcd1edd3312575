"""From an estimator's parameters to a network and its net; from a network to scores."""

import warnings
from copy import deepcopy
from functools import partial

import numpy as np
import torch

from sklearn_dissim._kernels.dissimilarity_matrix import dissimilarity_matrix
from sklearn_dissim._max_margin.training.backbones import Start, build_backbone, moments
from sklearn_dissim._max_margin.training.net import PairNet
from sklearn_dissim._max_margin.training.pair_module import PairModule
from sklearn_dissim._pairs.scatter import pair_scatter, whitening_basis
from sklearn_dissim._utils.progress import Progress
from sklearn_dissim._utils.torch_batches import embed, resolve_device

_SHRINKAGE = 0.3  # as in PairWhitening
_LARGEST_BASIS = 2000  # features; beyond, finding the basis would take minutes
_FAR = 1e5  # standard deviations from 0, where single precision keeps two digits of them
OPTIMIZERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}


def build_module(settings, task, device):
    """A new `PairModule` for the task's items, on the device."""
    dtype = torch.float64 if settings.precision == "float64" else torch.float32
    backbone = build_backbone(
        settings.backbone, settings._params_for("backbone"), lambda: _start(task, dtype)
    )
    backbone = backbone.to(device, dtype)
    modes = [(layer, layer.training) for layer in backbone.modules()]
    probe = embed(backbone.eval(), task.items[:2], batch_size=2, device=device, dtype=dtype)
    for layer, mode in modes:
        layer.training = mode
    return _pair_module(settings, backbone, probe.shape[1], task.vectors).to(device, dtype)


def _start(task, dtype):
    flat = task.items.reshape(len(task.items), -1).astype(np.float64, copy=False)
    mean, scale = moments(flat, task.weights)
    if dtype == torch.float32 and (np.abs(mean) > _FAR * scale).any():
        feature = int(np.argmax(np.abs(mean) / scale))
        warnings.warn(
            f"Feature {feature} varies by {scale[feature]:.1g} about {mean[feature]:.1g}, too "
            "little for single precision; subtract its mean, or take precision='float64'.",
            stacklevel=10,
        )
    if task.vectors or flat.shape[1] > _LARGEST_BASIS:
        return Start(mean, scale)
    indices, signs, weights = task.labelled_pairs()
    standardised = (flat - mean) / scale
    if len(np.unique(signs)) < 2:
        return Start(mean, scale)
    same, different = (
        pair_scatter(standardised, indices[signs == sign], weights[signs == sign])
        for sign in (1, -1)
    )
    if not np.trace(same) > 0:
        return Start(mean, scale)
    return Start(mean, scale, whitening_basis(same, different, _SHRINKAGE)[0])


def go_on(settings, module, vectors):
    """A trained network under settings that may have changed, but not in the backbone."""
    new = _pair_module(settings, deepcopy(module.backbone), len(module.weight), vectors)
    new = new.to(module.weight.device, module.weight.dtype)
    new.load_state_dict(module.state_dict())
    new.project()
    return new


def _pair_module(settings, backbone, n_features, vectors):
    auto = settings.nonpositive == "auto"
    return PairModule(
        backbone,
        n_features,
        difference=settings.difference,
        normalize="none" if vectors else _normalization(settings),
        nonpositive=not vectors if auto else settings.nonpositive,
        max_norm=settings.max_norm,
    )


def _normalization(settings):
    if settings.normalize == "auto":
        return "l2" if isinstance(settings.backbone, str) else "none"
    return settings.normalize


def make_net(settings, module, device, **options):
    """An initialised skorch net around the module."""
    optimizer, params = settings.optimizer, settings._params_for("optimizer")
    if optimizer in ("adam", "adamw") and "foreach" not in params:
        params = {"fused": True} | params  # one pass over memory instead of one an operation
    return PairNet(
        module,
        optimizer=OPTIMIZERS[optimizer] if isinstance(optimizer, str) else optimizer,
        lr=_learning_rate(settings),
        callbacks=deepcopy(settings.callbacks),
        device=str(device),
        train_split=None,
        verbose=0,
        **options,
        **{f"optimizer__{k}": v for k, v in params.items()},
    ).initialize()


def _learning_rate(settings):
    if settings.lr != "auto":
        return settings.lr
    backbone = settings.backbone
    buffers = backbone.named_buffers() if isinstance(backbone, torch.nn.Module) else ()
    trained = any(name.endswith("num_batches_tracked") and value > 0 for name, value in buffers)
    return 0.001 if trained else 0.02


def training_options(settings, task, batches, device):
    """What a net's steps depend on."""
    precision = settings.precision
    cost = 1.0 if settings.C == "auto" else settings.C
    return {
        "loss_params": {
            "margin": settings.margin,
            "squared": settings.loss == "squared_hinge",
            "negatives": task.negatives,
            "n_hard": settings.n_hard,
        },
        "penalty": 1.0 / (cost * batches.total_weight),
        "mixed_precision": precision == "mixed" or (precision == "auto" and device.type == "cuda"),
    }


def arrays_of(module, vectors):
    """A network's state as arrays, to be pickled without torch's own objects."""
    state = {name: value.cpu().numpy() for name, value in module.state_dict().items()}
    return {"state": state, "vectors": vectors}


def net_of(settings, arrays, n_inputs, history):
    """The net of `arrays_of`, trained by such settings; its optimizer begins anew."""
    state = {name: torch.from_numpy(np.array(value)) for name, value in arrays["state"].items()}
    n_features = len(state["weight"])
    with torch.random.fork_rng(devices=[]):
        backbone = build_backbone(
            settings.backbone,
            settings._params_for("backbone"),
            lambda: Start(np.zeros(n_inputs), np.ones(n_inputs)),
        )
    module = _pair_module(settings, backbone, n_features, arrays["vectors"])
    module.to(state["weight"].dtype).load_state_dict(state)
    net = make_net(
        settings,
        module.eval(),
        resolve_device(settings.device),
        loss_params={},
        penalty=0.0,
        mixed_precision=False,
    )
    net.history.extend({**row, "batches": []} for row in history)
    return net


def embed_items(module, items, *, batch_size, layer=None, verbose=0):
    """Embeddings of items by a trained `PairModule`, or a layer's outputs, as an array."""
    module.eval()
    function = module.embed if layer is None else partial(module.layer_outputs, layer=layer)
    with Progress("Embedding items", len(items), verbose) as progress:
        return embed(
            function,
            items,
            batch_size=batch_size,
            device=module.weight.device,
            dtype=module.weight.dtype,
            progress=progress,
        )


def pair_scores(module, pairs, batch_size):
    """Scores of checked pairs, as an array."""
    if isinstance(pairs, np.ndarray):
        pairs = embed_items(module, pairs, batch_size=batch_size)
    else:
        used = pairs.compact()
        pairs = used.over(embed_items(module, used.items, batch_size=batch_size))
    weights = module.weight.detach().cpu().numpy()
    return dissimilarity_matrix(pairs, module.difference).dot(weights) + module.bias.item()
