# SPDX-License-Identifier: MIT
"""simdrop for JAX on CPUs: dropout whose masks don't depend on devices, shards or compilation.

    y = simdrop.jax.dropout(x, key, 0.1)                                  # keys of jax.random
    y = simdrop.jax.dropout(x, simdrop.jax.position(seed, layer, step), 0.1)

simdrop.jax.nnx has a module for Flax. docs/python.md tells more.
"""

from simdrop.jax._dropout import dropout, key, position

__all__ = ["dropout", "key", "position"]
