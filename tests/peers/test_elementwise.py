# SPDX-License-Identifier: MIT
"""Feature, alpha and Gaussian dropout, and dropout that is added, against PyTorch."""

import math

import pytest
import torch
from compare import DTYPES, check, numbers, with_gradients

from simdrop import Dropout, call, of_type

SHAPES = [(1, 1, 1, 1), (3, 5, 7, 11), (2, 64, 14, 14), (1, 37, 1, 129)]  # N, C, H, W
ALPHA = 1.7580993408473766


def gives(name, dtype, arguments, x):
    y = torch.full_like(x, torch.nan)
    call(name, dtype, *arguments, x, y)
    return y


@pytest.mark.parametrize("p", [0.1, 0.5, 0.77])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_channels(dtype, shape, p):
    d, offset = Dropout(p), 1000
    n, c, h, w = shape
    real = of_type(dtype)
    x, dy = numbers(shape, dtype, 1), numbers(shape, dtype, 2)
    factors = d.factors(d.keep(n, c, 1, 1, offset=offset), real)
    y, (dx,) = with_gradients(lambda x: x * factors, [x.to(real)], dy)
    arguments = (d.plan, offset, n, c, h * w)
    check("channels", dtype, gives("dropout_channels", dtype, arguments, x), y)
    check("channels", dtype, gives("dropout_channels", dtype, arguments, dy), dx)

    def last(t):
        return t.movedim(1, -1).contiguous()

    arguments = (d.plan, offset, n, h * w, c)
    check("channels", dtype, gives("dropout_channels_last", dtype, arguments, last(x)), last(y))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.77])
@pytest.mark.parametrize("feature", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_alpha(dtype, shape, feature, p):
    """PyTorch's formula: multiplied by a or 0, and a b added that depends on the mask too."""
    d, offset = Dropout(p), 1000
    n, c, h, w = shape
    x, dy = numbers(shape, dtype, 1), numbers(shape, dtype, 2)
    keep = d.keep(n, c, 1, 1, offset=offset) if feature else d.keep(*shape, offset=offset)

    def alpha(x):
        a = 1 / math.sqrt((ALPHA * ALPHA * d.p + 1) * (1 - d.p))
        noise = keep.to(x.dtype)
        b = noise.add(-1).mul_(ALPHA * a).add_(ALPHA * a * d.p)
        return x * noise.mul_(a) + b, (x * a).abs() + ALPHA * a

    size = alpha(x.double())[1]
    y, (dx,) = with_gradients(lambda x: alpha(x)[0], [x.double()], dy)
    own, (own_dx,) = with_gradients(lambda x: alpha(x)[0], [x], dy)
    name = "feature_alpha_dropout" if feature else "alpha_dropout"
    arguments = (d.plan, offset, *((n, c, h * w) if feature else (x.numel(),)))
    check("alpha", dtype, gives(name, dtype, arguments, x), y, own, size)
    check("alpha dx", dtype, gives(name + "_backward", dtype, arguments, dy), dx, own_dx)


@pytest.mark.parametrize("p", [0.1, 0.5])
@pytest.mark.parametrize("n", [1, 1023, 40000])
@pytest.mark.parametrize("dtype", DTYPES)
def test_gaussian(dtype, n, p):
    """The formula of docs/family/noise.md, with simdrop's normal numbers in place of PyTorch's."""
    seed, stream, offset = 42, 7, 1000
    real = of_type(dtype)
    x, dy = numbers((n,), dtype, 1), numbers((n,), dtype, 2)
    m = torch.empty(n, dtype=real)
    sigma = math.sqrt(p / (1 - p))
    call("random_normal", real, seed, stream, offset, n, 1, sigma, m)
    y, (dx,) = with_gradients(lambda x: x * m, [x.to(real)], dy)
    arguments = (seed, stream, p, offset, n)
    check("gaussian", dtype, gives("gaussian_dropout", dtype, arguments, x), y)
    check("gaussian", dtype, gives("gaussian_dropout", dtype, arguments, dy), dx)


@pytest.mark.parametrize("n", [1, 1023, 40000])
@pytest.mark.parametrize("dtype", DTYPES)
def test_add(dtype, n):
    d, offset = Dropout(0.1), 1001
    real = of_type(dtype)
    x, y = numbers((n,), dtype, 1), numbers((n,), dtype, 2)
    expected = y.to(real) + x.to(real) * d.factors(d.keep(n, offset=offset), real)
    call("dropout_add", dtype, d.plan, offset, n, x, y)
    check("add", dtype, y, expected)
