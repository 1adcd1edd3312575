"""Put items through a torch module, in batches."""

from copy import deepcopy

import numpy as np
import torch


def resolve_device(device):
    """Return a torch device; "auto" is the GPU where there is one."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device {device!r} is not available here: {error}") from error


def frozen_copy(backbone, device):
    """Return a copy for inference only: the user's module keeps its mode and its device."""
    backbone = deepcopy(backbone).to(device).eval()
    return backbone.requires_grad_(False)


def floating_dtype(module):
    """Return the floating-point type of a module's parameters; None if it has none."""
    return next((p.dtype for p in module.parameters() if p.is_floating_point()), None)


def embed(function, items, *, batch_size, device, dtype, progress=lambda n_done: None):
    """Embed items in batches, each item once.

    Parameters
    ----------
    function : callable
        Maps a tensor of shape (n, *item_shape) to one of shape (n, n_features): a module in
        evaluation mode, say.
    items : ndarray of shape (n_items, *item_shape)
    batch_size : int
    device : torch.device
    dtype : torch.dtype or None
        The type that the function takes; None for that of the items.
    progress : callable
        Called after each batch with the number of items done.

    Returns
    -------
    ndarray of shape (n_items, n_features)
    """
    batches = []
    with torch.no_grad():  # inference_mode would leave tensors in the module that training refuses
        for start in range(0, len(items), batch_size):
            batch = torch.tensor(items[start : start + batch_size], device=device, dtype=dtype)
            try:
                output = function(batch)
            except RuntimeError as error:
                raise ValueError(
                    f"backbone failed on a batch of shape {tuple(batch.shape)}: {error}"
                ) from error
            _check_output(output, len(batch))
            wide = output.float() if output.itemsize < 4 else output
            batches.append(wide.cpu().numpy())
            progress(min(start + batch_size, len(items)))
    return np.concatenate(batches)


def _check_output(output, n_items):
    """Refuse embeddings that are not one finite vector for each item."""
    shape = tuple(getattr(output, "shape", ()))
    if len(shape) != 2 or shape[0] != n_items:
        raise ValueError(
            "backbone must return one vector an item, a tensor of shape "
            f"({n_items}, n_features); got {type(output).__name__} of shape {shape}."
        )
    if not torch.isfinite(output).all():
        raise ValueError("backbone returned NaN or infinity for some item.")
