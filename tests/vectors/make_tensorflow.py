#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tensorflow.txt with TensorFlow 2.21: python3 make_tensorflow.py, on a CPU."""

import os

import vectors

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
try:
    import tensorflow as tf
except ImportError:
    vectors.fail("needs TensorFlow: pip install tensorflow-cpu==2.21.0")

N, STEP = 4099, 4
SEEDS = [(0, 0), (1, 2), (-1, -(2**31)), (2**40 + 3, -(2**51)), (-(2**63), 2**63 - 1)]


def main():
    lines = []
    for seed in SEEDS:
        pair = [s % 2**64 for s in seed]
        tensor = tf.constant(seed, tf.int64)
        key, counter = tf.raw_ops.StatelessRandomGetKeyCounter(seed=tensor)
        if int(counter[0]) != 0:
            vectors.fail("the counter does not begin at 0")
        lines.append(vectors.line("stream", pair, [key[0], counter[1]]))
        words = tf.random.stateless_uniform(
            [N], tensor, minval=None, maxval=None, dtype=tf.uint32, alg="philox"
        ).numpy()
        floats = tf.random.stateless_uniform([N], tensor, alg="philox").numpy()
        for offset in (0, 1, 6, 13, 254, 2043, N - STEP):
            part = slice(offset, offset + STEP)
            lines.append(vectors.line("u32", [*pair, offset], words[part]))
            lines.append(
                vectors.line("uniform", [*pair, offset], map(vectors.bits_of_f32, floats[part]))
            )
        if all(abs(s) < 2**31 for s in seed):
            small = tf.random.stateless_uniform(
                [N],
                tf.constant(seed, tf.int32),
                minval=None,
                maxval=None,
                dtype=tf.uint32,
                alg="philox",
            ).numpy()
            if (small != words).any():
                vectors.fail("int32 seeds are not sign-extended")
    vectors.write(
        "tensorflow",
        f"TensorFlow {tf.__version__}, on a CPU",
        [
            "stream seed0 seed1 -> philox_seed stream          StatelessRandomGetKeyCounter",
            "u32 seed0 seed1 offset -> words                   stateless_uniform of full-range uint32",  # noqa: E501
            "uniform seed0 seed1 offset -> f32                 stateless_uniform",
        ],
        lines,
    )


main()
