# SPDX-License-Identifier: MIT
"""Dropout at the speed of memcpy, with the same mask everywhere.

Whether an element is dropped depends on a seed, a stream number and its position, and on nothing
else: not on threads, the CPU, or how a tensor is split. The functions are those of the C library,
on NumPy arrays and on all that have `__dlpack__`, of float32, float64, float16 or bfloat16 (of
ml_dtypes).

    import numpy as np, simdrop

    drop = simdrop.Dropout(0.1, seed=42, stream=simdrop.stream_derive(layer, step, rank))
    y = drop(x)                   # forward
    dx = drop(dy)                 # backward: the same mask, drawn again
    y[100:] == drop(x[100:], offset=100 * x.shape[1])     # of a part: that of the whole

simdrop.random has random numbers, simdrop.torch what PyTorch's users need, simdrop.jax JAX's.
"""

from simdrop import random
from simdrop._dropout import Dropout, gaussian_dropout, gaussian_noise
from simdrop._native import isa_list, isa_name, isa_select, stream_derive
from simdrop._native import version as __version__
from simdrop._one_pass import Piece

__all__ = [
    "Dropout",
    "Piece",
    "__version__",
    "gaussian_dropout",
    "gaussian_noise",
    "isa_list",
    "isa_name",
    "isa_select",
    "random",
    "stream_derive",
]
