# SPDX-License-Identifier: MIT
"""What processes of test_jax.py do: processes.py PORT RANK FILE writes its part of a result."""

import os
import sys
from pathlib import Path

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jax.sharding import NamedSharding, PartitionSpec  # noqa: E402

import simdrop.jax as sj  # noqa: E402

jax.config.update("jax_cpu_collectives_implementation", "gloo")
jax.distributed.initialize(f"127.0.0.1:{sys.argv[1]}", 2, int(sys.argv[2]))
assert jax.device_count() == 4

sharding = NamedSharding(jax.make_mesh((4,), ("a",)), PartitionSpec("a"))
whole = np.arange(8 * 64, dtype=np.float32).reshape(8, 64) + 1
x = jax.make_array_from_callback(whole.shape, sharding, lambda index: whole[index])


@jax.jit
def function(x, key):
    y = sj.dropout(x, key, 0.3)
    return y, jnp.sum(y)


y, total = function(x, sj.position(1, 2, 3))
assert np.isfinite(total)
shards = sorted(y.addressable_shards, key=lambda shard: shard.index[0].start)
Path(sys.argv[3]).write_bytes(b"".join(np.asarray(shard.data).tobytes() for shard in shards))
