# SPDX-License-Identifier: MIT
"""Attention with dropout against PyTorch's functions under the same mask."""

import math

import pytest

torch = pytest.importorskip("torch")
import torch.nn.functional as F  # noqa: E402

import simdrop.torch as st  # noqa: E402

KEY = st.key(3, 4)
attention = st.scaled_dot_product_attention


def numbers(*shape, dtype=torch.float32, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def written_out(q, k, v, mask=None, p=0.3, causal=False, scale=None):
    """In float64."""
    q, k, v = q.double(), k.double(), v.double()
    if k.dim() > 2 and k.shape[-3] != q.shape[-3]:
        k, v = (x.repeat_interleave(q.shape[-3] // k.shape[-3], -3) for x in (k, v))
    scores = q @ k.transpose(-1, -2) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    if causal:
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool).tril().logical_not()
        scores = scores.masked_fill(hidden, -math.inf)
    if mask is not None and mask.dtype == torch.bool:
        scores = scores.masked_fill(~mask, -math.inf)
    elif mask is not None:
        scores = scores + mask
    weights = scores.softmax(-1)
    kept = st.functional.dropout(torch.ones_like(weights), p, key=KEY)
    return (weights * kept) @ v


CASES = {
    "square": {},
    "causal": {"causal": True},
    "one query": {"q": (2, 3, 1, 16)},
    "more queries than keys": {"q": (2, 3, 150, 16), "causal": True},
    "fewer queries than keys": {"q": (2, 3, 20, 16), "causal": True},
    "other size of values": {"v": (2, 3, 70, 24)},
    "groups": {"q": (2, 6, 70, 16)},
    "groups, causal": {"q": (2, 6, 70, 16), "causal": True},
    "without batch": {"q": (3, 70, 16), "k": (3, 70, 16), "v": (3, 70, 16)},
    "a matrix": {"q": (70, 16), "k": (70, 16), "v": (70, 16)},
    "five dimensions": {"q": (2, 2, 3, 70, 16), "k": (2, 2, 3, 70, 16), "v": (2, 2, 3, 70, 16)},
    "long": {"q": (1, 1, 40, 8), "k": (1, 1, 5000, 8), "v": (1, 1, 5000, 8)},
    "bool mask": {"mask": lambda: numbers(2, 1, 70, 70) > -1},
    "bool mask of keys": {"mask": lambda: numbers(2, 1, 1, 70) > -1},
    "bias of heads": {"mask": lambda: numbers(3, 70, 70)},
    "bias with gaps": {"mask": lambda: numbers(70, 90)[:, :70]},
    "scale": {"scale": 0.7},
}


def case(name, dtype):
    c = {"q": (2, 3, 70, 16), "k": (2, 3, 70, 16), "v": (2, 3, 70, 16), "mask": lambda: None}
    c |= {"causal": False, "scale": None} | CASES[name]
    q, k, v = (numbers(*c[x], dtype=dtype, seed=i).requires_grad_() for i, x in enumerate("qkv"))
    return q, k, v, c["mask"](), c["causal"], c["scale"]


@pytest.mark.parametrize(
    ("dtype", "error"), [(torch.float64, 1e-12), (torch.float32, 3e-6), (torch.bfloat16, 3e-2)]
)
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name, dtype, error):
    q, k, v, mask, causal, scale = case(name, dtype)
    y = attention(
        q, k, v, mask, 0.3, causal, scale, enable_gqa=name.startswith("groups"), dropout_key=KEY
    )
    expected = written_out(q, k, v, mask, 0.3, causal, scale)
    assert y.dtype == dtype
    assert y.shape == expected.shape
    torch.testing.assert_close(y.double(), expected, rtol=error, atol=error)
    dy = numbers(*y.shape, dtype=dtype, seed=9)
    got = torch.autograd.grad(y, (q, k, v), dy)
    wanted = torch.autograd.grad(expected, (q, k, v), dy.double())
    for a, b in zip(got, wanted, strict=True):
        torch.testing.assert_close(a.double(), b.double(), rtol=error, atol=3 * error)


def test_layouts():
    """Heads out of a projection, as models have them."""
    x = numbers(2, 50, 3, 4, 8)
    q, k, v = x.transpose(1, 3).unbind(2)
    dense = (z.contiguous() for z in (q, k, v))
    a = attention(q, k, v, dropout_p=0.3, is_causal=True, dropout_key=KEY)
    b = attention(*dense, dropout_p=0.3, is_causal=True, dropout_key=KEY)
    torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6)
    assert a.transpose(1, 2).is_contiguous()  # for the projection that comes next


