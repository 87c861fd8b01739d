# SPDX-License-Identifier: MIT
"""More than one worker: masks of DTensors, of which each draws its own shard, and ordered sums."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from simdrop.torch import _masks


def _dtensor() -> Any:
    """The class, if anything has loaded it; else no tensor is of it."""
    return getattr(sys.modules.get("torch.distributed.tensor"), "DTensor", None)


def is_distributed(x: Tensor) -> bool:
    kind = _dtensor()
    return kind is not None and isinstance(x, kind)


def dropout(x: Any, p: float, words: Tensor, layer: int) -> Tensor:
    """Dropout of a DTensor, sharded in any of its dimensions or replicated.

    All workers need the same key: one at a position, or drawn by generators of the same state.
    """
    from torch.distributed.tensor._utils import compute_local_shape_and_global_offset

    if any(placement.is_partial() for placement in x.placements):
        raise ValueError("a DTensor that is a partial sum has no elements yet: redistribute it")
    _, start = compute_local_shape_and_global_offset(x.shape, x.device_mesh, x.placements)
    local = x.to_local()
    y = _masks.apply(local, _masks.shard, (words, p, layer, list(x.shape), list(start)))
    return _dtensor().from_local(
        y, x.device_mesh, x.placements, run_check=False, shape=x.shape, stride=x.stride()
    )


class OrderedSum:
    """A sum of gradients over workers whose bits don't depend on how many workers there are.

    A batch is cut into a fixed number of shards; each worker takes as many as the others, one after
    the other, in the order of their ranks. After the backward pass of a shard `add` takes its
    gradients away from the parameters; after the last `reduce` brings them back, summed over all
    shards in their order. Plain DDP's order depends on the number of workers: its sums are the same
    up to rounding.

        gradients = simdrop.torch.distributed.OrderedSum(model.parameters())
        for shard in my_shards:
            position.first_sample = shard * samples_of_a_shard
            loss(model, batch[shard]).backward()
            gradients.add()
        gradients.reduce()
        optimizer.step()
    """

    def __init__(self, parameters: Iterable[Tensor], group: Any = None):
        self._parameters = [x for x in parameters if x.requires_grad]
        self._group = group
        self._shards: list[Tensor] = []

    def add(self) -> None:
        """Takes the gradients of one more shard; a parameter without one counts as zero."""
        parts = []
        for x in self._parameters:
            parts.append((torch.zeros_like(x) if x.grad is None else x.grad).flatten())
            x.grad = None
        self._shards.append(torch.cat(parts))

    def reduce(self) -> None:
        """Sets each parameter's gradient to the sum over the shards of all workers."""
        mine = torch.stack(self._shards)
        self._shards = []
        if torch.distributed.is_initialized():
            workers = torch.distributed.get_world_size(self._group)
            every = [torch.empty_like(mine) for _ in range(workers)]
            torch.distributed.all_gather(every, mine, self._group)
            mine = torch.cat(every)
        total = mine[0].clone()
        for shard in mine[1:]:
            total += shard
        parts = total.split([x.numel() for x in self._parameters])
        for x, part in zip(self._parameters, parts, strict=True):
            x.grad = part.view_as(x).clone()
