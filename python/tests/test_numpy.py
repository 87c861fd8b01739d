# SPDX-License-Identifier: MIT
"""simdrop.Dropout against the definition, and its manners."""

import copy
import pickle
import threading

import definition
import ml_dtypes
import numpy as np
import pytest

import simdrop

PROBABILITIES = (0.0, 0.1, 0.25, 0.3, 0.5, 1 / 3, 0.999, 1.0)
TYPES = (np.float32, np.float64, np.float16, ml_dtypes.bfloat16)
SEED, STREAM = 0x123456789ABCDEF0, 0xFEDCBA9876543210


def numbers(shape, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def same(a, b):
    """Bit for bit."""
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("p", PROBABILITIES)
@pytest.mark.parametrize("dtype", TYPES)
def test_values(p, dtype):
    x = numbers(1000, dtype)
    drop = simdrop.Dropout(p, SEED, STREAM)
    y = drop(x, offset=77)
    if p == 0:
        same(y, x)
        return
    keep = definition.kept(p, SEED, STREAM, 77, 1000)
    wide = np.float64 if dtype is np.float64 else np.float32
    scaled = (x.astype(wide) * wide(drop.scale)).astype(dtype)
    same(y, np.where(keep, scaled, x.dtype.type(0)))
    assert drop.scale == definition.scale(p)


@pytest.mark.parametrize("bits", (8, 16, 32))
def test_bits(bits):
    drop = simdrop.Dropout(0.3, SEED, STREAM, bits=bits)
    assert drop.bits == bits
    assert drop.threshold == int(0.3 * 2**bits + 0.5)
    assert drop.realized_prob == drop.threshold / 2**bits
    keep = definition.kept(0.3, SEED, STREAM, 5, 300, bits)
    np.testing.assert_array_equal(drop.mask(300, 5), keep)
    np.testing.assert_array_equal(drop.mask((20, 15), 5), keep.reshape(20, 15))
    packed = np.packbits(keep, bitorder="little")
    np.testing.assert_array_equal(drop.mask_bits(300, 5), packed)


def test_end_of_the_stream():
    drop = simdrop.Dropout(0.25, 1, 2)
    end = 2**64
    np.testing.assert_array_equal(
        drop.mask(100, end - 100), definition.kept(0.25, 1, 2, end - 100, 100)
    )
    with pytest.raises(ValueError, match="past 2"):
        drop.mask(101, end - 100)


def test_strides_and_containers():
    drop = simdrop.Dropout(0.3, 1)
    x = numbers((6, 8, 10))
    for view in (x.transpose(2, 0, 1), x[:, ::2], x[::-1], x.swapaxes(0, 1)[..., 3]):
        same(drop(view), drop(view.copy(order="C")))
    out = np.zeros((10, 6, 8), np.float32).transpose(1, 2, 0)
    assert drop(x, out=out) is out
    same(np.ascontiguousarray(out), drop(x))
    same(drop(np.asfortranarray(x)), drop(x))
    assert drop(np.float64(3)).shape == ()
    assert drop(np.empty((0, 3), np.float32)).shape == (0, 3)
    same(drop(memoryview(x)), drop(x))


def test_dlpack():
    class Foreign:
        def __init__(self, x):
            self.x = x

        def __dlpack__(self, **arguments):
            return self.x.__dlpack__(**arguments)

        def __dlpack_device__(self):
            return self.x.__dlpack_device__()

    x = numbers(50)
    y = simdrop.Dropout(0.3, 1)(Foreign(x))
    same(np.from_dlpack(y), simdrop.Dropout(0.3, 1)(x))


def test_in_place_and_split():
    drop = simdrop.Dropout(0.3, 1, 2)
    x = numbers(5000)
    whole = drop(x)
    parts = [drop(x[a:b], offset=a) for a, b in ((0, 7), (7, 1000), (1000, 5000))]
    same(np.concatenate(parts), whole)
    y = x.copy()
    assert drop(y, out=y) is y
    same(y, whole)


def test_masks():
    drop = simdrop.Dropout(0.3, 1, 2)
    for dtype in TYPES:
        x = numbers((30, 7), dtype)
        y, mask = drop.with_mask(x, 9)
        same(y, drop(x, 9))
        np.testing.assert_array_equal(mask, drop.mask(x.shape, 9))
        same(drop.from_mask(mask, x), y)
        z, bits = drop.with_mask_bits(x, 9)
        same(z, y)
        same(drop.from_mask_bits(bits, x), y)
        shifted = np.packbits(np.r_[[False] * 3, mask.ravel()], bitorder="little")
        same(drop.from_mask_bits(shifted, x, 3), y)


def test_vanilla():
    drop = simdrop.Dropout(0.25, 1, mode="vanilla")
    x = numbers(500)
    same(drop(x), np.where(definition.kept(0.25, 1, 0, 0, 500), x, np.float32(0)))
    same(drop.infer(x), x * np.float32(0.75))
    same(simdrop.Dropout(0.25).infer(x), x)


def test_rows():
    drop = simdrop.Dropout(0.3, 1, 2)
    x = numbers((40, 24))
    whole = drop(x)
    same(drop.rows(x), whole)
    same(drop.rows(x[5:9], first_row=5), whole[5:9])
    piece = x[:, 3:10]
    same(drop.rows(piece, global_cols=24, first_col=3), np.ascontiguousarray(whole[:, 3:10]))
    ids = [7, 3, 39, 0]
    same(drop.rows(x[ids], row_ids=ids), whole[ids])
    out = np.zeros_like(x)
    assert drop.rows(piece, global_cols=24, first_col=3, out=out[:, 3:10]).base is out
    same(out[:, 3:10].copy(), whole[:, 3:10].copy())
    assert not out[:, :3].any()
    assert not out[:, 10:].any()
    for empty in ((0, 3), (2, 0), (2, 0, 3)):
        assert drop.rows(np.empty(empty, np.float32)).shape == empty
    bfloat = x.astype(ml_dtypes.bfloat16)
    same(drop.rows(bfloat[2:4], first_row=2), drop(bfloat)[2:4])
    same(drop.rows(bfloat[:, 3:10], global_cols=24, first_col=3), drop(bfloat)[:, 3:10].copy())


def test_shapes():
    drop = simdrop.Dropout(0.4, 1, 2)
    x = numbers((6, 5, 4, 3))
    channels = drop.mask((6, 5))[:, :, None, None]
    expected = np.where(channels, x * np.float32(drop.scale), np.float32(0))
    same(drop.channels(x), expected)
    last = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    same(drop.channels_last(last), np.ascontiguousarray(expected.transpose(0, 2, 3, 1)))
    samples = drop.mask(6)[:, None, None, None]
    same(drop.drop_path(x), np.where(samples, x * np.float32(drop.scale), np.float32(0)))
    same(drop.drop_path(x, scale_by_keep=False), np.where(samples, x, np.float32(0)))
    middle = drop.mask((5, 3), 11)[None, :, None, :]
    same(
        drop.broadcast(x, (1, 5, 1, 3), 11),
        np.where(middle, x * np.float32(drop.scale), np.float32(0)),
    )


def test_alpha():
    drop = simdrop.Dropout(0.25, 1, 2)
    x = numbers((8, 6, 10), np.float64)
    p, alpha = drop.realized_prob, -1.7580993408473766
    a = ((1 - p) * (1 + p * alpha**2)) ** -0.5
    b = -a * alpha * p
    keep = drop.mask(x.shape)
    np.testing.assert_allclose(drop.alpha(x), a * np.where(keep, x, alpha) + b, rtol=1e-14)
    np.testing.assert_allclose(drop.alpha_backward(x), np.where(keep, a * x, 0), rtol=1e-14)
    keep = drop.mask((8, 6))[..., None]
    np.testing.assert_allclose(drop.feature_alpha(x), a * np.where(keep, x, alpha) + b, rtol=1e-14)
    np.testing.assert_allclose(drop.feature_alpha_backward(x), np.where(keep, a * x, 0), rtol=1e-14)


def test_add():
    drop = simdrop.Dropout(0.25, 1, 2)
    x, y = numbers(100), numbers(100, seed=1)
    expected = y + drop(x, 5)
    assert drop.add(x, y, 5) is y
    same(y, expected)


def test_gaussian():
    x = numbers(1000, np.float64)
    z = simdrop.random.normal(1000, seed=3, stream=4, offset=5, dtype=np.float64)
    got = simdrop.gaussian_noise(x, 1.0, seed=3, stream=4, offset=5)
    np.testing.assert_allclose(got, x + z, rtol=1e-14)
    m = simdrop.random.normal(
        1000, 1, (0.2 / 0.8) ** 0.5, seed=3, stream=4, offset=5, dtype=np.float64
    )
    got = simdrop.gaussian_dropout(x, 0.2, seed=3, stream=4, offset=5)
    np.testing.assert_allclose(got, x * m, rtol=1e-14)


def gelu(t):
    from math import erf

    return t * 0.5 * (1 + np.vectorize(erf)(t / 2**0.5))


ACTIVATIONS = {
    "none": lambda t: t,
    "relu": lambda t: np.maximum(t, 0),
    "gelu": gelu,
    "gelu_tanh": lambda t: t * (1 + np.tanh((2 / np.pi) ** 0.5 * (t + 0.044715 * t**3))) / 2,
    "silu": lambda t: t / (1 + np.exp(-t)),
}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_fused(activation):
    drop = simdrop.Dropout(0.3, 1, 2)
    x, residual, dy = (numbers((5, 4, 9), np.float64, seed) for seed in range(3))
    bias = numbers(9, np.float64, 3)
    f = ACTIVATIONS[activation]
    y = drop.fused(x, activation=activation, bias=bias, residual=residual)
    np.testing.assert_allclose(y, residual + drop(f(x + bias)), rtol=1e-12, atol=1e-14)
    dx, dbias = drop.fused_backward(dy, x, activation=activation, bias=bias)
    h = 1e-5
    slope = (f(x + bias + h) - f(x + bias - h)) / (2 * h)
    np.testing.assert_allclose(dx, drop(dy) * slope, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(dbias, dx.sum((0, 1)), rtol=1e-12)


def numeric_gradient(f, x, dy, h=1e-6):
    """sum(f(x) dy) differentiated by central differences."""
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = ((f(up) - f(down)) * dy).sum() / (2 * h)
    return gradient


def test_norms():
    drop = simdrop.Dropout(0.3, 1, 2)
    x, residual, dy = (numbers((6, 7), np.float64, seed) for seed in range(3))
    weight, bias = numbers(7, np.float64, 3), numbers(7, np.float64, 4)

    def layer_norm(x):
        z = residual + drop(x)
        centred = z - z.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * weight + bias

    y, z, mean, rstd = drop.layer_norm(x, residual=residual, weight=weight, bias=bias)
    np.testing.assert_allclose(y, layer_norm(x), rtol=1e-12)
    same(z, residual + drop(x))
    dx, dresidual, dweight, dbias = drop.layer_norm_backward(dy, z, mean, rstd, weight=weight)
    np.testing.assert_allclose(dx, numeric_gradient(layer_norm, x, dy), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(dx, drop(dresidual), rtol=1e-14)
    np.testing.assert_allclose(dweight, (dy * (layer_norm(x) - bias) / weight).sum(0), rtol=1e-10)
    np.testing.assert_allclose(dbias, dy.sum(0), rtol=1e-12)

    def rms_norm(x):
        z = residual + drop(x)
        return z / np.sqrt((z**2).mean(-1, keepdims=True) + 1e-6) * weight

    y, z, rstd = drop.rms_norm(x, residual=residual, weight=weight)
    np.testing.assert_allclose(y, rms_norm(x), rtol=1e-12)
    dx, dresidual, dweight = drop.rms_norm_backward(dy, z, rstd, weight=weight)
    np.testing.assert_allclose(dx, numeric_gradient(rms_norm, x, dy), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(dweight, (dy * rms_norm(x) / weight).sum(0), rtol=1e-10)


@pytest.mark.parametrize("causal", (False, True))
def test_softmax(causal):
    drop = simdrop.Dropout(0.3, 1, 2)
    x, dy = numbers((2, 5, 6), np.float64), numbers((2, 5, 6), np.float64, 1)
    mask = numbers((1, 5, 6), np.float64, 2)
    hidden = np.triu(np.ones((5, 6), bool), 2) if causal else np.zeros((5, 6), bool)

    def softmax(x):
        t = np.where(hidden, -np.inf, x * 0.7 + mask)
        e = np.exp(t - t.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    y, probs = drop.softmax(x, scale=0.7, causal=causal, mask=mask)
    np.testing.assert_allclose(probs, softmax(x), rtol=1e-12)
    same(y, drop(probs))
    dx = drop.softmax_backward(dy, probs, scale=0.7, causal=causal)
    expected = numeric_gradient(lambda x: drop(softmax(x)), x, dy)
    np.testing.assert_allclose(dx, expected, rtol=1e-5, atol=1e-8)


def test_piece_of_the_fused():
    drop = simdrop.Dropout(0.3, 1, 2)
    x = numbers((10, 8))
    piece = simdrop.Piece(first_row=4)
    same(drop.fused(x[4:7], activation="relu", piece=piece), drop.fused(x, activation="relu")[4:7])


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [
        (ValueError, "from 0 to 1", lambda d, x: simdrop.Dropout(1.5)),
        (ValueError, "from 0 to 1", lambda d, x: simdrop.Dropout(float("nan"))),
        (TypeError, "str", lambda d, x: simdrop.Dropout("half")),
        (ValueError, "bits is", lambda d, x: simdrop.Dropout(0.1, bits=12)),
        (ValueError, "rounds is", lambda d, x: simdrop.Dropout(0.1, rounds=8)),
        (ValueError, "mode is one of", lambda d, x: simdrop.Dropout(0.1, mode="odd")),
        (ValueError, "2\\*\\*64 - 1", lambda d, x: simdrop.Dropout(0.1, seed=-1)),
        (ValueError, "2\\*\\*64 - 1", lambda d, x: simdrop.Dropout(0.1, seed=2**64)),
        (TypeError, "integer", lambda d, x: simdrop.Dropout(0.1, seed=1.5)),
        (TypeError, "not int64", lambda d, x: d(np.arange(4))),
        (TypeError, "not uint16", lambda d, x: d(np.arange(4, dtype=np.uint16))),
        (TypeError, "float32", lambda d, x: d(["a"])),
        (TypeError, "have to be of float32", lambda d, x: d(x.astype(">f4"))),
        (ValueError, "2\\*\\*64 - 1", lambda d, x: d(x, -1)),
        (ValueError, "past 2", lambda d, x: d(x, 2**64 - 1)),
        (TypeError, "out has to be", lambda d, x: d(x, out=[0.0])),
        (ValueError, "shape", lambda d, x: d(x, out=np.empty(3, np.float32))),
        (TypeError, "one type", lambda d, x: d(x, out=np.empty(8))),
        (ValueError, "overlap", lambda d, x: d(x[:7], out=x[1:])),
        (ValueError, "written|read-only", lambda d, x: d(x, out=frozen(x))),
        (ValueError, "mask_shape", lambda d, x: d.broadcast(x, (2,))),
        (ValueError, "channels", lambda d, x: d.channels(x)),
        (ValueError, "samples", lambda d, x: d.drop_path(np.float32(1))),
        (ValueError, "bias has the shape", lambda d, x: d.fused(x, bias=np.ones(3))),
        (ValueError, "residual has", lambda d, x: d.fused(x, residual=np.ones(3, np.float32))),
        (ValueError, "activation is one of", lambda d, x: d.fused(x, activation="elu")),
        (ValueError, "needs x", lambda d, x: d.fused_backward(x, activation="relu")),
        (NotImplementedError, "type", lambda d, x: d.fused(x.astype(np.float16))),
        (ValueError, "out has the shape", lambda d, x: d.rows(x, out=np.empty(3, np.float32))),
        (ValueError, "read-only", lambda d, x: d.rows(x, out=frozen(x))),
        (ValueError, "row_ids", lambda d, x: d.rows(x.reshape(2, 4), row_ids=[1])),
        (ValueError, "mask has", lambda d, x: d.from_mask([True], x)),
        (ValueError, "mask has", lambda d, x: d.from_mask_bits(np.zeros(0, np.uint8), x)),
        (ValueError, "below 1", lambda d, x: simdrop.gaussian_dropout(x, 1.0, seed=0)),
        (ValueError, "instruction set", lambda d, x: simdrop.isa_select("mmx")),
        (ValueError, "out of range", lambda d, x: d.layer_norm(x, eps=-1)),
    ],
)
def test_bad_input(error, words, call):
    x = numbers(8)
    before = x.copy()
    with pytest.raises(error, match=words):
        call(simdrop.Dropout(0.1), x)
    same(x, before)


def test_too_little_room():
    """What the package never asks of native code, which may not write past an array's end."""
    plan = simdrop._native.plan(0.5, 0, 0, 0, 0, 0, 0)
    x, y = np.ones(17, np.float32), np.zeros(17, np.float32)
    calls = [
        lambda: simdrop._native.dropout_mask_bits(plan, 0, 17, np.zeros(2, np.uint8)),
        lambda: simdrop._native.dropout_mask_bytes(plan, 0, 17, np.zeros(16, np.uint8)),
        lambda: simdrop._native.dropout_store_bits(plan, 0, x, y, np.zeros(2, np.uint8)),
        lambda: simdrop._native.dropout_store_bytes(plan, 0, x, y, np.zeros(16, np.uint8)),
        lambda: simdrop._native.dropout_from_bits(plan, np.zeros(3, np.uint8), 8, x, y),
        lambda: simdrop._native.dropout_from_bytes(plan, np.zeros(16, np.uint8), x, y),
        lambda: simdrop._native.dropout(plan, 0, x, y[:16]),
        lambda: simdrop._native.dropout(b"no plan", 0, x, y),
        lambda: simdrop._native.dropout(bytes(256), 0, x, y),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="fit|shape|no plan"):
            call()
        assert not y.any()


def frozen(x):
    y = x.copy()
    y.flags.writeable = False
    return y


def test_copies_and_text():
    drop = simdrop.Dropout(0.1, 5, 6, bits=32)
    assert repr(drop) == "Dropout(0.1, seed=5, stream=6, bits=32)"
    for other in (pickle.loads(pickle.dumps(drop)), copy.deepcopy(drop)):
        assert other == drop
        assert hash(other) == hash(drop)
    assert drop.with_stream(7) == simdrop.Dropout(0.1, 5, 7, bits=32)
    assert drop.with_stream(7) != drop
    assert (drop.p, drop.seed, drop.stream) == (0.1, 5, 6)


def test_instruction_sets():
    x = numbers(10000)
    drop = simdrop.Dropout(0.1, 5, 6)
    expected = drop(x)
    chosen = simdrop.isa_name()
    try:
        for name in simdrop.isa_list():
            simdrop.isa_select(name)
            assert simdrop.isa_name() == name
            same(drop(x), expected)
    finally:
        simdrop.isa_select(chosen)


def test_threads():
    drop = simdrop.Dropout(0.1, 5, 6)
    x = numbers(400000)
    y = np.empty_like(x)
    parts = [slice(i * 100000, (i + 1) * 100000) for i in range(4)]
    workers = [
        threading.Thread(target=lambda part=part: drop(x[part], part.start, out=y[part]))
        for part in parts
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    same(y, drop(x))
