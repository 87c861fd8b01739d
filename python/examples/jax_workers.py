# SPDX-License-Identifier: MIT
"""Trains the same small GPT in JAX on any number of devices and processes: the same losses.

    python jax_workers.py --devices 4                    # or 1, or 2: the same, bit for bit
    python jax_workers.py --devices 4 --processes 2      # two devices in each

The batch of 8 sequences is cut into 4 shards, whatever the number of devices. Dropout is by
position: seed, layer, and the step's shard. Gradients are summed in the shards' order.
"""

import argparse
import os
import socket
import subprocess
import sys
from functools import partial

VOCABULARY, LENGTH, WIDTH, HEADS, LAYERS = 64, 32, 32, 4, 2
BATCH, SHARDS, RATE, SEED = 8, 4, 0.1, 42


def run(options):
    import jax
    import jax.numpy as jnp
    import numpy as np
    from jax.sharding import AxisType, NamedSharding, PartitionSpec
    from tqdm import tqdm

    import simdrop.jax as sj

    if options.processes > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(options.join, options.processes, options.rank)
    mesh = jax.make_mesh((options.devices,), ("workers",), axis_types=(AxisType.Auto,))
    split, whole = (NamedSharding(mesh, PartitionSpec(*axes)) for axes in (("workers",), ()))

    def start():
        keys = iter(jax.random.split(jax.random.key(0), 2 + 4 * LAYERS))

        def weights(*shape):
            return jax.random.normal(next(keys), shape) * 0.1

        blocks = [
            {
                "qkv": weights(WIDTH, 3 * WIDTH),
                "out": weights(WIDTH, WIDTH),
                "up": weights(WIDTH, 4 * WIDTH),
                "down": weights(4 * WIDTH, WIDTH),
            }
            for _ in range(LAYERS)
        ]
        return {
            "tokens": weights(VOCABULARY, WIDTH),
            "places": weights(LENGTH, WIDTH),
            "blocks": blocks,
        }

    def norm(x):
        return (x - x.mean(-1, keepdims=True)) / jnp.sqrt(x.var(-1, keepdims=True) + 1e-5)

    def loss_of(weights, tokens, step):
        def drop(x, layer):
            return sj.dropout(x, sj.position(SEED, layer, step), RATE)

        x = drop(weights["tokens"][tokens[:, :-1]] + weights["places"], 0)
        hidden = jnp.triu(jnp.full((LENGTH, LENGTH), -jnp.inf), 1)
        for i, block in enumerate(weights["blocks"]):
            q, k, v = (
                z.reshape(len(x), LENGTH, HEADS, -1).swapaxes(1, 2)
                for z in jnp.split(norm(x) @ block["qkv"], 3, -1)
            )
            scores = q @ k.swapaxes(2, 3) / (WIDTH // HEADS) ** 0.5 + hidden
            attended = drop(jax.nn.softmax(scores), 3 * i + 1) @ v
            x = x + drop(attended.swapaxes(1, 2).reshape(x.shape) @ block["out"], 3 * i + 2)
            x = x + drop(jax.nn.gelu(norm(x) @ block["up"]) @ block["down"], 3 * i + 3)
        logits = jax.nn.log_softmax(norm(x) @ weights["tokens"].T)
        return -jnp.take_along_axis(logits, tokens[:, 1:, None], -1).mean() / SHARDS

    def of_shards(weights, tokens, numbers):
        """Loss and gradients of each shard that a worker has."""
        return jax.lax.map(
            lambda shard: jax.value_and_grad(loss_of)(weights, shard[0], shard[1]),
            (tokens, numbers),
        )

    spec = PartitionSpec("workers")
    of_workers = jax.shard_map(
        of_shards,
        mesh=mesh,
        in_specs=(PartitionSpec(), spec, spec),
        out_specs=spec,
        check_vma=False,
    )

    def in_order(parts):
        parts = jax.lax.with_sharding_constraint(parts, whole)
        return jax.lax.fori_loop(1, SHARDS, lambda i, sum: sum + parts[i], parts[0])

    @partial(jax.jit, donate_argnums=0)
    def train(weights, tokens, step):
        numbers = step * SHARDS + jnp.arange(SHARDS, dtype=jnp.uint32)
        losses, gradients = of_workers(weights, tokens, numbers)
        gradients = jax.tree.map(in_order, gradients)
        weights = jax.tree.map(lambda w, g: w - 0.5 * g, weights, gradients)
        return weights, in_order(losses)

    def batch_of(step):
        """Tokens that count up from a random one in random strides: something to learn."""
        first, stride = np.random.default_rng(step).integers(1, VOCABULARY, (2, BATCH, 1))
        tokens = (first + stride * np.arange(LENGTH + 1)) % VOCABULARY
        tokens = tokens.astype(np.int32).reshape(SHARDS, BATCH // SHARDS, LENGTH + 1)
        return jax.make_array_from_callback(tokens.shape, split, lambda index: tokens[index])

    weights = jax.jit(start, out_shardings=whole)()
    for step in tqdm(range(options.steps), disable=options.rank != 0 or not options.progress):
        weights, loss = train(weights, batch_of(step), jnp.uint32(step))
        if options.rank == 0:
            loss = float(loss)
            tqdm.write(f"step {step:3}  loss {loss:.6f}  {loss.hex()}")
    if options.processes > 1:
        jax.distributed.shutdown()  # which waits for the others, as they do at their end


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", type=int, default=1, choices=(1, 2, 4))
    parser.add_argument("--processes", type=int, default=1, choices=(1, 2))
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--no-progress", dest="progress", action="store_false")
    parser.add_argument("--rank", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--join", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.devices % options.processes:
        parser.error("each process has as many devices as the others")
    count = options.devices // options.processes
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={count}"
    os.environ["JAX_PLATFORMS"] = "cpu"
    others = []
    if options.processes > 1 and not options.join:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            options.join = f"127.0.0.1:{free.getsockname()[1]}"
        for rank in range(1, options.processes):
            more = ["--rank", str(rank), "--join", options.join]
            others.append(subprocess.Popen([sys.executable, *sys.argv, *more]))
    run(options)
    for other in others:
        if other.wait():
            sys.exit(other.returncode)


if __name__ == "__main__":
    main()
