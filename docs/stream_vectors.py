#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second implementation of docs/stream.md, in plain Python, and a check of the page's vectors.

stream_vectors.py PAGE [LIBRARY]   check the vectors and the table of widths in PAGE, and that the
                                   shared LIBRARY gives them too
stream_vectors.py --print PAGE     print the vectors with their results computed anew
"""

import ctypes
import math
import pathlib
import struct
import sys

# --- the specification ---------------------------------------------------------------------------

LOW = 2**32 - 1


def philox(rounds, counter, key):
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(rounds):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & LOW, (p0 >> 32) ^ c3 ^ k1, p0 & LOW
        k0, k1 = (k0 + 0x9E3779B9) & LOW, (k1 + 0xBB67AE85) & LOW
    return [c0, c1, c2, c3]


def block(b, stream, seed, rounds):
    return philox(rounds, [b & LOW, b >> 32, stream & LOW, stream >> 32], [seed & LOW, seed >> 32])


def draw(e, r, stream, seed, rounds):
    """Draw e of r bits: bits [e r, e r + r) of the byte string, in which a block has 128."""
    b, bit = divmod(e * r, 128)
    string = struct.pack("<4I", *block(b, stream, seed, rounds))
    return (int.from_bytes(string, "little") >> bit) % 2**r


def stream_derive(a, b, c):
    w = block(a, b, c, 10)
    return w[0] + 2**32 * w[1]


def threshold(p, r):
    return math.floor(p * 2.0**r + 0.5)


def plan(p, bits):
    """(r, T), or None where the arguments are rejected."""
    if not 0 <= p <= 1:
        return None
    if bits == 0:
        d = abs(threshold(p, 16) / 65536 - p)
        if (p * 256).is_integer():
            bits = 8
        elif d <= 0.001 * p and d <= 0.001 * (1 - p):
            bits = 16
        else:
            bits = 32
    elif 0 < p < 1 and threshold(p, bits) in (0, 2**bits):
        return None
    return bits, threshold(p, bits)


def training_scale(mode, r, t):
    if t == 2**r:
        return 0.0
    return 2**r / (2**r - t) if mode == "inverted" else 1.0


def inference_scale(mode, r, t):
    return 1.0 if mode == "inverted" else (2**r - t) / 2**r


def is_kept(e, r, t, stream, seed, rounds):
    return draw(e, r, stream, seed, rounds) >= t


# Bits, those of them that are the fraction, and struct's letter.
TYPES = {"f32": (32, 23, "f"), "f64": (64, 52, "d"), "bf16": (16, 7, ""), "f16": (16, 10, "e")}
WORDS = {16: "H", 32: "I", 64: "Q"}


def bits_of(kind, value):
    """RN(value) by bits, ties to even."""
    bits, fraction, letter = TYPES[kind]
    if kind == "bf16":  # the upper half of an f32, whose lower half is rounded
        upper, lower = divmod(bits_of("f32", value), 2**16)
        return upper + (lower > 2**15 or (lower == 2**15 and upper % 2))
    try:
        return struct.unpack("<" + WORDS[bits], struct.pack("<" + letter, value))[0]
    except OverflowError:
        return infinity(kind) + (2 ** (bits - 1) if value < 0 else 0)


def value_of(kind, x):
    bits, fraction, letter = TYPES[kind]
    if kind == "bf16":
        return value_of("f32", x * 2**16)
    return struct.unpack("<" + letter, struct.pack("<" + WORDS[bits], x))[0]


def infinity(kind):
    bits, fraction, _ = TYPES[kind]
    return 2 ** (bits - 1) - 2**fraction


def scaled(kind, x, s):
    """What x is when kept, by bits. In binary64, Python's, the product of two binary32 is exact."""
    bits, fraction, _ = TYPES[kind]
    if x % 2 ** (bits - 1) > infinity(kind):
        return x | 2 ** (fraction - 1)
    if kind == "f64":
        return bits_of(kind, value_of(kind, x) * s)
    product = value_of(kind, x) * value_of("f32", bits_of("f32", s))
    return bits_of(kind, value_of("f32", bits_of("f32", product)))


# --- one function for each kind of vector: from the words of its arguments to those of its results

X = {
    'f32': [0x3F800000, 0xBF800000, 0x40490FDB, 0x80000000, 0x7F800000, 0xFF800000,
            0x7FC00002, 0xFF800001, 0x7F7FFFFF, 0x00000001, 0x007FFFFF, 0x3EAAAAAB],
    'f64': [0x3FF0000000000000, 0xBFF0000000000000, 0x400921FB54442D18, 0x8000000000000000,
            0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000002, 0xFFF0000000000001,
            0x7FEFFFFFFFFFFFFF, 1, 0x000FFFFFFFFFFFFF, 0x3FD5555555555555],
    'bf16': [0x3F80, 0xBF80, 0x4049, 0x8000, 0x7F80, 0xFF80,
             0x7FC2, 0xFF81, 0x7F7F, 0x0001, 0x007F, 0x3EAB],
    'f16': [0x3C00, 0xBC00, 0x4248, 0x8000, 0x7C00, 0xFC00,
            0x7E02, 0xFC01, 0x7BFF, 0x0001, 0x03FF, 0x3555],
}  # fmt: skip


