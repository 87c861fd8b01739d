# SPDX-License-Identifier: MIT
"""simdrop.keras on each backend, which a process can have one of."""

import importlib.util
import os
import subprocess
import sys

import pytest

if importlib.util.find_spec("keras") is None:
    pytest.skip("Keras isn't installed", allow_module_level=True)
pytest.importorskip("simdrop.torch")
pytest.importorskip("simdrop.jax")

PROGRAM = """
import keras, numpy as np, simdrop.keras
x = np.ones((40, 50, 60), "float32")
layer = simdrop.keras.Dropout(0.25, seed=3)
assert isinstance(layer, keras.layers.Dropout)
first, second = (keras.ops.convert_to_numpy(layer(x, training=True)) for _ in range(2))
values = set(np.unique(first))
assert len(values) == 2 and values > {0.0} and abs(max(values) - 4 / 3) < 1e-6, values
assert abs((first == 0).mean() - 0.25) < 0.01
assert (first != second).any()
assert (keras.ops.convert_to_numpy(layer(x)) == x).all()
shared = simdrop.keras.Dropout(0.25, noise_shape=(None, 1, None))(x, training=True)
shared = keras.ops.convert_to_numpy(shared)
assert (shared[:, :1] == shared).all() and (shared[0] != shared[1]).any()
copy = simdrop.keras.Dropout.from_config(layer.get_config())
assert (keras.ops.convert_to_numpy(copy(x, training=True)) == first).all()
model = keras.Sequential([keras.layers.Dense(8, activation="relu"), layer, keras.layers.Dense(1)])
model.compile("sgd", "mse")
history = model.fit(x[0], x[0, :, :1], epochs=2, verbose=0)
assert np.isfinite(history.history["loss"]).all()
"""


@pytest.mark.parametrize("backend", ("torch", "jax"))
def test_layer(backend):
    environment = os.environ | {"KERAS_BACKEND": backend}
    command = [sys.executable, "-c", PROGRAM]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    assert result.returncode == 0, result.stderr


def test_other_backends():
    environment = os.environ | {"KERAS_BACKEND": "numpy"}
    command = [sys.executable, "-c", "import simdrop.keras"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    assert "backends torch and jax" in result.stderr
