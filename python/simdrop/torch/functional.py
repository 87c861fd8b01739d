# SPDX-License-Identifier: MIT
"""The functions of torch.nn.functional that drop, with simdrop's masks and speed.

They take the arguments of those, and `key`: None draws one from PyTorch's generator (so masks
follow torch.manual_seed, though they aren't PyTorch's own); a Key, of keys.key or Position.at, or a
tensor {seed, stream}, decides on the mask itself. The element at position i of the tensor, in
row-major order whatever its strides, is dropped or kept as simdrop.Dropout(p, seed, stream) says.

Tensors are of float32, float64, bfloat16 or float16, on the CPU. The backward pass draws the mask
again; none is stored.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from simdrop.torch import _masks, distributed, keys
from simdrop.torch._masks import apply
from simdrop.torch.keys import Key

Keys = Key | Tensor | None


_PLAIN = (Tensor, torch.nn.Parameter)


def _check(x: Tensor, p: float) -> None:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"p is the probability of dropping an element, from 0 to 1, not {p}")
    if not x.is_cpu and x.device.type != "meta":
        raise ValueError(f"simdrop is of CPUs, and a tensor on {x.device} isn't: move it")


def dropout(
    x: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, *, key: Keys = None
) -> Tensor:
    """What is kept times 1/(1-p'), and +0; p' is p as it is realized, to 16 bits or so."""
    _check(x, p)
    if not training:
        return x
    words, layer = keys.of(key)
    if type(x) not in _PLAIN and distributed.is_distributed(x):
        return _into(x, distributed.dropout(x, p, words, layer), inplace)
    if inplace:
        return _masks.apply_(x, words, p, layer)
    return apply(x, _masks.dropout, (words, p, layer))


def dropout_shard(
    x: Tensor,
    p: float,
    global_shape: Sequence[int],
    start: Sequence[int],
    training: bool = True,
    *,
    key: Keys = None,
) -> Tensor:
    """Dropout of a part of a tensor of `global_shape` that begins at the indices `start`.

    It has the mask that the whole has there; all who have a part need the same key.
    """
    _check(x, p)
    if not training:
        return x
    words, layer = keys.of(key)
    return apply(x, _masks.shard, (words, p, layer, list(global_shape), list(start)))


def _channels(x: Tensor, p: float, training: bool, key: Keys, shape: list[int]) -> Tensor:
    _check(x, p)
    if not training:
        return x
    words, layer = keys.of(key)
    return apply(x, _masks.broadcast, (words, p, layer, shape))


def _feature_shape(x: Tensor, name: str, dims: int) -> list[int]:
    """(N, C, ...), where without N all is one sample."""
    if x.dim() not in (dims + 1, dims + 2):
        raise ValueError(f"{name} takes {dims + 1} or {dims + 2} dimensions, not {x.dim()}")
    batch = x.dim() - dims
    return list(x.shape[:batch]) + [1] * dims


def dropout1d(
    x: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, *, key: Keys = None
) -> Tensor:
    """Whole channels of (N, C, L) or (C, L)."""
    return _into(x, _channels(x, p, training, key, _feature_shape(x, "dropout1d", 1)), inplace)


def dropout2d(
    x: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, *, key: Keys = None
) -> Tensor:
    """Whole channels of (N, C, H, W); as torch's does, of (N, C, L) too, whose channels are C."""
    dims = 1 if x.dim() == 3 else 2
    return _into(x, _channels(x, p, training, key, _feature_shape(x, "dropout2d", dims)), inplace)


def dropout3d(
    x: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, *, key: Keys = None
) -> Tensor:
    """Whole channels of (N, C, D, H, W) or (C, D, H, W)."""
    return _into(x, _channels(x, p, training, key, _feature_shape(x, "dropout3d", 3)), inplace)


def drop_path(
    x: Tensor, p: float = 0.0, training: bool = True, scale: bool = True, *, key: Keys = None
) -> Tensor:
    """Stochastic depth: whole samples, of the first dimension. Without `scale` what is kept is
    left as it is."""
    _check(x, p)
    if not training:
        return x
    words, layer = keys.of(key)
    return apply(x, _masks.drop_path, (words, p, layer, scale))


def _alpha(x: Tensor, p: float, training: bool, key: Keys, features: bool) -> Tensor:
    _check(x, p)
    if not training:
        return x
    words, layer = keys.of(key)
    arguments = words, p, layer, features
    return apply(x, _masks.alpha, (*arguments, False), (*arguments, True))


def alpha_dropout(
    x: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False, *, key: Keys = None
) -> Tensor:
    """Alpha dropout, which keeps mean and variance of self-normalising networks."""
    return _into(x, _alpha(x, p, training, key, False), inplace)


def feature_alpha_dropout(
    x: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False, *, key: Keys = None
) -> Tensor:
    """Alpha dropout of whole channels, (N, C, ...)."""
    if x.dim() < 2:
        raise ValueError("feature dropout takes at least 2 dimensions: (N, C, ...)")
    return _into(x, _alpha(x, p, training, key, True), inplace)


def _into(x: Tensor, y: Tensor, inplace: bool) -> Tensor:
    return x.copy_(y) if inplace and y is not x else y
