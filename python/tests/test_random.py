# SPDX-License-Identifier: MIT
"""simdrop.random against the definition of its words, and the moments of distributions."""

import definition
import ml_dtypes
import numpy as np
import pytest

import simdrop
from simdrop import random

SEED, STREAM, OFFSET = 0x123456789ABCDEF0, 77, 2**40 + 3
WHERE = {"seed": SEED, "stream": STREAM, "offset": OFFSET}


def test_known_answers():
    # Random123's for Philox4x32-10 with counter and key of zeros
    assert random.uint32(4, seed=0).tolist() == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


def test_words():
    expected = definition.words(SEED, STREAM, OFFSET, 100)
    np.testing.assert_array_equal(random.uint32(100, **WHERE), expected)
    np.testing.assert_array_equal(random.uint32((5, 20), **WHERE), expected.reshape(5, 20))
    out = np.zeros((10, 10), np.uint32)[:, ::2]
    assert random.uint32((10, 5), **WHERE, out=out) is out
    np.testing.assert_array_equal(out.ravel(), expected[:50])


def test_derive():
    for numbers in ((0, 0, 0), (1, 2, 3), (2**64 - 1, 2**63, 12345)):
        if numbers[0] < 2**62:  # of which the block's words are words of the stream
            assert simdrop.stream_derive(*numbers) == definition.derive(*numbers)
        assert 0 <= simdrop.stream_derive(*numbers) < 2**64


def test_uniform():
    words = definition.words(SEED, STREAM, OFFSET, 100)
    np.testing.assert_array_equal(
        random.uniform(100, **WHERE), (words >> 8).astype(np.float32) * np.float32(2**-24)
    )
    for dtype, bits in ((np.float16, 11), (ml_dtypes.bfloat16, 8)):
        expected = ((words >> (32 - bits)).astype(np.float32) * np.float32(2.0**-bits)).astype(
            dtype
        )
        np.testing.assert_array_equal(random.uniform(100, dtype=dtype, **WHERE), expected)
    pairs = definition.words(SEED, STREAM, 2 * OFFSET, 200).astype(np.uint64)
    draws = pairs[::2] + (pairs[1::2] << np.uint64(32))
    np.testing.assert_array_equal(
        random.uniform(100, dtype=np.float64, **WHERE), (draws >> np.uint64(11)) * 2.0**-53
    )
    values = random.uniform(1000, -3, 5, **WHERE)
    assert values.min() >= -3
    assert values.max() < 5


def test_bernoulli_and_integers():
    words = definition.words(SEED, STREAM, OFFSET, 100)
    np.testing.assert_array_equal(
        random.bernoulli(100, 0.3, **WHERE), words < int(0.3 * 2**32 + 0.5)
    )
    pairs = definition.words(SEED, STREAM, 2 * OFFSET, 200)
    expected = [
        (int(low) + (int(high) << 32)) * 1000 >> 64
        for low, high in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    assert random.integers(100, 1000, **WHERE).tolist() == expected


MOMENTS = [
    (lambda n, d: random.normal(n, 2, 3, seed=1, dtype=d), 2, 3),
    (lambda n, d: random.exponential(n, 4, seed=1, dtype=d), 0.25, 0.25),
    (lambda n, d: random.gumbel(n, 1, 2, seed=1, dtype=d), 1 + 2 * np.euler_gamma, 2 * 1.28255),
]


@pytest.mark.parametrize("dtype", (np.float32, np.float64))
@pytest.mark.parametrize(("draw", "mean", "deviation"), MOMENTS)
def test_moments(draw, mean, deviation, dtype):
    n = 200_000
    x = draw(n, dtype)
    assert x.dtype == dtype
    assert abs(x.mean() - mean) < 5 * deviation / n**0.5
    assert abs(x.std() / deviation - 1) < 0.02
    np.testing.assert_array_equal(x[:1000], draw(1000, dtype))


def test_truncated_normal():
    x = random.truncated_normal(100_000, seed=1)
    assert x.min() >= -2
    assert x.max() <= 2
    assert abs(x.std() - 0.8796) < 0.01  # of a normal cut at 2 deviations


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [
        (ValueError, "out of range", lambda: random.uniform(3, 1, 0, seed=0)),
        (ValueError, "out of range", lambda: random.normal(3, 0, -1, seed=0)),
        (ValueError, "out of range", lambda: random.bernoulli(3, 2, seed=0)),
        (ValueError, "out of range", lambda: random.integers(3, 0, seed=0)),
        (TypeError, "float32", lambda: random.uniform(3, seed=0, dtype=np.int32)),
        (NotImplementedError, "type", lambda: random.exponential(3, seed=0, dtype=np.float16)),
        (ValueError, "shape", lambda: random.uint32(3, seed=0, out=np.empty(4, np.uint32))),
        (ValueError, "2\\*\\*64", lambda: random.uint32(3, seed=2**64)),
    ],
)
def test_bad_input(error, words, call):
    with pytest.raises(error, match=words):
        call()
