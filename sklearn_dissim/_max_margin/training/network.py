"""From values to a network and its skorch net; from a network to embeddings and scores."""

from copy import deepcopy
from functools import partial

import numpy as np
import torch

from sklearn_dissim._kernels.dissimilarity_matrix import dissimilarity_matrix
from sklearn_dissim._max_margin.training.backbones import (
    Start,
    build_backbone,
    moments,
    was_trained,
)
from sklearn_dissim._max_margin.training.net import PairNet, overruled_schedule
from sklearn_dissim._max_margin.training.pair_module import PairModule
from sklearn_dissim._pairs.containers import map_items
from sklearn_dissim._pairs.indexed_pairs import IndexedPairs
from sklearn_dissim._pairs.pair_whitening import PairWhitening
from sklearn_dissim._utils.progress import Progress
from sklearn_dissim._utils.torch_batches import embed, resolve_device
from sklearn_dissim._utils.user_warnings import warn_user

_LARGEST_BASIS = 2000  # features; beyond, finding the basis would take minutes
_FAR = 1e5  # standard deviations from 0, where single precision keeps two digits of them
OPTIMIZERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}


def build_module(spec, objective, task, precision, device):
    """Build a `PairModule` for the task's items, on the device.

    Parameters
    ----------
    spec : BackboneSpec
    objective : Objective
    task : Task
    precision : str
        As in `Training`.
    device : torch.device

    Returns
    -------
    PairModule
    """
    dtype = _dtype(precision)
    backbone = build_backbone(spec, lambda: _start(task, dtype)).to(device, dtype)
    modes = [(layer, layer.training) for layer in backbone.modules()]
    probe = embed(backbone.eval(), task.items[:2], batch_size=2, device=device, dtype=dtype)
    for layer, mode in modes:
        layer.training = mode
    return PairModule(backbone, probe.shape[1], objective).to(device, dtype)


def _start(task, dtype):
    """Return what a backbone by name begins with: the basis of `PairWhitening`, if it can."""
    flat = task.items.reshape(len(task.items), -1).astype(np.float64, copy=False)
    mean, scale = moments(flat, task.weights)
    if dtype == torch.float32 and (np.abs(mean) > _FAR * scale).any():
        feature = int(np.argmax(np.abs(mean) / scale))
        warn_user(
            f"Feature {feature} varies by {scale[feature]:.1g} about {mean[feature]:.1g}, too "
            "little for single precision; subtract its mean, or take precision='float64'."
        )
    if task.vectors or flat.shape[1] > _LARGEST_BASIS:
        return Start(mean, scale, unit_length=not task.vectors)
    indices, signs, weights = task.labelled_pairs()
    pairs = IndexedPairs((flat - mean) / scale, indices)
    if len(np.unique(signs)) < 2 or not same_pairs_differ(pairs, signs):
        return Start(mean, scale)
    whitening = PairWhitening().fit(pairs, signs, sample_weight=weights)
    return Start(mean, scale, whitening.components_)


def same_pairs_differ(pairs, signs):
    """Tell whether the two items of any same pair differ, so that there is a scatter to whiten."""
    left, right = (pairs.items[side] for side in pairs.indices[signs > 0].T)
    return bool((left != right).any())


def _dtype(precision):
    return torch.float64 if precision == "float64" else torch.float32


def continued(module, objective, precision):
    """Copy a trained network, to train it further by an objective that may be another."""
    new = PairModule(deepcopy(module.backbone), len(module.weight), objective)
    new = new.to(module.weight.device, _dtype(precision))
    new.load_state_dict(module.state_dict())
    new.project()
    return new


def make_net(module, training, spec, *, device, **options):
    """Return an initialised skorch net around the module.

    Parameters
    ----------
    module : PairModule
    training : Training
    spec : BackboneSpec
    device : torch.device
    **options
        Of `PairNet`.

    Returns
    -------
    PairNet
    """
    optimizer, params = training.optimizer, training._params_for("optimizer")
    if optimizer in ("adam", "adamw") and "foreach" not in params:
        params = {"fused": True} | params  # one pass over memory instead of one an operation
    callbacks = {f"callbacks__{k}": v for k, v in training._params_for("callbacks").items()}
    net = PairNet(
        module,
        optimizer=OPTIMIZERS[optimizer] if isinstance(optimizer, str) else optimizer,
        lr=_learning_rate(training.lr, spec),
        callbacks=deepcopy(training.callbacks),
        device=str(device),
        train_split=None,
        verbose=0,
        **options,
        **{f"optimizer__{k}": v for k, v in params.items()},
        **deepcopy(callbacks),
    )
    net.initialize()
    _check_callbacks(net, callbacks)
    return net