def test_rows_that_see_nothing():
    q = numbers(1, 1, 4, 8)
    mask = torch.ones(4, 4, dtype=torch.bool)
    mask[2] = False
    y = attention(q, q, q, mask, 0.3, dropout_key=KEY)
    assert not y.isnan().any()
    assert not y[0, 0, 2].any()


def test_threads_and_parts_of_a_batch():
    q, k, v = (numbers(6, 4, 100, 16, seed=i) for i in range(3))
    torch.set_num_threads(1)
    whole = attention(q, k, v, dropout_p=0.3, is_causal=True, dropout_key=KEY)
    torch.set_num_threads(3)
    again = attention(q, k, v, dropout_p=0.3, is_causal=True, dropout_key=KEY)
    torch.set_num_threads(2)
    torch.testing.assert_close(whole, again, rtol=1e-6, atol=1e-6)
    position = st.Position(5)
    whole = attention(q, k, v, dropout_p=0.3, dropout_key=position.at(0))
    position.first_sample = 4
    part = attention(q[4:], k[4:], v[4:], dropout_p=0.3, dropout_key=position.at(0))
    torch.testing.assert_close(part, whole[4:], rtol=1e-6, atol=1e-6)


def test_differentiated_in_other_ways():
    q, k, v = (numbers(1, 2, 5, 4, dtype=torch.float64, seed=i).requires_grad_() for i in range(3))
    mask = numbers(1, 1, 5, 5, dtype=torch.float64).requires_grad_()

    def function(q, k, v, mask=None):
        return attention(q, k, v, mask, 0.3, mask is None, dropout_key=KEY)

    assert torch.autograd.gradcheck(function, (q, k, v), check_forward_ad=True)
    assert torch.autograd.gradcheck(function, (q, k, v, mask))
    assert torch.autograd.gradgradcheck(function, (q, k, v))
    y, slope = torch.func.jvp(lambda q: function(q, k, v), (q,), (torch.ones_like(q),))
    torch.testing.assert_close(y, function(q, k, v))
    assert slope.abs().max() > 1e-3


def test_without_dropout():
    q = numbers(1, 2, 9, 8)
    torch.testing.assert_close(attention(q, q, q), F.scaled_dot_product_attention(q, q, q))


def test_memory():
    """No tensor of queries times keys, forward or backward."""
    q, k, v = (numbers(1, 2, 1024, 16, seed=i).requires_grad_() for i in range(3))
    with torch.profiler.profile(profile_memory=True) as profile:
        attention(q, k, v, dropout_p=0.1, is_causal=True).sum().backward()
    most = max(event.cpu_memory_usage for event in profile.events())
    assert most < 1024 * 1024 * 4


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [
        (ValueError, "from 0 to 1", lambda q: attention(q, q, q, dropout_p=2)),
        (ValueError, "not both", lambda q: attention(q, q, q, q[0, 0] @ q[0, 0].T, 0.1, True)),
        (ValueError, "two dimensions", lambda q: attention(q[0, 0, 0], q, q, dropout_p=0.1)),
        (RuntimeError, "don't fit", lambda q: attention(q, q[..., :2], q, dropout_p=0.1)),
        (RuntimeError, "one type", lambda q: attention(q, q.double(), q, dropout_p=0.1)),
        (RuntimeError, "mask", lambda q: attention(q, q, q, q[..., 0], 0.1)),
    ],
)
def test_bad_input(error, words, call):
    with pytest.raises(error, match=words):
        call(numbers(1, 2, 5, 4))
