# SPDX-License-Identifier: MIT
"""DTensors: every worker draws its shard of the mask that the whole tensor has."""

from __future__ import annotations

import sys
from typing import Any

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
