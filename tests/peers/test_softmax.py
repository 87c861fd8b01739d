# SPDX-License-Identifier: MIT
"""Softmax and dropout of attention's scores, and their gradient, against PyTorch."""

import pytest
import torch
from compare import DTYPES, check, numbers, with_gradients

from simdrop import Dropout, Rows, SoftmaxConfig, call, of_type

SHAPES = [(1, 1, 1), (2, 5, 7), (3, 17, 129), (2, 33, 33), (1, 4, 1031)]  # heads, queries, keys


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", [None, "bias", "hidden"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax(dtype, shape, masked, causal):
    heads, queries, keys = shape
    d, first_row, factor = Dropout(0.1), 5, 0.125
    real = of_type(dtype)
    rows = Rows(rows=heads * queries, cols=keys, first_row=first_row)
    config = SoftmaxConfig(scale=factor, causal=causal, queries=queries, mask_rows=queries)
    keep = d.keep(*shape, offset=first_row * keys)
    x, dy = numbers(shape, dtype, 1, 8), numbers(shape, dtype, 2)
    mask = None if masked is None else numbers((queries, keys), real, 3)
    if masked == "hidden":  # all but the first key, so that no row is empty
        mask[:, 1:][numbers((queries, keys - 1), real, 4) > 0] = -torch.inf
    hidden = torch.zeros(queries, keys, dtype=torch.bool)
    if causal:
        hidden = torch.ones_like(hidden).triu(keys - queries + 1)

    def scores(x):
        t = x * factor
        return t if mask is None else t + mask.to(x.dtype)

    def softmax(x):
        return scores(x).masked_fill(hidden, -torch.inf).softmax(-1)

    probs, y, dx = (torch.full_like(x, torch.nan) for _ in range(3))
    call("softmax_dropout", dtype, d.plan, rows, config, x, mask, probs, y)
    call("softmax_dropout_backward", dtype, d.plan, rows, config, None, dy, probs, dx)

    def by_torch(dtype):
        p = softmax(x.to(dtype))
        factors = d.factors(keep, dtype)
        return p, with_gradients(lambda x: softmax(x) * factors, [x.to(dtype)], dy)[1][0]

    (exact_p, exact_dx), (own_p, own_dx) = by_torch(torch.float64), by_torch(dtype)
    terms = x.double().abs() * factor
    if mask is not None:
        terms = terms + mask.double().abs().nan_to_num(posinf=0)
    size = exact_p * (1 + terms + terms.amax(-1, keepdim=True))
    check("softmax probs", dtype, probs, exact_p, own_p, size)
    check("softmax y", dtype, y, probs.to(real) * d.factors(keep, real))
    dp = (dy.double() * d.factors(keep, torch.float64)).abs()
    size = size * (dp + (dp * size).sum(-1, keepdim=True)) * factor
    check("softmax dx", dtype, dx, exact_dx, own_dx, size)


def attention(scores, see):
    """PyTorch's attention, with the scores for q and unit vectors for k: q k' is the scores."""
    unit = torch.eye(3, dtype=torch.float64)[None, None]
    return torch.nn.functional.scaled_dot_product_attention(
        scores.double()[None, None], unit, unit, see, scale=1.0
    )[0, 0]


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_without_keys(dtype):
    """Are 0, as in PyTorch's attention, and not NaN as in its softmax."""
    d = Dropout(0.1)
    x = numbers((5, 3), dtype, 1)
    rows, config = Rows(rows=5, cols=3), SoftmaxConfig(causal=1, queries=5)
    y, dx = torch.full_like(x, torch.nan), torch.full_like(x, torch.nan)
    probs = torch.full_like(x, torch.nan)
    call("softmax_dropout", dtype, d.plan, rows, config, x, None, probs, y)
    call("softmax_dropout_backward", dtype, d.plan, rows, config, None, x, probs, dx)
    see = torch.ones(5, 3, dtype=torch.bool).tril(-2)
    check("softmax probs", dtype, probs, attention(x, see))
    assert not y[:2].any() and not dx[:2].any()
