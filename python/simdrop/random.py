# SPDX-License-Identifier: MIT
"""Random numbers that are functions of their position.

Every function returns values `offset` to `offset + n` of a stream, in the order of the array, where
n is the number of its elements: any split of a range into calls gives the same values, on any CPU.

shape   of the array that is returned; a number for one dimension
seed, stream, offset   from 0 to 2**64 - 1
dtype   float32, float64 and, where it is said, float16 and bfloat16
out     an array to write, instead of a new one

Bad parameters are a ValueError. Functions that take logarithms are there if simdrop was built with
SLEEF: otherwise they raise NotImplementedError. docs/distributions.md has formulas and errors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simdrop import _native
from simdrop._arrays import Output, check_float

Shape = int | tuple[int, ...]


def _output(shape: Shape, dtype: Any, out: np.ndarray | None) -> Output:
    shape = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    return Output(shape, np.dtype(dtype), out)


def _floats(shape: Shape, dtype: Any, out: np.ndarray | None) -> Output:
    check_float(np.dtype(dtype))
    return _output(shape, dtype, out)


def _by_sleef(name: str) -> Any:
    function = getattr(_native, name, None)
    if function is None:
        raise NotImplementedError(f"{name} needs SLEEF, without which simdrop was built here")
    return function


def uint32(
    shape: Shape, *, seed: int, stream: int = 0, offset: int = 0, out: np.ndarray | None = None
) -> np.ndarray:
    """Words of Philox4x32-10, uniform over all 2**32 values."""
    with _output(shape, np.uint32, out) as y:
        _native.random_u32(seed, stream, offset, y.native)
    return y.array


def bernoulli(
    shape: Shape,
    prob: float,
    *,
    seed: int,
    stream: int = 0,
    offset: int = 0,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """True with probability `prob`: of what a Dropout of 32 bits and p = prob drops."""
    with _output(shape, np.bool_, out) as y:
        _native.random_bernoulli_u8(seed, stream, offset, prob, y.native)
    return y.array


def integers(
    shape: Shape,
    bound: int,
    *,
    seed: int,
    stream: int = 0,
    offset: int = 0,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Uniform integers in [0, bound), in uint32; `bound` is from 1 to 2**32 - 1."""
    with _output(shape, np.uint32, out) as y:
        _native.random_uniform_int_u32(seed, stream, offset, bound, y.native)
    return y.array


def uniform(
    shape: Shape,
    low: float = 0.0,
    high: float = 1.0,
    *,
    seed: int,
    stream: int = 0,
    offset: int = 0,
    dtype: Any = np.float32,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Uniform on [low, high), in all four types."""
    with _floats(shape, dtype, out) as y:
        _native.random_uniform(seed, stream, offset, low, high, y.native)
    return y.array


def normal(
    shape: Shape,
    mean: float = 0.0,
    stddev: float = 1.0,
    *,
    seed: int,
    stream: int = 0,
    offset: int = 0,
    dtype: Any = np.float32,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Normal, by Box and Muller, in all four types."""
    draw = _by_sleef("random_normal")
    with _floats(shape, dtype, out) as y:
        draw(seed, stream, offset, mean, stddev, y.native)
    return y.array


def exponential(
    shape: Shape,
    rate: float = 1.0,
    *,
    seed: int,
    stream: int = 0,
    offset: int = 0,
    dtype: Any = np.float32,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Exponential with mean 1 / rate, in float32 or float64."""
    draw = _by_sleef("random_exponential")
    with _floats(shape, dtype, out) as y:
        draw(seed, stream, offset, rate, y.native)
    return y.array


def gumbel(
    shape: Shape,
    location: float = 0.0,
    scale: float = 1.0,
    *,
    seed: int,
    stream: int = 0,
    offset: int = 0,
    dtype: Any = np.float32,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Gumbel, in float32 or float64: (logits + gumbel).argmax() samples from softmax(logits)."""
    draw = _by_sleef("random_gumbel")
    with _floats(shape, dtype, out) as y:
        draw(seed, stream, offset, location, scale, y.native)
    return y.array


def truncated_normal(
    shape: Shape,
    mean: float = 0.0,
    stddev: float = 1.0,
    low: float = -2.0,
    high: float = 2.0,
    *,
    seed: int,
    stream: int = 0,
    offset: int = 0,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Normal within [low, high], in float32; mean and stddev are those before it is truncated."""
    draw = _by_sleef("random_truncated_normal")
    with _floats(shape, np.float32, out) as y:
        draw(seed, stream, offset, mean, stddev, low, high, y.native)
    return y.array
