# SPDX-License-Identifier: MIT
"""Compiled and exported code, and what PyTorch checks of operators."""

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.library import opcheck  # noqa: E402

import simdrop.torch as st  # noqa: E402

KEY = st.key(3, 4)
ops = torch.ops.simdrop


def numbers(*shape, grad=True):
    return torch.randn(*shape).requires_grad_(grad)


OPERATORS = {
    "dropout": lambda: (ops.dropout, numbers(5, 6), KEY.words, 0.3, -1),
    "dropout_": lambda: (ops.dropout_, numbers(5, 6, grad=False), KEY.words, 0.3, -1),
    "shard": lambda: (ops.dropout_shard, numbers(5, 6), KEY.words, 0.3, -1, [9, 9], [2, 3]),
    "broadcast": lambda: (ops.broadcast, numbers(5, 6, 7), KEY.words, 0.3, -1, [5, 6, 1]),
    "drop_path": lambda: (ops.drop_path, numbers(5, 6), KEY.words, 0.3, -1, True),
    "alpha": lambda: (ops.alpha, numbers(5, 6), KEY.words, 0.3, -1, False, False),
    "attention": lambda: (ops.attention, *(numbers(1, 2, 5, 4) for _ in range(3)), None, KEY.words,
                          0.3, -1, True, 0.5),
    "fused": lambda: (ops.fused, numbers(5, 6), numbers(6), numbers(5, 6), KEY.words, 0.3, -1, 2),
    "norm": lambda: (ops.norm, numbers(5, 6), numbers(5, 6), numbers(6), numbers(6), 1e-5,
                     KEY.words, 0.3, -1, False),
    "rms norm": lambda: (ops.norm, numbers(5, 6), None, numbers(6), None, 1e-5, KEY.words, 0.3, 2,
                         True),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATORS)
def test_opcheck(name):
    op, *arguments = OPERATORS[name]()
    opcheck(op.default, tuple(arguments))


class Block(nn.Module):
    """With each kind of module and function once."""

    def __init__(self, position):
        super().__init__()
        self.first = nn.Linear(16, 16)
        self.drop = nn.Dropout(0.4)
        self.path = st.DropPath(0.2)
        self.position = position

    def forward(self, x):
        x = x + self.path(self.drop(self.first(x).relu()))
        q = x.view(4, 5, 2, 8).transpose(1, 2)
        key = None if self.position is None else self.position.at(7)
        x = st.scaled_dot_product_attention(q, q, q, None, 0.3, True, dropout_key=key)
        x = x.transpose(1, 2).reshape(4, 5, 16)
        key = None if self.position is None else self.position.at(8)
        x = st.bias_act_dropout_add(x, self.first.bias, None, 0.3, "gelu", key=key)
        key = None if self.position is None else self.position.at(9)
        return st.dropout_add_layer_norm(x, None, p=0.1, key=key)[0]


def test_compiled_at_a_position():
    """Compiled code gives eager code's masks, in each step, and isn't compiled again."""
    torch._dynamo.reset()
    position = st.Position(3)
    model = st.convert(Block(position), position)
    with torch._dynamo.config.patch(error_on_recompile=True):
        compiled = torch.compile(model, fullgraph=True)
        x = numbers(4, 5, 16)
        for step in range(4):
            position.step = step
            position.first_sample = 8 * (step % 2)
            expected, y = model(x), compiled(x)
            torch.testing.assert_close(y, expected, rtol=1e-4, atol=1e-5)
            assert torch.equal(y == 0, expected == 0)
            gradients = (torch.autograd.grad(y.square().sum(), x)[0] for y in (expected, y))
            torch.testing.assert_close(*gradients, rtol=1e-3, atol=1e-4)


def test_compiled_with_the_generator():
    torch._dynamo.reset()
    module = st.Dropout(0.5)
    with torch._dynamo.config.patch(error_on_recompile=True):
        compiled = torch.compile(module, fullgraph=True)
        x = torch.ones(1000, requires_grad=True)
        torch.manual_seed(1)
        first, second = compiled(x), compiled(x)
        assert not torch.equal(first, second)
        torch.manual_seed(1)
        again = compiled(x)
        assert torch.equal(again, first)
        assert torch.equal(torch.autograd.grad(again.sum(), x)[0], first)


def test_compiled_in_place():
    torch._dynamo.reset()
    position = st.Position(3)
    module = st.Dropout(0.5, inplace=True).at(position, 0)
    x = torch.ones(1000)
    y = torch.compile(module, fullgraph=True)(x)
    assert torch.equal(x, module(torch.ones(1000)))
    assert torch.equal(x, y)


def test_exported():
    position = st.Position(3)
    model = st.convert(nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5)), position)
    x = numbers(3, 4)
    program = torch.export.export(model, (x,))
    assert any("simdrop" in str(node.target) for node in program.graph.nodes)
    torch.testing.assert_close(program.module()(x), model(x))
