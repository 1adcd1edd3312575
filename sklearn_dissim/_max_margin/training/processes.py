"""Fits on several processes: each embeds its share of a batch, and all score all its pairs."""

import multiprocessing

import torch
from torch import distributed


def join():
    """Join the other processes that torchrun or accelerate started, if either did.

    Returns
    -------
    int
        The number of processes, 1 if this one is alone.
    """
    if distributed.is_available() and not distributed.is_initialized():
        # The workers of a search that such a process runs are no part of the group.
        first = multiprocessing.parent_process() is None
        if distributed.is_torchelastic_launched() and first:
            distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return rank_and_size()[1]


def rank_and_size():
    """Return the rank of this process and the number of processes; (0, 1) for one alone."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


def agreed(value):
    """Return in every process the value of the first one."""
    if join() == 1:
        return value
    values = [value]
    distributed.broadcast_object_list(values, src=0)
    return values[0]


def share(n_rows, rank, size):
    """Return the slice of a batch's rows that one process embeds."""
    bounds = torch.arange(size + 1) * n_rows // size
    return slice(int(bounds[rank]), int(bounds[rank + 1]))


class GatherRows(torch.autograd.Function):
    """Gather all processes' rows, in their order; gradients go back to this one's own.

    Every process computes the same loss from the same rows, so its gradient with respect to
    its own rows is complete, and backward needs no communication.
    """

    @staticmethod
    def forward(ctx, own, n_rows):
        rank, size = rank_and_size()
        ctx.share = share(n_rows, rank, size)
        longest = -(-n_rows // size)  # all_gather takes parts of one size
        padded = own.new_zeros((longest, *own.shape[1:]))
        padded[: len(own)] = own.detach()
        parts = [torch.empty_like(padded) for _ in range(size)]
        distributed.all_gather(parts, padded)
        lengths = [share(n_rows, r, size) for r in range(size)]
        return torch.cat([p[: s.stop - s.start] for p, s in zip(parts, lengths, strict=True)])

    @staticmethod
    def backward(ctx, gradient):
        return gradient[ctx.share], None


def sum_gradients(backbone, head):
    """Add up the backbone's gradients, each of a part of the batch; average the head's."""
    _, size = rank_and_size()
    with torch.no_grad():
        # Every process has the head's whole gradient already, so their sum is divided first.
        for parameter in head:
            if parameter.grad is not None:
                parameter.grad /= size
        gradients = [p.grad for p in (*backbone, *head) if p.grad is not None]
        flat = torch.cat([g.ravel() for g in gradients])
        distributed.all_reduce(flat)
        for gradient, total in zip(
            gradients, flat.split([g.numel() for g in gradients]), strict=True
        ):
            gradient.copy_(total.view_as(gradient))
