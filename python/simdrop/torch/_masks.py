# SPDX-License-Identifier: MIT
"""The operators that draw a mask and multiply by it, and their derivatives.

Such an operator is linear, but for alpha dropout's constant, and its gradient is an operator of
this kind with the same mask: `simdrop::dropout(x, key, p, layer)` is its own. So one
autograd.Function serves all; it saves the key, and no mask. Compiled code takes the same
derivatives by torch.library, as Dynamo doesn't know functions with a jvp.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

import simdrop

_library = Path(simdrop.__file__).with_name("_simdrop_torch.so")
if not _library.exists():
    raise ImportError(
        "this simdrop was built without PyTorch: install PyTorch first, then simdrop with pip's "
        "--no-build-isolation"
    )
torch.ops.load_library(_library)
_ops = torch.ops.simdrop


class Operator(NamedTuple):
    """simdrop::name, whose derivative PyTorch knows, and simdrop::_name, without one but faster."""

    known: Any
    bare: Any


def _operator(name: str) -> Operator:
    return Operator(getattr(_ops, name).default, getattr(_ops, f"_{name}").default)


# Below, `arguments` are those of an operator after x, the key first, and `backward` those of its
# derivative, which are the same but of alpha dropout.


class _Function(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, call: tuple[Operator, Any, Any]) -> Tensor:
        ctx.call = call
        op, arguments, _ = call
        return op.bare(x, *arguments)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        op, _, arguments = ctx.call
        if torch.is_grad_enabled():
            return apply(dy, op, arguments), None
        return op.bare(dy, *arguments), None

    @staticmethod
    def jvp(ctx: Any, dx: Tensor, _: None) -> Tensor:
        op, _, arguments = ctx.call
        return apply(dx, op, arguments)


class _Transformed(torch.autograd.Function):
    """The same for torch.func: there `forward` has no context."""

    @staticmethod
    def forward(x: Tensor, key: Tensor, op: Operator, rest: Any, backward: Any) -> Tensor:
        return op.bare(x, key, *rest)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, key, op, _, backward = inputs
        ctx.of_gradient = op, backward, backward
        ctx.save_for_backward(key)
        ctx.save_for_forward(key)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        gradient = _Transformed.apply(dy, *ctx.saved_tensors, *ctx.of_gradient)
        return gradient, None, None, None, None

    @staticmethod
    def jvp(ctx: Any, dx: Tensor, *_: None) -> Tensor:
        return _Transformed.apply(dx, *ctx.saved_tensors, *ctx.of_gradient)

    @staticmethod
    def vmap(info: Any, in_dims: Any, x: Tensor, key: Tensor, *rest: Any) -> tuple[Tensor, int]:
        return _for_each(in_dims, x, key, lambda x, key: _Transformed.apply(x, key, *rest)), 0


def _for_each(in_dims: Any, x: Tensor, key: Tensor, call: Any) -> Tensor:
    """One call for each sample: all with the mask of the key, unless each has a key of its own."""
    xs = x.unbind(in_dims[0]) if in_dims[0] is not None else None
    keys = key.unbind(in_dims[1]) if in_dims[1] is not None else None
    size = len(xs) if xs is not None else len(keys or ())
    return torch.stack([call(xs[i] if xs else x, keys[i] if keys else key) for i in range(size)])


# What Function.apply does when nothing of torch.func is at work, without the third of its time that
# it takes to find that out in Python.
_apply = super(torch.autograd.Function, _Function).apply
_is_transformed = torch._C._are_functorch_transforms_active


def apply(x: Tensor, op: Operator, arguments: Any, backward: Any = None) -> Tensor:
    """The operator on x, differentiable in all of PyTorch's ways."""
    backward = backward or arguments
    if torch.compiler.is_compiling():
        return op.known(x, *arguments)
    if _is_transformed():
        key, *rest = arguments
        return _Transformed.apply(x, key, op, rest, backward[1:])
    return _apply(x, (op, arguments, backward))


class _InPlace(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, arguments: tuple[Any, ...]) -> Tensor:
        ctx.arguments = arguments
        ctx.mark_dirty(x)
        _ops.dropout_(x, *arguments)
        return x

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return apply(dy, dropout, ctx.arguments), None

    @staticmethod
    def jvp(ctx: Any, dx: Tensor, _: None) -> Tensor:
        return dx.copy_(apply(dx, dropout, ctx.arguments))


def apply_(x: Tensor, *arguments: Any) -> Tensor:
    """Dropout in place."""
    if torch.compiler.is_compiling() or _is_transformed():
        return x.copy_(apply(x, dropout, arguments))
    return _InPlace.apply(x, arguments)


dropout = _operator("dropout")
shard = _operator("dropout_shard")
broadcast = _operator("broadcast")
drop_path = _operator("drop_path")
alpha = _operator("alpha")


def _register(name: str, backward_arguments: Any) -> None:
    """Tells PyTorch the shapes, and of simdrop::name the derivative, for compiled code."""
    known, bare = _operator(name)

    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, key, *ctx.rest = inputs
        ctx.save_for_backward(key)

    def backward(ctx: Any, dy: Tensor) -> tuple[Any, ...]:
        gradient = known(dy, *ctx.saved_tensors, *backward_arguments(ctx.rest))
        return gradient, None, *(None for _ in ctx.rest)

    def vmap(info: Any, in_dims: Any, x: Tensor, key: Tensor, *rest: Any) -> tuple[Tensor, int]:
        return _for_each(in_dims, x, key, lambda x, key: known(x, key, *rest)), 0

    for op in (known, bare):
        torch.library.register_fake(op.name(), lambda x, key, *_: torch.empty_like(x))
    torch.library.register_autograd(known.name(), backward, setup_context=setup_context)
    torch.library.register_vmap(known.name(), vmap)


for _name in ("dropout", "dropout_shard", "broadcast", "drop_path"):
    _register(_name, lambda rest: rest)
_register("alpha", lambda rest: [*rest[:-1], True])


@torch.library.register_fake("simdrop::dropout_")
def _(x: Tensor, key: Tensor, p: float, layer: int) -> None:
    return None