def hexes(numbers, digits=8):
    return [f"{n:0{digits}x}" for n in numbers]


def hex_bytes(data):
    return [bytes(data[i : i + 8]).hex() for i in range(0, len(data), 8)]


def unhex(words):
    return [int(w, 16) for w in words]


def do_philox(count, rounds, *words):
    w = unhex(words)
    return hexes(philox(int(rounds), w[:4], w[4:]))


def do_u32(count, *words):
    seed, stream, offset = unhex(words)
    return hexes(draw(offset + i, 32, stream, seed, 10) for i in range(count))


def do_derive(count, *words):
    return hexes([stream_derive(*unhex(words))], 16)


def do_plan(count, p, bits):
    made = plan(float(p), int(bits))
    if made is None:
        return ["error"]
    r, t = made
    return [str(r), f"{t:x}", (t / 2**r).hex(), training_scale("inverted", r, t).hex()]


def do_mask(count, seed, stream, offset, p, bits, rounds, n):
    seed, stream, offset = unhex([seed, stream, offset])
    r, t = plan(float(p), int(bits))
    mask = bytearray((int(n) + 7) // 8)
    for i in range(int(n)):
        mask[i // 8] |= is_kept(offset + i, r, t, stream, seed, int(rounds)) << i % 8
    return hex_bytes(mask)


def values(kind, numbers):
    return hexes(numbers, TYPES[kind][0] // 4)


def do_drop(count, kind, mode, seed, stream, offset, p, bits, rounds):
    seed, stream, offset = unhex([seed, stream, offset])
    r, t = plan(float(p), int(bits))
    s = training_scale(mode, r, t)
    y = []
    for i, x in enumerate(X[kind]):
        kept = is_kept(offset + i, r, t, stream, seed, int(rounds))
        y.append(x if t == 0 else scaled(kind, x, s) if kept else 0)
    return values(kind, y)


def do_infer(count, kind, mode, p, bits):
    s = inference_scale(mode, *plan(float(p), int(bits)))
    return values(kind, [x if s == 1 else 0 if s == 0 else scaled(kind, x, s) for x in X[kind]])


# --- the same by the library ----------------------------------------------------------------------


class Config(ctypes.Structure):
    _fields_ = [('drop_prob', ctypes.c_double), ('seed', ctypes.c_uint64),
                ('stream', ctypes.c_uint64), ('bits', ctypes.c_int32), ('rounds', ctypes.c_int32),
                ('mode', ctypes.c_int32), ('flags', ctypes.c_uint32),
                ('reserved', ctypes.c_uint64 * 6)]  # fmt: skip


class Library:
    def __init__(self, path):
        self.c = ctypes.CDLL(path)
        self.c.simdrop_dropout_realized_prob.restype = ctypes.c_double
        self.c.simdrop_dropout_scale.restype = ctypes.c_double
        self.c.simdrop_dropout_threshold.restype = ctypes.c_uint64
        self.c.simdrop_stream_derive.restype = ctypes.c_uint64
        self.c.simdrop_isa_name.restype = ctypes.c_char_p

    def isas(self):
        names = (ctypes.c_char_p * 16)()
        return names[: self.c.simdrop_isa_list(names, ctypes.c_size_t(16))]

    def prepared(self, mode, seed, stream, p, bits, rounds):
        config = Config(float(p), seed, stream, int(bits), int(rounds), mode == "vanilla")
        dropout = (ctypes.c_uint64 * 32)()
        return dropout, self.c.simdrop_dropout_init(dropout, ctypes.byref(config))

    def do_philox(self, count, rounds, *words):
        w, out = unhex(words), (ctypes.c_uint32 * 4)()
        counter, key = (ctypes.c_uint32 * 4)(*w[:4]), (ctypes.c_uint32 * 2)(*w[4:])
        assert self.c.simdrop_philox4x32(int(rounds), counter, key, out) == 0
        return hexes(out)

    def do_u32(self, count, *words):
        out = (ctypes.c_uint32 * count)()
        arguments = [ctypes.c_uint64(w) for w in unhex(words)]
        assert self.c.simdrop_random_u32(*arguments, ctypes.c_size_t(count), out) == 0
        return hexes(out)

    def do_derive(self, count, *words):
        arguments = [ctypes.c_uint64(w) for w in unhex(words)]
        return hexes([self.c.simdrop_stream_derive(*arguments)], 16)

    def do_plan(self, count, p, bits):
        dropout, status = self.prepared("inverted", 0, 0, p, bits, 0)
        if status != 0:
            return ["error"]
        return [str(self.c.simdrop_dropout_bits(dropout)),
                f'{self.c.simdrop_dropout_threshold(dropout):x}',
                self.c.simdrop_dropout_realized_prob(dropout).hex(),
                self.c.simdrop_dropout_scale(dropout).hex()]  # fmt: skip

    def do_mask(self, count, seed, stream, offset, p, bits, rounds, n):
        seed, stream, offset = unhex([seed, stream, offset])
        dropout, status = self.prepared("inverted", seed, stream, p, bits, rounds)
        mask = (ctypes.c_uint8 * ((int(n) + 7) // 8))()
        status |= self.c.simdrop_dropout_mask_bits(
            dropout, ctypes.c_uint64(offset), ctypes.c_size_t(int(n)), mask
        )
        assert status == 0
        return hex_bytes(mask)

    def dropped(self, name, kind, dropout, *before_n):
        word = {16: ctypes.c_uint16, 32: ctypes.c_uint32, 64: ctypes.c_uint64}[TYPES[kind][0]]
        n = len(X[kind])
        x, y = (word * n)(*X[kind]), (word * n)()
        call = getattr(self.c, f"{name}_{kind}")
        assert call(dropout, *before_n, ctypes.c_size_t(n), x, y) == 0
        return values(kind, y)

    def do_drop(self, count, kind, mode, seed, stream, offset, p, bits, rounds):
        seed, stream, offset = unhex([seed, stream, offset])
        dropout, status = self.prepared(mode, seed, stream, p, bits, rounds)
        assert status == 0
        return self.dropped("simdrop_dropout", kind, dropout, ctypes.c_uint64(offset))

    def do_infer(self, count, kind, mode, p, bits):
        dropout, status = self.prepared(mode, 0, 0, p, bits, 0)
        assert status == 0
        return self.dropped("simdrop_dropout_infer", kind, dropout)


# --- the page -------------------------------------------------------------------------------------


def vectors(page):
    """The page's vectors: [line, kind, arguments, results]."""
    fenced = page.split("```vectors\n")[1].split("```")[0]
    for line in fenced.replace("\\\n", " ").splitlines():
        if line and not line.startswith("#"):
            left, _, right = line.partition("->")
            kind, *arguments = left.split()
            yield " ".join(line.split()), kind, arguments, right.split()


def widths(page):
    """The rows of the table of automatic widths: [p, r, T, p', scale]."""
    for line in page.splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 5 and cells[0][0].isdigit():
            yield cells


def width_row(p):
    r, t = plan(float(p), 0)
    return [p, str(r), str(t), f"{t / 2**r:.9g}", f"{training_scale('inverted', r, t):.9g}"]


def results_of(functions, name, count, arguments):
    """What do_<name> gives; after `drop` and `infer` follows the type, if not f32."""
    name, _, kind = name.partition("_")
    if name in ("drop", "infer"):
        arguments = [kind or "f32", *arguments]
    return functions("do_" + name)(count, *arguments)


def print_vectors(page):
    for _, kind, arguments, results in vectors(page):
        computed = results_of(globals().__getitem__, kind, len(results), arguments)
        line = " ".join([kind, *arguments, "->", *computed])
        while len(line) > 98:
            cut = line.rindex(" ", 0, 97)
            print(line[:cut], "\\")
            line = "   " + line[cut:]
        print(line)


def main(arguments):
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    if arguments[0] == "--print":
        return print_vectors(pathlib.Path(arguments[1]).read_text(encoding="utf-8"))
    page = pathlib.Path(arguments[0]).read_text(encoding="utf-8")
    wrong = 0
    implementations = [("this script", globals().__getitem__)]
    if len(arguments) == 2:
        library = Library(arguments[1])
        implementations += [(isa.decode(), library.__getattribute__) for isa in library.isas()]
    for name, functions in implementations:
        if name != "this script":
            library.c.simdrop_isa_select(name.encode())
        count = 0
        for line, kind, given, results in vectors(page):
            got = results_of(functions, kind, len(results), given)
            count += 1
            if got != results:
                wrong += 1
                print(f"{name}: {line}\n    got {' '.join(got)}")
        print(f"{name}: {count} vectors")
        wrong += count == 0
    rows = list(widths(page))
    for row in rows:
        if row != width_row(row[0]):
            wrong += 1
            print(f"table: {row}\n    got {width_row(row[0])}")
    print(f"table of widths: {len(rows)} rows")
    wrong += not rows
    print(f"{wrong} wrong" if wrong else "all right")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
