# SPDX-License-Identifier: MIT
"""The fused forms against what they are made of."""

import pytest

torch = pytest.importorskip("torch")
import torch.nn.functional as F  # noqa: E402

import simdrop.torch as st  # noqa: E402

KEY = st.key(3, 4)


def numbers(*shape, dtype=torch.float64, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator).to(dtype).requires_grad_()


def check(got, expected, inputs, error):
    for a, b in zip(got, expected, strict=True):
        torch.testing.assert_close(a.double(), b.double(), rtol=error, atol=error)
    weights = [torch.randn_like(y) for y in got]
    gradients = (
        torch.autograd.grad([(y * w).sum() for y, w in zip(ys, weights, strict=True)], inputs)
        for ys in (got, expected)
    )
    for a, b in zip(*gradients, strict=True):
        assert a.dtype == b.dtype
        torch.testing.assert_close(a.double(), b.double(), rtol=error, atol=10 * error)


TYPES = [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.bfloat16, 5e-2)]
ACTIVATIONS = {
    None: lambda t: t,
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu_tanh": lambda t: F.gelu(t, approximate="tanh"),
    "silu": F.silu,
}


@pytest.mark.parametrize(("dtype", "error"), TYPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_bias_act_dropout_add(activation, dtype, error):
    x, residual, bias = (numbers(3, 40, 24, dtype=dtype), numbers(3, 40, 24, dtype=dtype, seed=2),
                         numbers(24, dtype=dtype, seed=3))  # fmt: skip
    y = st.bias_act_dropout_add(x, bias, residual, 0.3, activation, key=KEY)
    f = ACTIVATIONS[activation]
    expected = residual + st.functional.dropout(f(x + bias), 0.3, key=KEY)
    check([y], [expected], (x, bias, residual), error)
    bare = st.bias_act_dropout_add(x, None, None, 0.3, activation, key=KEY)
    check([bare], [st.functional.dropout(f(x), 0.3, key=KEY)], (x,), error)


@pytest.mark.parametrize(("dtype", "error"), TYPES)
def test_layer_norm(dtype, error):
    x, residual = numbers(3, 40, 24, dtype=dtype), numbers(3, 40, 24, dtype=dtype, seed=2)
    weight, bias = numbers(24, dtype=dtype, seed=3), numbers(24, dtype=dtype, seed=4)
    got = st.dropout_add_layer_norm(x, residual, weight, bias, 0.3, key=KEY)
    z = residual + st.functional.dropout(x, 0.3, key=KEY)
    expected = F.layer_norm(z, (24,), weight, bias), z
    check(got, expected, (x, residual, weight, bias), error)
    bare = st.dropout_add_layer_norm(x, p=0.3, key=KEY)
    z = st.functional.dropout(x, 0.3, key=KEY)
    check(bare, (F.layer_norm(z, (24,)), z), (x,), error)


@pytest.mark.parametrize(("dtype", "error"), TYPES)
def test_rms_norm(dtype, error):
    x, residual = numbers(3, 40, 24, dtype=dtype), numbers(3, 40, 24, dtype=dtype, seed=2)
    weight = numbers(24, dtype=dtype, seed=3)
    got = st.dropout_add_rms_norm(x, residual, weight, 0.3, key=KEY)
    z = residual + st.functional.dropout(x, 0.3, key=KEY)
    check(got, (F.rms_norm(z, (24,), weight, 1e-6), z), (x, residual, weight), error)


def test_evaluation():
    x = numbers(5, 6)
    y = st.bias_act_dropout_add(x, activation="relu", training=False)
    assert torch.equal(y, x.relu())
    y, z = st.dropout_add_layer_norm(x, training=False)
    assert torch.equal(z, x)


def test_sums_do_not_depend_on_threads():
    x = numbers(3000, 64, dtype=torch.float32)
    bias = numbers(64, dtype=torch.float32, seed=2)
    sums = []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        y = st.bias_act_dropout_add(x, bias, None, 0.3, "gelu", key=KEY)
        sums.append(torch.autograd.grad(y.sum(), bias)[0])
    torch.set_num_threads(2)
    assert torch.equal(sums[0], sums[1])
    assert torch.equal(sums[0], sums[2])


def test_parts_of_a_batch():
    position = st.Position(5)
    x = numbers(8, 5, 6)
    calls = (
        lambda x: st.bias_act_dropout_add(x, key=position.at(1)),
        lambda x: st.dropout_add_layer_norm(x, key=position.at(1))[1],
    )
    for call in calls:
        position.first_sample = 0
        whole = call(x)
        position.first_sample = 6
        assert torch.equal(call(x[6:]), whole[6:])


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [
        (ValueError, "activation is", lambda x: st.bias_act_dropout_add(x, activation="elu")),
        (ValueError, "residual has the shape", lambda x: st.bias_act_dropout_add(x, None, x[0])),
        (RuntimeError, "as many elements", lambda x: st.bias_act_dropout_add(x, x[0, :2])),
        (RuntimeError, "of float16", lambda x: st.bias_act_dropout_add(x.half())),
        (ValueError, "from 0 to 1", lambda x: st.dropout_add_layer_norm(x, p=2.0)),
        (RuntimeError, "one type", lambda x: st.dropout_add_layer_norm(x, x.float())),
        (RuntimeError, "setup_context", lambda x: torch.func.jvp(
            lambda x: st.dropout_add_layer_norm(x)[0], (x.detach(),), (x.detach(),))),
        (RuntimeError, "once_differentiable", lambda x: torch.autograd.grad(
            st.bias_act_dropout_add(x, activation="gelu").square().sum(), x,
            create_graph=True)[0].sum().backward()),
    ],
)  # fmt: skip
def test_bad_input(error, words, call):
    with pytest.raises(error, match=words):
        call(numbers(3, 4))
