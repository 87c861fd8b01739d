# SPDX-License-Identifier: MIT
"""LayerNorm and RMSNorm of residual + dropout(x), and their gradients, against PyTorch."""

import pytest
import torch
from compare import DTYPES, check, numbers, with_gradients
from torch.nn import functional

from simdrop import Dropout, Rows, call, of_type

SHAPES = [(5, 2), (7, 129), (64, 768), (33, 17), (3, 4099)]
EPS = 1e-5


def empty(*tensors):
    return [torch.full_like(t, torch.nan) for t in tensors]


def sizes(z, dy, dz, weight, is_layer):
    """The sums of absolute values of which y, dz', dweight and dbias are made, in f64."""
    z, dy, dz, weight = (t.double() for t in (z, dy, dz, weight))
    m = z.mean(1, keepdim=True) if is_layer else torch.zeros(len(z), 1, dtype=z.dtype)
    rstd = 1 / ((z - m).square().mean(1, keepdim=True) + EPS).sqrt()
    rough_h = (z.abs() + m.abs()) * rstd
    g = (dy * weight).abs()
    means = g.mean(1, keepdim=True) * is_layer + rough_h * (g * rough_h).mean(1, keepdim=True)
    return {
        "y": rough_h * weight.abs(),
        "dz": (g + means) * rstd + dz.abs(),
        "dweight": (dy.abs() * rough_h).sum(0),
        "dbias": dy.abs().sum(0),
    }


@pytest.mark.parametrize("far", [0, 20])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["layer_norm", "rms_norm"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_norm(dtype, name, shape, far):
    d, first_row, is_layer = Dropout(0.1), 5, name == "layer_norm"
    real = of_type(dtype)
    plan = (d.plan, Rows(rows=shape[0], cols=shape[1], first_row=first_row))
    keep = d.keep(*shape, offset=first_row * shape[1])
    x, dy, dz = (numbers(shape, dtype, seed) for seed in (1, 2, 3))
    residual = numbers(shape, dtype, 4) + far
    weight, bias = (numbers(shape[1:], real, seed) for seed in (5, 6))
    biases = [bias] if is_layer else []

    z, y, dx, dresidual = empty(x, x, x, x)
    rstd = torch.empty(shape[0], dtype=real)
    dweight = torch.zeros_like(weight)
    moments, sums = ([torch.empty_like(rstd), rstd], [dweight, torch.zeros_like(bias)])
    if not is_layer:
        moments, sums = [rstd], [dweight]
    call(f"dropout_{name}", dtype, *plan, x, residual, weight, *biases, EPS, z, y, *moments)
    call(
        f"dropout_{name}_backward",
        dtype,
        *plan,
        *(None, dy, dz, z, weight),
        *moments,
        *(dx, dresidual),
        *sums,
    )

    factors = d.factors(keep, real)
    check("norm z", dtype, z, residual.to(real) + x.to(real) * factors)

    # From z on, as it is stored, for both; dz reaches it by another way.
    def by_torch(dtype):
        inputs = [t.to(dtype) for t in (z, weight, *biases)]

        def function(z, weight, bias=None):
            if is_layer:
                return functional.layer_norm(z, shape[1:], weight, bias, EPS)
            return functional.rms_norm(z, shape[1:], weight, EPS)

        y, (dz_of_y, *sums) = with_gradients(function, inputs, dy)
        dresidual = dz_of_y + dz.to(dtype)
        return {
            "": y,
            " dz": dresidual,
            " dx": dresidual * d.factors(keep, dtype),
            " dweight": sums[0],
            " dbias": sums[-1],
        }

    exact, own, size = by_torch(torch.float64), by_torch(dtype), sizes(z, dy, dz, weight, is_layer)
    if is_layer:
        size["y"] = size["y"] + bias.double().abs()
        check(f"{name} dbias", dtype, sums[1], exact[" dbias"], own[" dbias"], size["dbias"])
    check(name, dtype, y, exact[""], own[""], size["y"])
    check(f"{name} dz", dtype, dresidual, exact[" dz"], own[" dz"], size["dz"])
    check(f"{name} dx", dtype, dx, exact[" dx"], own[" dx"], size["dz"] * d.scale)
    check(f"{name} dweight", dtype, sums[0], exact[" dweight"], own[" dweight"], size["dweight"])
