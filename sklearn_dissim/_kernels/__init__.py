"""Kernels, arrays in and arrays out: compiled for the processor, or in torch for any device."""

from importlib.util import find_spec


def search_kernels(device="cpu"):
    """What has cross_scores, top_k and rank_candidates, for galleries.

    Parameters
    ----------
    device : str
        As torch names it, or "auto" for the GPU if there is one. On the processor torch is
        used only where numba is not installed.
    """
    if _compiled(device):
        from sklearn_dissim._kernels import search

        return search
    from sklearn_dissim._kernels.torch_search import TorchSearch

    return TorchSearch(device)


def count_kernels(device="cpu"):
    """The module that has scores_of and count_reaching, for galleries; None if there is none."""
    if not _compiled(device):
        return None
    from sklearn_dissim._kernels import counts

    return counts


def pair_kernels():
    """The module that has pair_scores and pair_weighted_sum, for lists of pairs."""
    if _has_numba():
        from sklearn_dissim._kernels import pair_lists

        return pair_lists
    from sklearn_dissim._kernels import plain_pair_lists

    return plain_pair_lists


def _compiled(device):
    if device == "auto":
        from sklearn_dissim._utils.torch_batches import resolve_device

        device = str(resolve_device(device))
    return device == "cpu" and _has_numba()


def _has_numba():
    return find_spec("numba") is not None
