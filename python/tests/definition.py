# SPDX-License-Identifier: MIT
"""docs/stream.md in NumPy, written from that page: what tests compare the package with."""

import numpy as np

M0, M1, W0, W1 = 0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


def words(seed, stream, offset, n, rounds=10):
    """Words offset to offset + n of a stream."""
    position = np.array([(offset + i) % 2**64 for i in range(n)], np.uint64)
    block = position >> np.uint64(2)
    c = [block & LOW, block >> HALF]
    c += [np.full(n, word, np.uint64) for word in (stream & 0xFFFFFFFF, stream >> 32)]
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(rounds):
        p0, p1 = c[0] * np.uint64(M0), c[2] * np.uint64(M1)
        c = [
            (p1 >> HALF) ^ c[1] ^ np.uint64(k0),
            p1 & LOW,
            (p0 >> HALF) ^ c[3] ^ np.uint64(k1),
            p0 & LOW,
        ]
        k0, k1 = (k0 + W0) & 0xFFFFFFFF, (k1 + W1) & 0xFFFFFFFF
    return np.choose((position & np.uint64(3)).astype(int), c).astype(np.uint32)


def derive(a, b, c):
    w0, w1 = words(c, b, 4 * a, 2).tolist()
    return w0 + (w1 << 32)


def bits_of(p):
    """How many bits a draw has for p, when they aren't given."""
    if p * 256 == int(p * 256):
        return 8
    realized = int(p * 2**16 + 0.5) / 2**16
    near = abs(realized - p) <= 0.001 * p and abs((1 - realized) - (1 - p)) <= 0.001 * (1 - p)
    return 16 if near else 32


def kept(p, seed, stream, offset, n, bits=None):
    """The mask of elements offset to offset + n, true where they are kept."""
    bits = bits or bits_of(p)
    per_word = 32 // bits
    first = offset // per_word
    last = (offset + n - 1) // per_word
    w = words(seed, stream, first, last - first + 1)
    draws = w.view({8: np.uint8, 16: np.uint16, 32: np.uint32}[bits])
    return draws[offset - first * per_word :][:n] >= int(p * 2**bits + 0.5)


def scale(p, bits=None):
    bits = bits or bits_of(p)
    threshold = int(p * 2**bits + 0.5)
    return 2**bits / (2**bits - threshold) if threshold < 2**bits else 0.0


def dropout(x, p, seed, stream, offset=0, bits=None):
    """float32 or float64."""
    keep = kept(p, seed, stream, offset, x.size, bits).reshape(x.shape)
    return np.where(keep, x * x.dtype.type(scale(p, bits)), x.dtype.type(0))
