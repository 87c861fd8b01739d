# SPDX-License-Identifier: MIT
"""What the native functions are given: NumPy arrays without gaps, of a type that they know."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

# bfloat16, of ml_dtypes, has no buffer protocol: native code gets it as two bytes of no type.
_OPAQUE = np.dtype("V2")
_NATIVE = "fde"


def as_array(x: Any) -> np.ndarray:
    """Any array: one of NumPy, or what has `__dlpack__`, a buffer or numbers."""
    if isinstance(x, np.ndarray):
        return x
    if hasattr(x, "__dlpack__"):
        return np.from_dlpack(x)
    return np.asarray(x)


def is_bfloat16(dtype: np.dtype) -> bool:
    return dtype.name == "bfloat16"


def check_float(dtype: np.dtype) -> None:
    if dtype.char not in _NATIVE and not is_bfloat16(dtype):
        raise TypeError(f"arrays have to be of float32, float64, float16 or bfloat16, not {dtype}")
    if not dtype.isnative:
        raise TypeError("arrays have to be in this machine's byte order")


def native(x: np.ndarray) -> np.ndarray:
    """The same memory as native code takes it."""
    return x.view(_OPAQUE) if is_bfloat16(x.dtype) else x


def tensor(x: Any) -> np.ndarray:
    """A tensor to read: of a type that is known, and copied if it has gaps."""
    x = as_array(x)
    check_float(x.dtype)
    return x if x.flags.c_contiguous else np.ascontiguousarray(x)


def tensor_like(like: np.ndarray, x: Any, name: str) -> np.ndarray | None:
    """Another tensor of the same shape and type, or None."""
    if x is None:
        return None
    x = tensor(x)
    if x.shape != like.shape:
        raise ValueError(f"{name} has the shape {x.shape}, and should have {like.shape}")
    if x.dtype != like.dtype:
        raise TypeError(f"{name} is of {x.dtype}, and should be of {like.dtype}")
    return x


def values(like: np.ndarray, x: Any, size: int, name: str) -> np.ndarray | None:
    """`size` numbers of the type that tensors like `like` are computed in, or None."""
    if x is None:
        return None
    x = np.ascontiguousarray(as_array(x), dtype=computed(like.dtype))
    if x.shape != (size,):
        raise ValueError(f"{name} has the shape {x.shape}, and should have {(size,)}")
    return x


def computed(dtype: np.dtype) -> np.dtype:
    return dtype if dtype.char == "d" else np.dtype(np.float32)


def matrix(x: np.ndarray) -> tuple[int, int]:
    """The last dimension as columns, and all others, in order, as rows."""
    if x.ndim == 0:
        raise ValueError("a number has no rows")
    return prod(x.shape[:-1]), x.shape[-1]


def or_none(x: np.ndarray | None) -> np.ndarray | None:
    return None if x is None else native(x)


def choice(name: str, value: str, choices: dict[str, int]) -> int:
    if value not in choices:
        raise ValueError(f"{name} is one of {', '.join(choices)}, not {value!r}")
    return choices[value]


class Output:
    """Where a result goes: a new array, or the caller's, by way of another if that has gaps.

    with Output(shape, dtype, out) as y: native code writes y.native; then y.array is the result.
    """

    __slots__ = ("array", "native", "_written")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype, out: Any = None):
        if out is None:
            self.array = self._written = np.empty(shape, dtype)
        else:
            if not isinstance(out, np.ndarray):
                raise TypeError(f"out has to be a NumPy array, not {type(out).__name__}")
            if out.shape != shape:
                raise ValueError(f"out has the shape {out.shape}, and should have {shape}")
            if out.dtype != dtype:
                raise TypeError(f"out is of {out.dtype}, and should be of {dtype}")
            if not out.flags.writeable:
                raise ValueError("out can't be written")
            self.array = out
            self._written = out if out.flags.c_contiguous else np.empty(shape, dtype)
        self.native = native(self._written)

    def __enter__(self) -> Output:
        return self

    def __exit__(self, failure: type | None, *_: object) -> None:
        if failure is None and self._written is not self.array:
            self.array[...] = self._written