def _learning_rate(lr, spec):
    if lr != "auto":
        return lr
    return 0.001 if was_trained(spec.backbone) else 0.02


def _check_callbacks(net, prefixed):
    """Refuse names that no callback has, and schedules that the default one overrules."""
    if net.callbacks == "disable":
        return
    # skorch itself ignores a name that no callback has.
    names = [name for name, _ in net._uniquely_named_callbacks()]
    for name in prefixed:
        if name.split("__")[1] not in names:
            raise ValueError(f"{name} names no callback; they are {', '.join(names)}.")
    if rival := overruled_schedule(net):
        raise ValueError(
            f"The callback {rival!r} would be overruled by the default schedule; switch that "
            "off, with callbacks__one_cycle=None."
        )


def step_options(objective, training, task, batches, device):
    """Return the options of `PairNet` on which its steps depend."""
    precision = training.precision
    cost = 1.0 if objective.C == "auto" else objective.C
    return {
        "loss_params": {
            "margin": objective.margin,
            "loss": objective.loss_function,
            "negatives": task.negatives,
        },
        # The objective over C times the sum of weights: the mean loss, and this much penalty.
        "penalty": 1.0 / (cost * batches.total_weight),
        "mixed_precision": precision == "mixed" or (precision == "auto" and device.type == "cuda"),
    }


def arrays_of(module):
    """Return a network's state as arrays, to be pickled without torch's own objects."""
    # Buffers that a state dictionary leaves out may have been drawn at random.
    values = dict(module.named_buffers()) | module.state_dict()
    return {name: value.detach().cpu().numpy() for name, value in values.items()}


def net_of(arrays, recipe, n_inputs, history):
    """Rebuild the net of `arrays_of`; its optimizer begins anew.

    Parameters
    ----------
    arrays : dict of ndarray
    recipe : Recipe
        By which it was trained.
    n_inputs : int
        Features of an item.
    history : list of dict

    Returns
    -------
    PairNet
    """
    state = {name: torch.from_numpy(np.array(value)) for name, value in arrays.items()}
    with torch.random.fork_rng(devices=[]):
        backbone = build_backbone(recipe.spec, lambda: _empty_start(recipe, n_inputs))
    module = PairModule(backbone, len(state["weight"]), recipe.objective)
    module.to(state["weight"].dtype)
    persistent = module.state_dict().keys()
    module.load_state_dict({name: state[name] for name in persistent})
    for name, buffer in module.named_buffers():
        if name not in persistent:
            buffer.copy_(state[name])
    net = make_net(
        module.eval(),
        recipe.training,
        recipe.spec,
        device=resolve_device(recipe.training.device),
        loss_params={},
        penalty=0.0,
        mixed_precision=False,
    )
    net.history.extend({**row, "batches": []} for row in history)
    return net


def _empty_start(recipe, n_inputs):
    # What it begins with is overwritten; only the layers count.
    return Start(np.zeros(n_inputs), np.ones(n_inputs), unit_length=not recipe.vectors)


def embed_items(module, items, *, batch_size, layer=None, verbose=0):
    """Embed items by a trained `PairModule`, or return a layer's outputs, as an array."""
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


def embed_pairs(module, pairs, *, batch_size):
    """Return checked pairs over embeddings, each item embedded once; vectors as they map."""
    embed_batches = partial(embed_items, module, batch_size=batch_size)
    vectors = isinstance(pairs, np.ndarray)
    return embed_batches(pairs) if vectors else map_items(pairs, embed_batches)


def pair_scores(module, pairs, batch_size):
    """Score checked pairs by a network, as an array."""
    embedded = embed_pairs(module, pairs, batch_size=batch_size)
    weights = module.weight.detach().cpu().numpy()
    return dissimilarity_matrix(embedded, module.difference).dot(weights) + module.bias.item()
