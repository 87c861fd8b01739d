# SPDX-License-Identifier: MIT
"""PyTorch's own dropouts do what docs/family and the other tests here say of them."""

import math

import pytest
import torch
from compare import DTYPES, check, numbers
from test_elementwise import ALPHA
from torch import nn
from torch.nn import functional

from simdrop import Dropout, call, of_type


def shared(y):
    """The dimensions along which all of y is kept or dropped together."""
    kept = y != 0
    return [k for k in range(y.dim()) if (kept == kept.narrow(k, 0, 1)).all()]


@pytest.mark.filterwarnings("ignore:dropout2d")
@pytest.mark.parametrize(
    "module, shape, expected",
    [
        (nn.Dropout1d, (16, 32, 9), [2]),
        (nn.Dropout1d, (64, 9), [1]),
        (nn.Dropout2d, (16, 32, 5, 7), [2, 3]),
        (nn.Dropout2d, (16, 32, 7), [2]),  # read as (N, C, L)
        (nn.Dropout3d, (16, 32, 3, 4, 5), [2, 3, 4]),
        (nn.Dropout3d, (64, 3, 4, 5), [1, 2, 3]),
    ],
)
def test_shapes(module, shape, expected):
    torch.manual_seed(1)
    assert shared(module(0.5)(torch.ones(shape))) == expected


@pytest.mark.parametrize("p", [0.125, 0.5])
@pytest.mark.parametrize("function", [functional.alpha_dropout, functional.feature_alpha_dropout])
def test_alpha(function, p):
    torch.manual_seed(1)
    x = numbers((16, 32, 5), torch.float64, 1)
    y = function(x, p, training=True)
    a = 1 / math.sqrt((ALPHA * ALPHA * p + 1) * (1 - p))
    dropped, kept = ALPHA * a * (p - 1), x * a + ALPHA * a * p
    is_dropped = (y - dropped).abs() < 1e-12
    assert ((y - kept).abs() < 1e-12).logical_or(is_dropped).all()
    assert abs(is_dropped.double().mean() - p) < 0.1
    assert shared(y - y[is_dropped][0]) == ([2] if "feature" in function.__name__ else [])


@pytest.mark.parametrize("dtype", DTYPES)
def test_native_backward(dtype):
    d, n = Dropout(0.1), 1023
    real = of_type(dtype)
    dy, dx = numbers((n,), dtype, 1), torch.empty(n, dtype=dtype)
    call("dropout", dtype, d.plan, 5, n, dy, dx)
    native = torch.ops.aten.native_dropout_backward(dy.to(real), d.keep(n, offset=5), d.scale)
    check("dropout", dtype, dx, native)


@pytest.mark.parametrize(
    "dtype, eps", [(torch.float32, 2**-23), (torch.float64, 2**-52), (torch.bfloat16, 2**-23)]
)
def test_epsilon(dtype, eps):
    x = numbers((3, 16), dtype, 1, 1e-8 if dtype == torch.float64 else 1e-4)
    assert functional.rms_norm(x, (16,)).equal(functional.rms_norm(x, (16,), None, eps))
