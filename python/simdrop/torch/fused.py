# SPDX-License-Identifier: MIT
"""Dropout in one pass over memory with what stands beside it in a transformer.

Tensors are of float32, float64 or bfloat16; bfloat16 is computed in float32 and rounded once at the
end. Weights may be of the tensors' type or of the one that is computed in. `key` is as in
functional.py, and so is the mask: that of dropout of a tensor of this shape.

The gradients, too, are one pass. They can't be differentiated again, nor forward: PyTorch says so.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from simdrop.torch import functional, keys
from simdrop.torch.functional import Keys

_ops = torch.ops.simdrop
_ACTIVATIONS = {None: 0, "none": 0, "relu": 1, "gelu": 2, "gelu_tanh": 3, "silu": 4}


def _key(x: Tensor, p: float, training: bool, key: Keys) -> tuple[float, keys.Key]:
    functional._check(x, p)
    if not training:
        return 0.0, keys.key(0)
    return p, keys.of(key)


def bias_act_dropout_add(
    x: Tensor,
    bias: Tensor | None = None,
    residual: Tensor | None = None,
    p: float = 0.5,
    activation: str | None = None,
    training: bool = True,
    *,
    key: Keys = None,
) -> Tensor:
    """residual + dropout(activation(x + bias)).

    activation  None, "relu", "gelu", "gelu_tanh" or "silu"
    bias        one element for each of the last dimension
    """
    if activation not in _ACTIVATIONS:
        names = ", ".join(name for name in _ACTIVATIONS if name)
        raise ValueError(f"activation is one of {names}, not {activation!r}")
    if residual is not None and residual.shape != x.shape:
        raise ValueError(f"residual has the shape {residual.shape}, and should have {x.shape}")
    p, (words, layer) = _key(x, p, training, key)
    arguments = x, bias, residual, words, p, layer, _ACTIVATIONS[activation]
    if torch.compiler.is_compiling():
        return _ops.fused(*arguments)
    return _Fused.apply(*arguments)


def dropout_add_layer_norm(
    x: Tensor,
    residual: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    p: float = 0.5,
    eps: float = 1e-5,
    training: bool = True,
    *,
    key: Keys = None,
) -> tuple[Tensor, Tensor]:
    """(y, z): z = residual + dropout(x), and y its LayerNorm over the last dimension."""
    return _norm(x, residual, weight, bias, p, eps, training, key, False)


def dropout_add_rms_norm(
    x: Tensor,
    residual: Tensor | None = None,
    weight: Tensor | None = None,
    p: float = 0.5,
    eps: float = 1e-6,
    training: bool = True,
    *,
    key: Keys = None,
) -> tuple[Tensor, Tensor]:
    """(y, z): z = residual + dropout(x), and y its RMSNorm over the last dimension."""
    return _norm(x, residual, weight, None, p, eps, training, key, True)


def _norm(
    x: Tensor,
    residual: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    p: float,
    eps: float,
    training: bool,
    key: Keys,
    rms: bool,
) -> tuple[Tensor, Tensor]:
    if residual is not None and residual.shape != x.shape:
        raise ValueError(f"residual has the shape {residual.shape}, and should have {x.shape}")
    p, (words, layer) = _key(x, p, training, key)
    arguments = x, residual, weight, bias, eps, words, p, layer, rms
    if torch.compiler.is_compiling():
        return _ops.norm(*arguments)[:2]
    return _Norm.apply(*arguments)[:2]


def _save_fused(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, bias, residual, words, *ctx.rest = inputs
    ctx.save_for_backward(x, bias, words)
    ctx.has_residual = residual is not None


def _fused_backward(ctx: Any, gradient: Tensor) -> tuple[Any, ...]:
    x, bias, words = ctx.saved_tensors
    dx, dbias = _ops.fused_backward(gradient, x, bias, words, *ctx.rest)
    residual = gradient if ctx.has_residual else None
    return dx, None if bias is None else dbias, residual, None, None, None, None


def _save_norm(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    _, residual, weight, bias, _, words, *ctx.rest = inputs
    _, z, mean, rstd = output
    ctx.save_for_backward(z, weight, bias, mean, rstd, words)
    ctx.has_residual = residual is not None
    if isinstance(ctx, torch.autograd.function.FunctionCtx):
        ctx.mark_non_differentiable(mean, rstd)
        ctx.set_materialize_grads(False)


def _norm_backward(ctx: Any, dy: Tensor | None, dz: Tensor | None, *_: Any) -> tuple[Any, ...]:
    z, weight, bias, *rest = ctx.saved_tensors
    dy = torch.zeros_like(z) if dy is None else dy
    dx, dresidual, dweight, dbias = _ops.norm_backward(dy, dz, z, weight, bias, *rest, *ctx.rest)
    return (
        dx,
        dresidual if ctx.has_residual else None,
        None if weight is None else dweight,
        None if bias is None else dbias,
        *(None,) * 5,
    )


def _function(name: str, save: Any, backward: Any) -> Any:
    """An autograd.Function, as that says that there is no forward mode; and the same for compiled
    code."""
    op = getattr(_ops, name).default

    def forward(ctx: Any, *arguments: Any) -> Any:
        output = op(*arguments)
        save(ctx, arguments, output)
        return output

    torch.library.register_autograd(f"simdrop::{name}", backward, setup_context=save)
    methods = {
        "forward": staticmethod(forward),
        "backward": staticmethod(once_differentiable(backward)),
    }
    return type(f"_{name.title()}", (torch.autograd.Function,), methods)


def _computed(x: Tensor) -> torch.dtype:
    return torch.float64 if x.dtype == torch.float64 else torch.float32


def _dense(x: Tensor) -> Tensor:
    return x.new_empty(x.shape)


def _values(x: Tensor, size: Any, like: Tensor | None = None) -> Tensor:
    return x.new_empty(size, dtype=_computed(x) if like is None else like.dtype)


def _fake_norm(x: Tensor, *rest: Any) -> tuple[Tensor, ...]:
    rows = x.numel() // x.shape[-1]
    return _dense(x), _dense(x), _values(x, 0 if rest[-1] else rows), _values(x, rows)


def _fake_norm_backward(
    dy: Tensor, dz: Any, z: Tensor, weight: Tensor | None, bias: Tensor | None, *rest: Any
) -> tuple[Tensor, ...]:
    cols = dy.shape[-1]
    return _dense(dy), _dense(dy), _values(dy, cols, weight), _values(dy, cols, bias)


torch.library.register_fake("simdrop::fused", lambda x, *_: _dense(x))
torch.library.register_fake("simdrop::norm", _fake_norm)
torch.library.register_fake(
    "simdrop::fused_backward",
    lambda dy, x, bias, *_: (_dense(dy), _values(dy, dy.shape[-1], bias)),
)
torch.library.register_fake("simdrop::norm_backward", _fake_norm_backward)

_Fused = _function("fused", _save_fused, _fused_backward)
_Norm = _function("norm", _save_norm, _norm_backward)
