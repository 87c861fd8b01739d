# SPDX-License-Identifier: MIT
"""A module for Flax NNX."""

from __future__ import annotations

from typing import Any

import jax
from flax import nnx

from simdrop.jax._dropout import dropout


class Dropout(nnx.Dropout):
    """flax.nnx.Dropout, with its arguments, on simdrop."""

    def __call__(
        self, inputs: jax.Array, *, deterministic: bool | None = None, rngs: Any = None
    ) -> jax.Array:
        deterministic = self.deterministic if deterministic is None else deterministic
        if deterministic is None:
            raise ValueError("dropout has to be told whether it is deterministic")
        if deterministic or self.rate == 0.0:
            return inputs
        rngs = self.rngs if rngs is None else rngs
        if rngs is None:
            raise ValueError("dropout that isn't deterministic needs rngs, or a key")
        if isinstance(rngs, nnx.Rngs):
            rngs = rngs[self.rng_collection]
        key = rngs if isinstance(rngs, jax.Array) else rngs()
        return dropout(inputs, key, self.rate, broadcast_dims=self.broadcast_dims)
