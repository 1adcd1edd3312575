"""Score pairs and search galleries, arrays in and arrays out; numba and torch only here."""

from importlib.util import find_spec


def kernels_for(device="cpu"):
    """Return the kernels that work on a device.

    Parameters
    ----------
    device : str, default="cpu"
        Device as torch names it, or "auto" for the GPU if there is one.

    Returns
    -------
    sklearn_dissim._kernels.backend.Backend
        Kernels compiled by numba for the processor, in torch for any other device. Where numba
        is not installed, torch serves the processor too.
    """
    if device == "auto":
        from sklearn_dissim._utils.torch_batches import resolve_device

        device = str(resolve_device(device))
    if device == "cpu" and has_numba():
        from sklearn_dissim._kernels.compiled_backend import CompiledBackend

        return CompiledBackend()
    from sklearn_dissim._kernels.torch_backend import TorchBackend

    return TorchBackend(device)


def has_numba():
    """Return whether numba is installed, without importing it."""
    return find_spec("numba") is not None
