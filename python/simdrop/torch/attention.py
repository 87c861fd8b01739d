# SPDX-License-Identifier: MIT
"""Attention with dropout: scaled_dot_product_attention that neither stores nor reads scores."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from simdrop.torch import _masks, functional, keys
from simdrop.torch.functional import Keys

_ops = torch.ops.simdrop


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    dropout_key: Keys = None,
) -> Tensor:
    """torch.nn.functional.scaled_dot_product_attention with its arguments, and simdrop's dropout.

    Whether query q of head h of sample b drops key k is what functional.dropout says of the element
    (b, h, q, k). Without dropout it is PyTorch's own. Scores of a tile of queries are made, used
    and forgotten; the backward pass makes them again. float16 and bfloat16 are computed in float32.
    """
    functional._check(query, dropout_p)
    if dropout_p == 0.0:
        return F.scaled_dot_product_attention(
            query, key, value, attn_mask, 0.0, is_causal, scale=scale, enable_gqa=enable_gqa
        )
    if is_causal and attn_mask is not None:
        raise ValueError("attention takes attn_mask or is_causal, not both")
    if min(query.dim(), key.dim(), value.dim()) < 2:
        raise ValueError("query, key and value have at least two dimensions: length and size")
    scale = 1 / math.sqrt(query.size(-1)) if scale is None else scale
    words, layer = keys.of(dropout_key)
    shape = query.shape[:-1] + value.shape[-1:]
    query, key, value = _four(query), _four(key), _four(value)
    if not enable_gqa:
        key, value = _spread(key, query), _spread(value, query)
    mask = None if attn_mask is None else _added(attn_mask, query)
    rest = words, dropout_p, layer, is_causal, scale
    if torch.compiler.is_compiling():
        return _ops.attention(query, key, value, mask, *rest).view(shape)
    if _masks._is_transformed() or _is_dual() or (mask is not None and mask.requires_grad):
        return _written_out(query, key, value, mask, *rest).reshape(shape)
    out = _Attention.apply(query, key, value, mask, *rest)
    return out if out.shape == shape else out.reshape(shape)


def _is_dual() -> bool:
    return torch.autograd.forward_ad._current_level >= 0


def _four(x: Tensor) -> Tensor:
    """(batch, heads, length, size)"""
    if x.dim() == 4:
        return x
    if x.dim() < 4:
        return x.reshape((1,) * (4 - x.dim()) + x.shape)
    return x.reshape(-1, *x.shape[-3:])


def _spread(x: Tensor, query: Tensor) -> Tensor:
    """Keys and values of one batch or head that serve all queries."""
    return x if x.shape[:2] == query.shape[:2] else x.expand(*query.shape[:2], *x.shape[2:])


def _added(mask: Tensor, query: Tensor) -> Tensor:
    """A mask to add, in the type that is computed in; of bools, false hides."""
    computed = torch.float64 if query.dtype == torch.float64 else torch.float32
    if mask.dtype == torch.bool:
        mask = torch.zeros(mask.shape, dtype=computed).masked_fill_(~mask, -math.inf)
    return _four(mask.to(computed))


def _written_out(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    words: Tensor,
    p: float,
    layer: int,
    causal: bool,
    scale: float,
) -> Tensor:
    """The same of operators that can be differentiated in any way, any number of times."""
    kind = torch.promote_types(query.dtype, torch.float32)
    groups = query.size(1) // key.size(1)
    key, value = (x.to(kind).repeat_interleave(groups, 1) for x in (key, value))
    scores = query.to(kind) @ key.transpose(-2, -1) * scale
    if causal:
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        scores = scores.masked_fill(hidden, -math.inf)
    if mask is not None:
        scores = scores + mask
    weights = functional.dropout(scores.softmax(-1), p, key=keys.Key(words, layer))
    return (weights @ value).to(query.dtype)


class _Attention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, *rest: Any
    ) -> Tensor:
        ctx.save_for_backward(query, key, value, mask)
        ctx.rest = rest
        return _ops.attention.default(query, key, value, mask, *rest)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Any, ...]:
        nothing = (None,) * (1 + len(ctx.rest))
        inputs = ctx.saved_tensors
        if torch.is_grad_enabled():  # to be differentiated again
            with torch.enable_grad():
                out = _written_out(*inputs, *ctx.rest)
            return *torch.autograd.grad(out, inputs[:3], gradient, create_graph=True), *nothing
        return *_ops.attention_backward.default(gradient, *inputs, *ctx.rest), *nothing


def _like(x: Tensor, cols: int) -> Tensor:
    return x.new_empty(x.size(0), x.size(2), x.size(1), cols).transpose(1, 2)


@torch.library.register_fake("simdrop::attention")
def _(query: Tensor, key: Tensor, value: Tensor, *rest: Any) -> Tensor:
    return _like(query, value.size(3))


@torch.library.register_fake("simdrop::attention_backward")
def _(gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, *rest: Any) -> Any:
    return tuple(_like(x, x.size(3)) for x in (query, key, value))


def _setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    query, key, value, mask, words, *ctx.rest = inputs
    ctx.save_for_backward(query, key, value, mask, words)


def _backward(ctx: Any, gradient: Tensor) -> tuple[Any, ...]:
    gradients = _ops.attention_backward(gradient, *ctx.saved_tensors, *ctx.rest)
    return *gradients, None, None, *(None for _ in ctx.rest)


torch.library.register_autograd("simdrop::attention", _backward, setup_context=_setup_context)
