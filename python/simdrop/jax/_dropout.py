# SPDX-License-Identifier: MIT
"""Dropout as an operation of JAX: jit, grad of any order, vmap, shard_map, sharded arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.custom_partitioning import custom_partitioning
from jax.sharding import NamedSharding, PartitionSpec

import simdrop

_library = Path(simdrop.__file__).with_name("_simdrop_jax.so")
if not _library.exists():
    raise ImportError(
        "this simdrop was built without JAX: install JAX first, then simdrop with pip's "
        "--no-build-isolation"
    )
_handler = ctypes.CDLL(str(_library)).simdrop_jax_dropout
jax.ffi.register_ffi_target("simdrop_dropout", jax.ffi.pycapsule(_handler), platform="cpu")


def _words(*numbers: Any) -> jax.Array:
    """Each number as two words, the more significant first; traced ones are below 2**32."""
    words: list[Any] = []
    for number in numbers:
        if isinstance(number, int | np.integer):
            if not 0 <= number < 2**64:
                raise ValueError(f"{number} is not from 0 to 2**64 - 1")
            words += [number >> 32, number & 0xFFFFFFFF]
        else:
            words += [0, number]
    return jnp.stack([jnp.asarray(word, jnp.uint32) for word in words])


def key(seed: int, stream: int = 0) -> jax.Array:
    """The key of simdrop.Dropout(rate, seed, stream)."""
    return _words(seed, stream)


def position(seed: int, layer: Any, step: Any) -> jax.Array:
    """A key by position: masks are functions of seed, layer, step and element alone.

    Layer and step may be traced, so that a step isn't compiled anew.
    """
    return _words(seed, layer, step)


def dropout(
    x: jax.Array,
    key: jax.Array,
    rate: float,
    *,
    deterministic: bool = False,
    broadcast_dims: Sequence[int] = (),
) -> jax.Array:
    """What is kept times 1/(1-rate), and +0; the rate is realized to 16 bits or so.

    key    of jax.random, of either kind; or of `key` or `position`. Element i of x, in row-major
           order, is dropped or kept as simdrop.Dropout(rate, seed, stream) says, where a key of
           jax.random.key(seed) is that seed, with stream 0
    rate   from 0 to 1
    deterministic    x as it is, for inference
    broadcast_dims   dimensions along which all elements share one draw

    Gradients draw the mask again, of any order. `vmap` gives all samples the mask of the key,
    unless each has its own. An array that is sharded, by jit or shard_map's caller, draws the mask
    of the whole; inside shard_map the mask is the shard's own. Arrays are of float32, float64,
    bfloat16 or float16.
    """
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"the rate is a probability, from 0 to 1, not {rate}")
    x = jnp.asarray(x)
    if x.dtype not in (jnp.float32, jnp.float64, jnp.bfloat16, jnp.float16):
        raise TypeError(f"dropout is of float32, float64, bfloat16 or float16, not {x.dtype}")
    if deterministic or rate == 0.0:
        return x
    if jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
        key = jax.random.key_data(key)
    if key.dtype != jnp.uint32 or key.shape not in ((2,), (4,), (6,)):
        raise TypeError(
            f"a key is of jax.random, or of 2, 4 or 6 uint32, not {key.dtype}{key.shape}"
        )
    if broadcast_dims:
        shared = {dim % x.ndim for dim in broadcast_dims}
        shape = [1 if dim in shared else size for dim, size in enumerate(x.shape)]
        factors = jax.lax.stop_gradient(_dropout(jnp.ones(shape, x.dtype), key, rate))
        return jnp.where(factors == 0, 0, x * factors)
    return _dropout(x, key, rate)


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def _dropout(x: jax.Array, key: jax.Array, rate: float) -> jax.Array:
    return _mapped(rate)(x, key)


def _forward(x: jax.Array, key: jax.Array, rate: float) -> tuple[jax.Array, jax.Array]:
    return _dropout(x, key, rate), key


def _backward(rate: float, key: jax.Array, dy: jax.Array) -> tuple[jax.Array, Any]:
    return _dropout(dy, key, rate), np.zeros(key.shape, jax.dtypes.float0)


_dropout.defvjp(_forward, _backward)


@cache
def _mapped(rate: float) -> Any:
    """custom_partitioning has no rule for vmap: one call after the other has.

    Compiled, and one for each rate, or a call outside of jit would be traced anew each time.
    """

    @jax.custom_batching.custom_vmap
    def call(x: jax.Array, key: jax.Array) -> jax.Array:
        return _sharded(x, key, rate)

    @call.def_vmap
    def rule(size: int, batched: Any, x: jax.Array, key: jax.Array) -> tuple[jax.Array, bool]:
        if not batched[0]:
            x = jnp.broadcast_to(x, (size, *x.shape))
        if batched[1]:
            return jax.lax.map(lambda both: call(*both), (x, key)), True
        return jax.lax.map(lambda x: call(x, key), x), True

    return jax.jit(call)


def _shard(x: jax.Array, key: jax.Array, start: jax.Array, rate: float, shape: Any) -> jax.Array:
    """Dropout of the part of an array of `shape` that begins at the indices `start`."""
    call = jax.ffi.ffi_call("simdrop_dropout", jax.ShapeDtypeStruct(x.shape, x.dtype))
    return call(x, key, start, rate=np.float64(rate), global_shape=np.array(shape, np.int64))


@partial(custom_partitioning, static_argnums=(2,))
def _sharded(x: jax.Array, key: jax.Array, rate: float) -> jax.Array:
    return _shard(x, key, jnp.zeros(x.ndim, jnp.int32), rate, x.shape)


def _partition(rate: float, mesh: Any, arguments: Any, result: Any) -> Any:
    x = arguments[0]
    spec = tuple(x.sharding.spec) + (None,) * (len(x.shape) - len(x.sharding.spec))

    def start_of(dim: int, size: int) -> Any:
        axes = spec[dim] or ()
        index: Any = 0
        for axis in (axes,) if isinstance(axes, str) else axes:
            index = index * mesh.shape[axis] + jax.lax.axis_index(axis)
        return jnp.asarray(index * size, jnp.int32)

    def of_part(part: jax.Array, key: jax.Array) -> jax.Array:
        starts = [start_of(dim, size) for dim, size in enumerate(part.shape)]
        start = jnp.stack(starts) if starts else jnp.zeros(0, jnp.int32)
        return _shard(part, key, start, rate, x.shape)

    here = NamedSharding(mesh, PartitionSpec(*spec))
    everywhere = NamedSharding(mesh, PartitionSpec())
    return mesh, of_part, here, (here, everywhere)


def _rule(rate: float, mesh: Any, arguments: Any, results: Any) -> str:
    dims = " ".join(f"d{i}" for i in range(len(arguments[0].shape)))
    return f"{dims}, k -> {dims}"


_sharded.def_partition(
    partition=_partition,
    infer_sharding_from_operands=lambda rate, mesh, arguments, result: arguments[0].sharding,
    sharding_rule=_rule,
)
