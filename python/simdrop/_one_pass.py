# SPDX-License-Identifier: MIT
"""Dropout in one pass over memory with what stands beside it: fused.h, norm.h and softmax.h."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simdrop import _native
from simdrop._arrays import (
    Output,
    as_array,
    choice,
    computed,
    matrix,
    native,
    or_none,
    tensor,
    tensor_like,
    values,
)

_ACTIVATIONS = {"none": 0, "relu": 1, "gelu": 2, "gelu_tanh": 3, "silu": 4}


class Piece(NamedTuple):
    """Which rows and columns of a larger matrix an array has; zero means its own: rows.h."""

    first_row: int = 0
    row_ids: Any = None
    global_cols: int = 0
    first_col: int = 0

    def arguments(self, rows: int, cols: int) -> tuple[Any, ...]:
        ids = None
        if self.row_ids is not None:
            ids = np.ascontiguousarray(self.row_ids, dtype=np.uint64)
            if ids.shape != (rows,):
                raise ValueError(f"row_ids has the shape {ids.shape}, and should have {(rows,)}")
        return rows, cols, self.first_row, ids, self.global_cols, self.first_col


WHOLE = Piece()


class OnePass:
    """The methods of Dropout that do more than drop. `piece` is as in Dropout.rows."""

    __slots__ = ()
    _plan: bytes

    def fused(
        self,
        x: Any,
        *,
        activation: str = "none",
        bias: Any = None,
        residual: Any = None,
        piece: Piece = WHOLE,
        out: np.ndarray | None = None,
    ) -> np.ndarray:
        """residual + dropout(activation(x + bias)).

        activation   none, relu, gelu, gelu_tanh or silu
        """
        x = tensor(x)
        rows, cols = matrix(x)
        act = choice("activation", activation, _ACTIVATIONS)
        bias = values(x, bias, cols, "bias")
        residual = tensor_like(x, residual, "residual")
        with Output(x.shape, x.dtype, out) as y:
            _native.dropout_fused(
                self._plan,
                *piece.arguments(rows, cols),
                act,
                native(x),
                bias,
                or_none(residual),
                y.native,
            )
        return y.array

    def fused_backward(
        self,
        dy: Any,
        x: Any = None,
        *,
        activation: str = "none",
        bias: Any = None,
        piece: Piece = WHOLE,
    ) -> tuple[np.ndarray, np.ndarray]:
        """(dx, dbias) of `fused`, whose residual has the gradient dy.

        x may be None if there is no activation.
        """
        dy = tensor(dy)
        rows, cols = matrix(dy)
        x = tensor_like(dy, x, "x")
        act = choice("activation", activation, _ACTIVATIONS)
        if x is None and act != 0:
            raise ValueError(f"the gradient of {activation} needs x")
        bias = values(dy, bias, cols, "bias")
        dbias = np.zeros(cols, computed(dy.dtype))
        with Output(dy.shape, dy.dtype) as dx:
            _native.dropout_fused_backward(
                self._plan,
                *piece.arguments(rows, cols),
                act,
                native(dy),
                or_none(x),
                bias,
                dx.native,
                dbias,
            )
        return dx.array, dbias

    def layer_norm(
        self,
        x: Any,
        *,
        residual: Any = None,
        weight: Any = None,
        bias: Any = None,
        eps: float = 1e-5,
        piece: Piece = WHOLE,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(y, z, mean, rstd): z = residual + dropout(x), y = LayerNorm(z) over the last dimension.

        z, mean and rstd are what the backward pass needs.
        """
        x = tensor(x)
        rows, cols = matrix(x)
        residual = tensor_like(x, residual, "residual")
        weight, bias = values(x, weight, cols, "weight"), values(x, bias, cols, "bias")
        mean, rstd = np.empty((2, rows), computed(x.dtype))
        with Output(x.shape, x.dtype) as y, Output(x.shape, x.dtype) as z:
            _native.dropout_layer_norm(
                self._plan,
                *piece.arguments(rows, cols),
                eps,
                native(x),
                or_none(residual),
                z.native,
                y.native,
                weight,
                bias,
                mean,
                rstd,
            )
        return y.array, z.array, mean, rstd

    def layer_norm_backward(
        self,
        dy: Any,
        z: Any,
        mean: Any,
        rstd: Any,
        *,
        weight: Any = None,
        dz: Any = None,
        piece: Piece = WHOLE,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(dx, dresidual, dweight, dbias); dz is the gradient that z gets elsewhere."""
        dy = tensor(dy)
        rows, cols = matrix(dy)
        z, dz = tensor_like(dy, z, "z"), tensor_like(dy, dz, "dz")
        weight = values(dy, weight, cols, "weight")
        mean, rstd = values(dy, mean, rows, "mean"), values(dy, rstd, rows, "rstd")
        dweight, dbias = np.zeros((2, cols), computed(dy.dtype))
        with Output(dy.shape, dy.dtype) as dx, Output(dy.shape, dy.dtype) as dresidual:
            _native.dropout_layer_norm_backward(
                self._plan,
                *piece.arguments(rows, cols),
                native(dy),
                or_none(dz),
                or_none(z),
                dx.native,
                dresidual.native,
                weight,
                mean,
                rstd,
                dweight,
                dbias,
            )
        return dx.array, dresidual.array, dweight, dbias

    def rms_norm(
        self,
        x: Any,
        *,
        residual: Any = None,
        weight: Any = None,
        eps: float = 1e-6,
        piece: Piece = WHOLE,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(y, z, rstd): z = residual + dropout(x), y = RMSNorm(z) over the last dimension."""
        x = tensor(x)
        rows, cols = matrix(x)
        residual = tensor_like(x, residual, "residual")
        weight = values(x, weight, cols, "weight")
        rstd = np.empty(rows, computed(x.dtype))
        with Output(x.shape, x.dtype) as y, Output(x.shape, x.dtype) as z:
            _native.dropout_rms_norm(
                self._plan,
                *piece.arguments(rows, cols),
                eps,
                native(x),
                or_none(residual),
                z.native,
                y.native,
                weight,
                rstd,
            )
        return y.array, z.array, rstd

    def rms_norm_backward(
        self,
        dy: Any,
        z: Any,
        rstd: Any,
        *,
        weight: Any = None,
        dz: Any = None,
        piece: Piece = WHOLE,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(dx, dresidual, dweight); dz is the gradient that z gets elsewhere."""
        dy = tensor(dy)
        rows, cols = matrix(dy)
        z, dz = tensor_like(dy, z, "z"), tensor_like(dy, dz, "dz")
        weight, rstd = values(dy, weight, cols, "weight"), values(dy, rstd, rows, "rstd")
        dweight = np.zeros(cols, computed(dy.dtype))
        with Output(dy.shape, dy.dtype) as dx, Output(dy.shape, dy.dtype) as dresidual:
            _native.dropout_rms_norm_backward(
                self._plan,
                *piece.arguments(rows, cols),
                native(dy),
                or_none(dz),
                or_none(z),
                dx.native,
                dresidual.native,
                weight,
                rstd,
                dweight,
            )
        return dx.array, dresidual.array, dweight

    def softmax(
        self,
        x: Any,
        *,
        scale: float = 1.0,
        causal: bool = False,
        mask: Any = None,
        piece: Piece = WHOLE,
    ) -> tuple[np.ndarray, np.ndarray]:
        """(y, probs) of probs = softmax(x * scale + mask) over the keys, y = dropout(probs).

        x       (..., queries, keys)
        causal  query q sees key k if k <= q + keys - queries
        mask    added, of float32 (float64 with x of it), of a shape that broadcasts to that of x

        probs is what the backward pass needs.
        """
        x = tensor(x)
        rows, cols = matrix(x)
        if mask is not None:
            mask = np.broadcast_to(as_array(mask), x.shape)
            mask = np.ascontiguousarray(mask, dtype=computed(x.dtype))
        with Output(x.shape, x.dtype) as y, Output(x.shape, x.dtype) as probs:
            _native.softmax_dropout(
                self._plan,
                *piece.arguments(rows, cols),
                scale,
                int(causal),
                _queries(x),
                0,
                0,
                native(x),
                probs.native,
                y.native,
                mask,
            )
        return y.array, probs.array

    def softmax_backward(
        self,
        dy: Any,
        probs: Any,
        *,
        scale: float = 1.0,
        causal: bool = False,
        piece: Piece = WHOLE,
    ) -> np.ndarray:
        """dx of `softmax`."""
        dy = tensor(dy)
        rows, cols = matrix(dy)
        probs = tensor_like(dy, probs, "probs")
        with Output(dy.shape, dy.dtype) as dx:
            _native.softmax_dropout_backward(
                self._plan,
                *piece.arguments(rows, cols),
                scale,
                int(causal),
                _queries(dy),
                native(dy),
                or_none(probs),
                dx.native,
            )
        return dx.array


def _queries(x: np.ndarray) -> int:
    return x.shape[-2] if x.ndim > 1 else 1
