# SPDX-License-Identifier: MIT
"""Bias, activation, dropout and residual in one, and their gradients, against PyTorch."""

import math

import pytest
import torch
from compare import DTYPES, check, numbers, with_gradients
from torch.nn import functional

from simdrop import ACTIVATIONS, Dropout, Rows, call, of_type

SHAPES = [(1, 1), (7, 129), (64, 768), (33, 17)]
C = 2 * math.sqrt(2 / math.pi)
FUNCTIONS = {
    "none": lambda t: t,
    "relu": functional.relu,
    "gelu": functional.gelu,
    "gelu_tanh": lambda t: functional.gelu(t, approximate="tanh"),
    "silu": functional.silu,
}
# In f64, too, PyTorch's GELUs are 1 + erf and 1 + tanh, which cancel where t is negative: at -7 few
# digits are left, and of the second none. By other functions of PyTorch's they keep all of them.
EXACT = FUNCTIONS | {
    "gelu": lambda t: t * torch.erfc(t * -math.sqrt(0.5)) / 2,
    "gelu_tanh": lambda t: t * torch.sigmoid(C * (t + 0.044715 * t**3)),
}
# How many times a rounding of what is exponentiated counts.
GROWTH = {
    "gelu": lambda t: 1 + t.square(),
    "gelu_tanh": lambda t: 1 + (C * (t + 0.044715 * t**3)).abs(),
    "silu": lambda t: 1,
}


@pytest.mark.parametrize("with_bias, with_residual", [(True, True), (False, False)])
@pytest.mark.parametrize("spread", [1, 8])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("act", ACTIVATIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_fused(dtype, act, shape, spread, with_bias, with_residual):
    d, first_row = Dropout(0.1), 5
    real = of_type(dtype)
    rows = Rows(rows=shape[0], cols=shape[1], first_row=first_row)
    keep = d.keep(*shape, offset=first_row * shape[1])
    x, dy = numbers(shape, dtype, 1, spread), numbers(shape, dtype, 2)
    bias = numbers(shape[1:], real, 3) if with_bias else None
    residual = numbers(shape, dtype, 4) if with_residual else None

    def by_torch(dtype, functions):
        def function(x, bias, residual):
            t = x if bias is None else x + bias
            y = functions[act](t) * d.factors(keep, dtype)
            return y if residual is None else residual + y

        inputs = [None if t is None else t.to(dtype) for t in (x, bias, residual)]
        y, (dx, dbias, _) = with_gradients(function, inputs, dy)
        return y, dx, dx.sum(0) if dbias is None else dbias

    y, dx = torch.full_like(x, torch.nan), torch.full_like(x, torch.nan)
    dbias = torch.zeros(shape[1], dtype=real)
    number = ACTIVATIONS.index(act)
    call("dropout_fused", dtype, d.plan, rows, number, x, bias, residual, y)
    call("dropout_fused_backward", dtype, d.plan, rows, number, None, dy, x, bias, dx, dbias)

    exact, own = by_torch(torch.float64, EXACT), by_torch(dtype, FUNCTIONS)
    t = x.double() if bias is None else x.double() + bias
    added = 0 if residual is None else residual.double().abs()
    factors = d.factors(keep, torch.float64)
    activation, (slope,) = with_gradients(EXACT[act], [t], torch.ones_like(t))
    size, slopes = activation.abs() * factors, slope.abs() * factors * dy.double().abs()
    if act in ("none", "relu"):
        same = by_torch(real, FUNCTIONS)
        check(f"fused {act}", dtype, y, same[0], own[0], size + added)
        check(f"fused {act}", dtype, dx, same[1], own[1], slopes)
    else:
        # Where e^x overflows or is subnormal little is left of numbers as small as this.
        least = t.abs() * torch.finfo(dtype).tiny / torch.finfo(dtype).eps
        s = (activation / t).nan_to_num(nan=0.5)  # slopes are s + s t (1 - s) and the like
        terms = s * (1 + t.abs()) + (slope - s).abs()
        slopes = (terms + least) * GROWTH[act](t) * factors * dy.double().abs()
        grown = (size * GROWTH[act](t) + least * factors) + added
        check(f"fused {act}", dtype, y, exact[0], own[0], grown)
        check(f"fused {act} dx", dtype, dx, exact[1], own[1], slopes)
        usual = by_torch(torch.float64, FUNCTIONS)
        check(f"fused {act}, of t", dtype, y, usual[0], own[0], t.abs() * factors + added)
    check("fused dbias", dtype, dbias, exact[1].sum(0), own[2], slopes.sum(0))
