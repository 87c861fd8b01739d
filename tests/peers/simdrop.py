# SPDX-License-Identifier: MIT
"""Calls libsimdrop on PyTorch's tensors: only what the comparisons call, without copies."""

import ctypes
import math
import os
from ctypes import c_double, c_float, c_int32, c_size_t, c_uint64, c_void_p

import numpy
import torch

TYPES = {torch.float32: "f32", torch.float64: "f64", torch.bfloat16: "bf16"}
ACTIVATIONS = ["none", "relu", "gelu", "gelu_tanh", "silu"]  # by their numbers in fused.h

# Parameters: a pointer, a size or position, a number of 32 bits, a double, a real of the
# computation's type.
POINTER, SIZE, INT, DOUBLE, REAL = "pnide"
SIGNATURES = {
    "dropout": "pnnpp",
    "dropout_channels": "pnnnnpp",
    "dropout_channels_last": "pnnnnpp",
    "alpha_dropout": "pnnpp",
    "alpha_dropout_backward": "pnnpp",
    "feature_alpha_dropout": "pnnnnpp",
    "feature_alpha_dropout_backward": "pnnnnpp",
    "gaussian_dropout": "nndnnpp",
    "random_normal": "nnnneep",
    "dropout_add": "pnnpp",
    "dropout_fused": "ppipppp",
    "dropout_fused_backward": "ppipppppp",
    "dropout_layer_norm": "ppppppepppp",
    "dropout_layer_norm_backward": "p" * 13,
    "dropout_rms_norm": "pppppeppp",
    "dropout_rms_norm_backward": "p" * 11,
    "softmax_dropout": "p" * 7,
    "softmax_dropout_backward": "p" * 7,
}

library = ctypes.CDLL(os.environ["SIMDROP_LIBRARY"])
library.simdrop_dropout_init.argtypes = [c_void_p, c_void_p]
library.simdrop_dropout_realized_prob.argtypes = [c_void_p]
library.simdrop_dropout_realized_prob.restype = c_double
library.simdrop_dropout_scale.argtypes = [c_void_p]
library.simdrop_dropout_scale.restype = c_double
library.simdrop_dropout_mask_bits.argtypes = [c_void_p, c_uint64, c_size_t, c_void_p]


class Config(ctypes.Structure):
    _fields_ = [
        ("drop_prob", c_double),
        ("seed", c_uint64),
        ("stream", c_uint64),
        ("bits", c_int32),
        ("rounds", c_int32),
        ("mode", c_int32),
        ("flags", c_int32),
        ("reserved", c_uint64 * 6),
    ]


class Rows(ctypes.Structure):
    _fields_ = [
        ("rows", c_size_t),
        ("cols", c_size_t),
        ("ldx", c_size_t),
        ("ldy", c_size_t),
        ("first_row", c_uint64),
        ("row_ids", c_void_p),
        ("global_cols", c_uint64),
        ("first_col", c_uint64),
        ("reserved", c_uint64 * 4),
    ]


class SoftmaxConfig(ctypes.Structure):
    _fields_ = [
        ("scale", c_double),
        ("causal", c_int32),
        ("reserved0", c_int32),
        ("queries", c_size_t),
        ("mask_rows", c_size_t),
        ("mask_repeat", c_size_t),
        ("reserved", c_uint64 * 4),
    ]


def pointer(value):
    if isinstance(value, torch.Tensor):
        assert value.is_contiguous()
        return value.data_ptr()
    return None if value is None else ctypes.addressof(value)


def call(name, dtype, *arguments):
    """simdrop_<name>_<type>; tensors and structures are passed by their addresses."""
    function = getattr(library, f"simdrop_{name}_{TYPES[dtype]}")
    real = c_double if dtype == torch.float64 else c_float
    kinds = {POINTER: c_void_p, SIZE: c_uint64, INT: c_int32, DOUBLE: c_double, REAL: real}
    signature = SIGNATURES[name]
    assert len(arguments) == len(signature)
    function.argtypes = [kinds[letter] for letter in signature]
    pairs = zip(signature, arguments)
    status = function(*(pointer(given) if kind == POINTER else given for kind, given in pairs))
    assert status == 0, f"simdrop_{name}: status {status}"


class Dropout:
    """A plan of inverted dropout, and what PyTorch has to be given to drop the same."""

    def __init__(self, p, seed=42, stream=7):
        self.plan = (c_uint64 * 32)()
        config = Config(drop_prob=p, seed=seed, stream=stream)
        assert library.simdrop_dropout_init(pointer(self.plan), pointer(config)) == 0
        self.p = library.simdrop_dropout_realized_prob(pointer(self.plan))
        self.scale = library.simdrop_dropout_scale(pointer(self.plan))

    def keep(self, *shape, offset=0):
        """The mask of elements from `offset` on, as a tensor of bool: true is kept."""
        n = math.prod(shape)
        bits = torch.empty((n + 7) // 8, dtype=torch.uint8)
        arguments = (pointer(self.plan), offset, n, pointer(bits))
        assert library.simdrop_dropout_mask_bits(*arguments) == 0
        mask = numpy.unpackbits(bits.numpy(), count=n, bitorder="little").astype(bool)
        return torch.from_numpy(mask).reshape(shape)

    def factors(self, keep, dtype):
        """The mask times the scale, as PyTorch's dropout multiplies by it."""
        return keep.to(dtype) * torch.tensor(self.scale, dtype=dtype)


def of_type(dtype):
    """The type that dtype is computed in."""
    return torch.float32 if dtype == torch.bfloat16 else dtype
