# SPDX-License-Identifier: MIT
"""simdrop.jax: masks against simdrop.Dropout's, on one device, four, and two processes."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import simdrop

jax = pytest.importorskip("jax")
import jax.numpy as jnp  # noqa: E402
from jax.sharding import AxisType, NamedSharding, PartitionSpec  # noqa: E402

import simdrop.jax as sj  # noqa: E402

EXAMPLE = Path(__file__).parents[1] / "examples" / "jax_workers.py"
SEED, STREAM = 0x923456789ABCDEF0, 0xFEDCBA9876543210
KEY = sj.key(SEED, STREAM)


def numbers(*shape, dtype=jnp.float32):
    return jnp.asarray(np.random.default_rng(1).standard_normal(shape)).astype(dtype)


def same(a, b):
    """Bit for bit."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    assert a.tobytes() == b.tobytes()


def plan(rate=0.3):
    return simdrop.Dropout(rate, SEED, STREAM)


@pytest.mark.parametrize("dtype", (jnp.float32, jnp.bfloat16, jnp.float16))
@pytest.mark.parametrize("rate", (0.0, 0.1, 0.25, 1 / 3, 1.0))
def test_values(rate, dtype):
    x = numbers(5, 1001, dtype=dtype)
    same(sj.dropout(x, KEY, rate), plan(rate)(np.asarray(x)))
    compiled = jax.jit(lambda x, key: sj.dropout(x, key, rate))
    same(compiled(x, KEY), plan(rate)(np.asarray(x)))
    gradient = jax.grad(lambda x: sj.dropout(x, KEY, rate).astype(jnp.float32).sum())(x)
    same(gradient, plan(rate)(np.ones_like(x)))


def test_float64():
    with jax.enable_x64(True):
        x = numbers(100, dtype=jnp.float64)
        same(sj.dropout(x, KEY, 0.3), plan()(np.asarray(x)))


@pytest.mark.parametrize("shape", ((), (0, 3), (1,), (700_001,), (3, 4, 5, 6)))
def test_shapes(shape):
    x = numbers(*shape)
    same(sj.dropout(x, KEY, 0.3), plan()(np.asarray(x)))


def test_keys():
    x = numbers(1000)
    same(sj.dropout(x, jax.random.key(42), 0.3), simdrop.Dropout(0.3, 42)(np.asarray(x)))
    same(sj.dropout(x, jax.random.PRNGKey(42), 0.3), simdrop.Dropout(0.3, 42)(np.asarray(x)))
    rbg = jax.random.key(7, impl="rbg")
    assert 600 < np.count_nonzero(sj.dropout(x, rbg, 0.3)) < 800
    first, second = jax.random.split(jax.random.key(1))
    assert (sj.dropout(x, first, 0.3) != sj.dropout(x, second, 0.3)).any()
    for layer, step in ((0, 0), (3, 0), (3, 5)):
        stream = simdrop.stream_derive(layer, step, 0)
        expected = simdrop.Dropout(0.3, SEED, stream)(np.asarray(x))
        same(sj.dropout(x, sj.position(SEED, layer, step), 0.3), expected)
        traced = jax.jit(lambda x, step, layer=layer: sj.dropout(
            x, sj.position(SEED, layer, step), 0.3))  # fmt: skip
        same(traced(x, step), expected)


def test_gradients():
    x = numbers(6, 7)

    def square(x):
        return (sj.dropout(x, KEY, 0.5) ** 2).sum()

    y = sj.dropout(x, KEY, 0.5)
    same(jax.grad(square)(x), 4 * y)
    ones = jnp.ones_like(x)
    second = jax.grad(lambda x: (jax.grad(square)(x) * ones).sum())(x)
    same(second, 4 * sj.dropout(ones, KEY, 0.5))
    third = jax.jit(jax.grad(lambda x: (jax.grad(lambda x: (y**3).sum() + square(x))(x)).sum()))
    same(third(x), second)
    with pytest.raises(TypeError, match="forward"):
        jax.jvp(square, (x,), (ones,))


def test_vmap():
    x = numbers(5, 6, 7)
    same(jax.vmap(lambda x: sj.dropout(x, KEY, 0.3))(x), [sj.dropout(part, KEY, 0.3) for part in x])
    keys = jax.random.split(jax.random.key(0), 5)
    expected = [sj.dropout(part, key, 0.3) for part, key in zip(x, keys, strict=True)]
    same(jax.vmap(lambda x, key: sj.dropout(x, key, 0.3))(x, keys), expected)
    same(
        jax.vmap(lambda key: sj.dropout(x[0], key, 0.3))(keys),
        [sj.dropout(x[0], key, 0.3) for key in keys],
    )
    nested = jax.vmap(jax.vmap(lambda x: sj.dropout(x, KEY, 0.3)))(x)
    same(nested[1, 2], sj.dropout(x[1, 2], KEY, 0.3))
    gradient = jax.vmap(jax.grad(lambda x: sj.dropout(x, KEY, 0.3).sum()))(x)
    same(gradient[0], sj.dropout(jnp.ones((6, 7)), KEY, 0.3))


