# SPDX-License-Identifier: MIT
"""Dropout of NumPy arrays: the C library's functions, in Python's manner."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from simdrop import _native
from simdrop._arrays import (
    Output,
    as_array,
    check_float,
    choice,
    matrix,
    native,
    tensor,
    tensor_like,
)
from simdrop._one_pass import OnePass, Piece

_MODES = {"inverted": 0, "vanilla": 1}
_STREAMING = {"auto": 0, "never": 1, "always": 2}
_KNOWN = frozenset("fde")


class Dropout(OnePass):
    """A prepared dropout, which can be called from any thread, on any part of a tensor.

    p          the probability of dropping an element, from 0 to 1
    seed, stream   from 0 to 2**64 - 1: the same two and the same positions give the same mask
    bits       of each random draw: 8, 16 or 32; None chooses from p
    rounds     of Philox: 10 or 7
    mode       "inverted": training scales what is kept by 1/(1-p'), and inference is the identity;
               "vanilla": training doesn't scale, and inference scales by 1-p'
    streaming  whether stores bypass the caches: "auto", "never" or "always"; only speed changes

    Positions: `offset` is the position of the array's first element in the stream, and elements
    follow in row-major order, whatever the array's strides are. `out` is an array of the same shape
    and type to write, which may be x itself. Arrays may have gaps; then they are copied, but by
    `rows`.

    Tensors are of float32, float64, float16 or bfloat16, and results of the same; anything else is
    a TypeError, and bad values a ValueError.
    """

    __slots__ = ("_arguments", "_plan")

    def __init__(
        self,
        p: float,
        seed: int = 0,
        stream: int = 0,
        *,
        bits: int | None = None,
        rounds: int = 10,
        mode: str = "inverted",
        streaming: str = "auto",
    ):
        if not 0 <= p <= 1:
            raise ValueError(f"p is the probability of dropping an element, from 0 to 1, not {p!r}")
        if bits not in (None, 8, 16, 32):
            raise ValueError(f"bits is 8, 16, 32 or None, not {bits!r}")
        if rounds not in (7, 10):
            raise ValueError(f"rounds is 10 or 7, not {rounds!r}")
        self._arguments = (p, seed, stream, bits, rounds, mode, streaming)
        self._plan = _native.plan(
            p,
            seed,
            stream,
            bits or 0,
            rounds,
            choice("mode", mode, _MODES),
            choice("streaming", streaming, _STREAMING),
        )

    def with_stream(self, stream: int) -> Dropout:
        """The same with another stream: of a step, a layer or a rank."""
        p, seed, _, bits, rounds, mode, streaming = self._arguments
        return Dropout(p, seed, stream, bits=bits, rounds=rounds, mode=mode, streaming=streaming)

    @property
    def p(self) -> float:
        """The probability that was asked for."""
        return self._arguments[0]

    @property
    def seed(self) -> int:
        return self._arguments[1]

    @property
    def stream(self) -> int:
        return self._arguments[2]

    @property
    def realized_prob(self) -> float:
        """p' = threshold / 2**bits, exactly: the probability with which elements are dropped."""
        return _native.facts(self._plan)[0]

    @property
    def scale(self) -> float:
        """What training multiplies kept elements by."""
        return _native.facts(self._plan)[1]

    @property
    def bits(self) -> int:
        """Of each random draw."""
        return _native.facts(self._plan)[2]

    @property
    def threshold(self) -> int:
        """Draws below it drop."""
        return _native.facts(self._plan)[3]

    def __repr__(self) -> str:
        p, seed, stream, bits, rounds, mode, streaming = self._arguments
        more = "".join(
            f", {name}={value!r}"
            for name, value, usual in (
                ("bits", bits, None),
                ("rounds", rounds, 10),
                ("mode", mode, "inverted"),
                ("streaming", streaming, "auto"),
            )
            if value != usual
        )
        return f"Dropout({p!r}, seed={seed!r}, stream={stream!r}{more})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dropout) and self._arguments == other._arguments

    def __hash__(self) -> int:
        return hash(self._arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        p, seed, stream, bits, rounds, mode, streaming = self._arguments
        return _restore, (p, seed, stream, bits, rounds, mode, streaming)

    def __call__(self, x: Any, offset: int = 0, *, out: np.ndarray | None = None) -> np.ndarray:
        """Training, forward and backward: what is kept times scale, and +0.

        The gradient is the same call on the gradient of the result.
        """
        if not (type(x) is np.ndarray and x.dtype.char in _KNOWN and x.flags.c_contiguous):
            return self._flat(_native.dropout, x, offset, out)
        if out is None:
            out = np.empty_like(x)
        elif not (type(out) is np.ndarray and out.shape == x.shape and out.flags.c_contiguous):
            return self._flat(_native.dropout, x, offset, out)
        _native.dropout(self._plan, offset, x, out)
        return out

    def _flat(self, function: Any, x: Any, offset: int, out: np.ndarray | None) -> np.ndarray:
        x = tensor(x)
        with Output(x.shape, x.dtype, out) as y:
            function(self._plan, offset, native(x), y.native)
        return y.array

    def infer(self, x: Any, *, out: np.ndarray | None = None) -> np.ndarray:
        """Inference: x itself, copied, or if vanilla times 1-p'."""
        x = tensor(x)
        with Output(x.shape, x.dtype, out) as y:
            _native.dropout_infer(self._plan, native(x), y.native)
        return y.array

    def add(self, x: Any, y: np.ndarray, offset: int = 0) -> np.ndarray:
        """y += dropout(x), which doesn't overlap y. Returns y. Not in float16."""
        x = tensor(x)
        if not (isinstance(y, np.ndarray) and y.flags.c_contiguous):
            raise ValueError("y has to be a NumPy array without gaps, as it is added to")
        _native.dropout_add(self._plan, offset, native(x), native(tensor_like(x, y, "y")))
        return y

    # Masks

    def mask(
        self, shape: int | tuple[int, ...], offset: int = 0, *, out: np.ndarray | None = None
    ) -> np.ndarray:
        """The mask: True where an element is kept."""
        shape = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
        with Output(shape, np.dtype(np.bool_), out) as mask:
            _native.dropout_mask_bytes(self._plan, offset, prod(shape), mask.native)
        return mask.array

    def mask_bits(self, n: int, offset: int = 0) -> np.ndarray:
        """The mask of n elements in bits, the least significant first, as np.packbits has them with
        bitorder="little"."""
        mask = np.empty(-(-n // 8), np.uint8)
        _native.dropout_mask_bits(self._plan, offset, n, mask)
        return mask

    def with_mask(
        self, x: Any, offset: int = 0, *, out: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Training, and the mask that it used, as bools: (y, mask)."""
        x = tensor(x)
        mask = np.empty(x.shape, np.bool_)
        with Output(x.shape, x.dtype, out) as y:
            _native.dropout_store_bytes(self._plan, offset, native(x), y.native, mask)
        return y.array, mask

    def with_mask_bits(
        self, x: Any, offset: int = 0, *, out: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Training, and the mask that it used, in bits: (y, mask)."""
        x = tensor(x)
        mask = np.empty(-(-x.size // 8), np.uint8)
        with Output(x.shape, x.dtype, out) as y:
            _native.dropout_store_bits(self._plan, offset, native(x), y.native, mask)
        return y.array, mask

    def from_mask(self, mask: Any, x: Any, *, out: np.ndarray | None = None) -> np.ndarray:
        """Under a mask that is there, of bools: what it keeps times scale, and +0."""
        x = tensor(x)
        mask = np.ascontiguousarray(as_array(mask), dtype=np.bool_)
        if mask.shape != x.shape:
            raise ValueError(f"mask has the shape {mask.shape}, and should have {x.shape}")
        with Output(x.shape, x.dtype, out) as y:
            _native.dropout_from_bytes(self._plan, mask, native(x), y.native)
        return y.array

    def from_mask_bits(
        self, mask: np.ndarray, x: Any, bit_offset: int = 0, *, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Under a mask of bits: that of the first element is bit `bit_offset`."""
        x = tensor(x)
        mask = np.ascontiguousarray(mask, dtype=np.uint8)
        if mask.size * 8 < bit_offset + x.size:
            raise ValueError(f"mask has {mask.size * 8} bits where {bit_offset + x.size} are used")
        with Output(x.shape, x.dtype, out) as y:
            _native.dropout_from_bits(self._plan, mask, bit_offset, native(x), y.native)
        return y.array

    # Shapes

    def rows(
        self,
        x: Any,
        *,
        first_row: int = 0,
        row_ids: Any = None,
        global_cols: int = 0,
        first_col: int = 0,
        out: np.ndarray | None = None,
    ) -> np.ndarray:
        """Training of a piece of a larger matrix, with the mask that the whole has there.

        first_row, first_col   of the piece, in the whole
        row_ids       instead of first_row, the row of the whole of each row
        global_cols   columns of the whole; 0: those of x

        The last dimension is the columns, and the others, in order, the rows. Rows may lie apart.
        """
        x = as_array(x)
        check_float(x.dtype)
        rows, cols = matrix(x)
        piece = Piece(first_row, row_ids, global_cols, first_col).arguments(rows, cols)
        if not _has_whole_rows(x):
            x = np.ascontiguousarray(x)
        if _has_whole_rows(out) and out.shape == x.shape and out.dtype == x.dtype:
            _native.dropout_rows(
                self._plan, *piece, *(native(a.reshape(rows, cols)) for a in (x, out))
            )
            return out
        with Output(x.shape, x.dtype, out) as y:
            result = y.native.reshape(rows, cols)
            _native.dropout_rows(self._plan, *piece, native(x.reshape(rows, cols)), result)
        return y.array

    def broadcast(
        self,
        x: Any,
        mask_shape: tuple[int, ...],
        offset: int = 0,
        *,
        out: np.ndarray | None = None,
    ) -> np.ndarray:
        """Training with a mask whose size is 1 in the dimensions along which a draw is shared."""
        x = tensor(x)
        mask_shape = tuple(mask_shape)
        if len(mask_shape) != x.ndim or any(
            m not in (1, n) for m, n in zip(mask_shape, x.shape, strict=True)
        ):
            raise ValueError(
                f"mask_shape is {mask_shape}: each of it is that of x, {x.shape}, or 1"
            )
        if x.ndim > 8:
            raise ValueError(f"an array of {x.ndim} dimensions: 8 are the most")
        shapes = np.array(x.shape, np.uintp), np.array(mask_shape, np.uintp)
        with Output(x.shape, x.dtype, out) as y:
            _native.dropout_nd(self._plan, offset, *shapes, native(x), y.native)
        return y.array

    def channels(self, x: Any, offset: int = 0, *, out: np.ndarray | None = None) -> np.ndarray:
        """Training of (N, C, ...) that keeps or drops whole channels: dropout 1d, 2d, 3d."""
        shape = np.shape(x)
        if len(shape) < 2:
            raise ValueError(f"x has the shape {shape}, and no channels, which are its second")
        return self.broadcast(x, shape[:2] + (1,) * (len(shape) - 2), offset, out=out)

    def channels_last(
        self, x: Any, offset: int = 0, *, out: np.ndarray | None = None
    ) -> np.ndarray:
        """The same of (N, ..., C), with the same draws."""
        shape = np.shape(x)
        if len(shape) < 2:
            raise ValueError(f"x has the shape {shape}, and no channels, which are its last")
        return self.broadcast(
            x, (shape[0],) + (1,) * (len(shape) - 2) + (shape[-1],), offset, out=out
        )

    def drop_path(
        self,
        x: Any,
        offset: int = 0,
        *,
        scale_by_keep: bool = True,
        out: np.ndarray | None = None,
    ) -> np.ndarray:
        """Stochastic depth: training that keeps or drops whole samples, x[i]."""
        x = tensor(x)
        if x.ndim == 0:
            raise ValueError("a number has no samples")
        samples, size = x.shape[0], prod(x.shape[1:])
        with Output(x.shape, x.dtype, out) as y:
            _native.drop_path(
                self._plan, offset, samples, size, int(scale_by_keep), native(x), y.native
            )
        return y.array

    # Alpha dropout

    def alpha(self, x: Any, offset: int = 0, *, out: np.ndarray | None = None) -> np.ndarray:
        """Alpha dropout, of self-normalising networks."""
        return self._flat(_native.alpha_dropout, x, offset, out)

    def alpha_backward(
        self, dy: Any, offset: int = 0, *, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Its gradient."""
        return self._flat(_native.alpha_dropout_backward, dy, offset, out)

    def _channels(self, function: Any, x: Any, offset: int, out: np.ndarray | None) -> np.ndarray:
        x = tensor(x)
        if x.ndim < 2:
            raise ValueError(f"x has the shape {x.shape}, and no channels, which are its second")
        sizes = x.shape[0], x.shape[1], prod(x.shape[2:])
        with Output(x.shape, x.dtype, out) as y:
            function(self._plan, offset, *sizes, native(x), y.native)
        return y.array

    def feature_alpha(
        self, x: Any, offset: int = 0, *, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Alpha dropout of (N, C, ...) that drops whole channels."""
        return self._channels(_native.feature_alpha_dropout, x, offset, out)

    def feature_alpha_backward(
        self, dy: Any, offset: int = 0, *, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Its gradient."""
        return self._channels(_native.feature_alpha_dropout_backward, dy, offset, out)


def _restore(
    p: float, seed: int, stream: int, bits: int | None, rounds: int, mode: str, streaming: str
) -> Dropout:
    return Dropout(p, seed, stream, bits=bits, rounds=rounds, mode=mode, streaming=streaming)


def _has_whole_rows(x: Any) -> bool:
    """Of two dimensions, or dense but between rows: what native code takes as a matrix."""
    if not isinstance(x, np.ndarray) or x.ndim == 0:
        return False
    if x.flags.c_contiguous:
        return True
    return x.ndim == 2 and x.strides[1] == x.itemsize and x.strides[0] >= x.itemsize * x.shape[1]


def _noise(
    name: str, x: Any, amount: float, seed: int, stream: int, offset: int, out: np.ndarray | None
) -> np.ndarray:
    function = getattr(_native, name, None)
    if function is None:
        raise NotImplementedError(f"{name} needs SLEEF, without which simdrop was built here")
    x = tensor(x)
    with Output(x.shape, x.dtype, out) as y:
        function(seed, stream, amount, offset, native(x), y.native)
    return y.array


def gaussian_dropout(
    x: Any,
    p: float,
    *,
    seed: int,
    stream: int = 0,
    offset: int = 0,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """x times normal numbers of mean 1 and standard deviation sqrt(p / (1 - p)); p is below 1.

    The gradient is the same call on the gradient of the result.
    """
    if not 0 <= p < 1:
        raise ValueError(f"p is from 0 to below 1, not {p!r}")
    return _noise("gaussian_dropout", x, p, seed, stream, offset, out)


def gaussian_noise(
    x: Any,
    stddev: float,
    *,
    seed: int,
    stream: int = 0,
    offset: int = 0,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """x plus normal numbers of mean 0; the gradient is the identity."""
    return _noise("gaussian_noise", x, stddev, seed, stream, offset, out)
