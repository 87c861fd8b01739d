# SPDX-License-Identifier: MIT
"""A layer for Keras 3, on its PyTorch and JAX backends."""

from __future__ import annotations

from typing import Any

import keras

if keras.backend.backend() not in ("torch", "jax"):
    raise ImportError("simdrop.keras works on Keras's backends torch and jax")


@keras.saving.register_keras_serializable("simdrop")
class Dropout(keras.layers.Dropout):
    """keras.layers.Dropout, with its arguments, on simdrop."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        key = self.seed_generator.next()
        if self.noise_shape is None:
            return _dropout(inputs, key, self.rate)
        shape = [
            size if wanted is None else wanted
            for size, wanted in zip(inputs.shape, self.noise_shape, strict=True)
        ]
        factors = _dropout(keras.ops.ones(shape, inputs.dtype), key, self.rate)
        return keras.ops.where(keras.ops.equal(factors, 0), 0, inputs * factors)


def _dropout(x: Any, key: Any, rate: float) -> Any:
    if keras.backend.backend() == "jax":
        from simdrop.jax import dropout

        return dropout(x, key, rate)
    import torch

    from simdrop.torch.functional import dropout as torch_dropout

    return torch_dropout(x, rate, key=key.to("cpu", torch.int64))