def test_broadcast():
    x = numbers(4, 5, 6)
    y = np.asarray(sj.dropout(x, KEY, 0.3, broadcast_dims=(1,)))
    same(y, plan().broadcast(np.asarray(x), (4, 1, 6)))
    gradient = jax.grad(lambda x: sj.dropout(x, KEY, 0.3, broadcast_dims=(-2,)).sum())(x)
    same(gradient, plan().broadcast(np.ones_like(x), (4, 1, 6)))


SPECS = [
    ("a",),
    (None, "a"),
    (None, None, "b"),
    ("a", None, "b"),
    ("a", "b"),
    (("a", "b"),),
    (None, None, ("b", "a")),
    (),
]


@pytest.mark.parametrize("kind", (AxisType.Auto, AxisType.Explicit))
@pytest.mark.parametrize("spec", SPECS)
def test_sharded(spec, kind):
    """The mask of the whole, forward and backward, and no gathering."""
    mesh = jax.make_mesh((2, 2), ("a", "b"), axis_types=(kind, kind))
    sharding = NamedSharding(mesh, PartitionSpec(*spec))
    whole = numbers(8, 12, 16)
    x = jax.device_put(whole, sharding)

    def loss(x, key):
        return (sj.dropout(x, key, 0.3) ** 2).sum()

    function = jax.jit(lambda x, key: sj.dropout(x, key, 0.3))
    y = function(x, KEY)
    same(y, plan()(np.asarray(whole)))
    assert y.sharding.is_equivalent_to(sharding, 3)
    assert "all-gather" not in function.lower(x, KEY).compile().as_text()
    gradient = jax.jit(jax.grad(loss))(x, KEY)
    same(gradient, jax.jit(jax.grad(loss))(whole, KEY))


def test_shard_map():
    mesh = jax.make_mesh((4,), ("a",), axis_types=(AxisType.Auto,))
    x = numbers(8, 12)
    spec = PartitionSpec("a")
    keys = jax.random.split(jax.random.key(0), 4)

    def of_shard(x, keys):
        return sj.dropout(x, keys[0], 0.3)

    y = jax.shard_map(of_shard, mesh=mesh, in_specs=(spec, spec), out_specs=spec)(x, keys)
    parts = [sj.dropout(x[2 * i :][:2], keys[i], 0.3) for i in range(4)]
    same(y, jnp.concatenate(parts))


def test_two_processes(tmp_path):
    """The same whole mask as of one process, which has the devices of both."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, Path(__file__).parent / "processes.py", str(port)]
    processes = [
        subprocess.Popen([*command, str(i), tmp_path / str(i)], stderr=subprocess.PIPE)
        for i in range(2)
    ]
    errors = [process.communicate(timeout=100)[1].decode() for process in processes]
    for process, error in zip(processes, errors, strict=True):
        assert process.returncode == 0, error
    x = np.arange(8 * 64, dtype=np.float32).reshape(8, 64) + 1
    y = np.asarray(sj.dropout(x, sj.position(1, 2, 3), 0.3))
    assert b"".join((tmp_path / str(i)).read_bytes() for i in range(2)) == y.tobytes()


def losses(*options):
    command = [sys.executable, EXAMPLE, "--no-progress", "--steps", "4", *options]
    result = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert result.returncode == 0, result.stderr
    return re.findall(r"loss +(\S+) +(\S+)", result.stdout)


def test_losses():
    """Bit for bit on 1 and 4 devices, and on 2 processes."""
    alone = losses("--devices", "1")
    assert len(alone) == 4
    assert losses("--devices", "4") == alone
    assert losses("--devices", "2", "--processes", "2") == alone


def test_nnx():
    nnx = pytest.importorskip("flax.nnx")
    from simdrop.jax.nnx import Dropout

    x = jnp.ones((50, 60))
    module = Dropout(0.5, rngs=nnx.Rngs(0))
    first, second = module(x), module(x)
    assert (first != second).any()
    assert set(np.unique(first)) == {0.0, 2.0}
    same(Dropout(0.5, rngs=nnx.Rngs(0))(x), first)
    assert module(x, deterministic=True) is x
    same(module(x, rngs=jax.random.key(3)), sj.dropout(x, jax.random.key(3), 0.5))
    shared = Dropout(0.5, broadcast_dims=(0,), rngs=nnx.Rngs(0))(x)
    same(shared[0], shared[7])
    model = nnx.Sequential(nnx.Linear(60, 60, rngs=nnx.Rngs(1)), module)
    loss = nnx.jit(nnx.value_and_grad(lambda model: model(x).sum()))
    assert np.isfinite(loss(model)[0])
    with pytest.raises(ValueError, match="needs rngs"):
        Dropout(0.5)(x)


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [
        (ValueError, "from 0 to 1", lambda x: sj.dropout(x, KEY, 1.5)),
        (TypeError, "not int32", lambda x: sj.dropout(jnp.arange(3), KEY, 0.5)),
        (TypeError, "a key is of", lambda x: sj.dropout(x, jnp.zeros(3, jnp.uint32), 0.5)),
        (TypeError, "a key is of", lambda x: sj.dropout(x, jnp.zeros(2), 0.5)),
        (ValueError, "2\\*\\*64", lambda x: sj.key(-1)),
        (ValueError, "2\\*\\*64", lambda x: sj.position(0, 2**64, 0)),
    ],
)
def test_bad_input(error, words, call):
    with pytest.raises(error, match=words):
        call(numbers(4))
