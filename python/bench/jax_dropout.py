# SPDX-License-Identifier: MIT
"""The speed of simdrop.jax against jax.random's dropout, by either generator: python jax_dropout.py

Forward, compiled, float32, p = 0.1; medians of interleaved repetitions of one run.
"""

import jax
import jax.numpy as jnp
from measure import interleaved, micro, table

import simdrop.jax as sj

SIZES = {"64": 64, "1 K": 1024, "32 K": 32768, "1 M": 1 << 20}


@jax.jit
def theirs(x, key):
    return jnp.where(jax.random.bernoulli(key, 0.9, x.shape), x / 0.9, 0)


@jax.jit
def ours(x, key):
    return sj.dropout(x, key, 0.1)


def main():
    print(f"JAX {jax.__version__}, {jax.device_count()} CPU device")
    rows = [["elements", "simdrop", "threefry", "rbg", "of threefry", "of rbg"]]
    keys = {kind: jax.random.key(1, impl=kind) for kind in ("threefry2x32", "rbg")}
    for name, n in SIZES.items():
        x = jnp.ones(n, jnp.float32)
        calls = {"simdrop": (ours, keys["threefry2x32"])} | {
            k: (theirs, v) for k, v in keys.items()
        }
        times = interleaved(
            {k: lambda f=f, v=v, x=x: f(x, v).block_until_ready() for k, (f, v) in calls.items()},
            name=f"JAX, {name}",
        )
        ratios = [f"{times[k] / times['simdrop']:.2f}" for k in keys]
        rows.append([name, *map(micro, times.values()), *ratios])
    table("JAX, forward, float32: how many times as fast simdrop is", rows)


if __name__ == "__main__":
    main()
