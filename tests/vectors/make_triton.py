#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes triton.txt with Triton 3.9's interpreter, without a GPU: python3 make_triton.py."""

import os

import vectors

os.environ["TRITON_INTERPRET"] = "1"
try:
    import numpy as np
    import torch
    import triton
    import triton.language as tl
    import triton.runtime.interpreter
except ImportError:
    vectors.fail("needs Triton and PyTorch: pip install triton==3.9.0 torch numpy")


@triton.jit
def draw(seed, start, ints, floats, N: tl.constexpr):
    lane = tl.arange(0, N)
    offset = start + lane
    tl.store(ints + lane, tl.randint(seed, offset).to(tl.int32, bitcast=True))
    tl.store(floats + lane, tl.rand(seed, offset))


@triton.jit
def draw4x(seed, start, ints, floats, N: tl.constexpr):
    lane = tl.arange(0, N)
    i0, i1, i2, i3 = tl.randint4x(seed, start + lane)
    f0, f1, f2, f3 = tl.rand4x(seed, start + lane)
    tl.store(ints + 4 * lane, i0.to(tl.int32, bitcast=True))
    tl.store(ints + 4 * lane + 1, i1.to(tl.int32, bitcast=True))
    tl.store(ints + 4 * lane + 2, i2.to(tl.int32, bitcast=True))
    tl.store(ints + 4 * lane + 3, i3.to(tl.int32, bitcast=True))
    tl.store(floats + 4 * lane, f0)
    tl.store(floats + 4 * lane + 1, f1)
    tl.store(floats + 4 * lane + 2, f2)
    tl.store(floats + 4 * lane + 3, f3)


def run(kernel, seed, start, per_offset):
    n = 8
    ints = torch.zeros(n * per_offset, dtype=torch.int32)
    floats = torch.zeros(n * per_offset)
    kernel[(1,)](seed, start, ints, floats, N=n)
    return ints.numpy().view(np.uint32)[:4], floats.numpy().view(np.uint32)[:4]


def main():
    lines = []
    # negative seeds and 64-bit offsets are sign-extended, negative 32-bit offsets are not
    seeds = [0, 42, 2**31 - 1, -1, -5, vectors.BIG, -(2**63)]
    starts = [0, 3, 2**31 - 9, -9, 2**32 - 3, 2**40 + 1, -(2**40), 2**63 - 9]
    for seed in seeds:
        for start in starts:
            arguments = [seed % 2**64, start % (2**32 if abs(start) < 2**31 else 2**64)]
            ints, floats = run(draw, seed, start, 1)
            lines.append(vectors.line("randint", arguments, ints))
            lines.append(vectors.line("rand", arguments, floats))
            ints, floats = run(draw4x, seed, start, 4)
            lines.append(vectors.line("randint4x", arguments, ints))
            lines.append(vectors.line("rand4x", arguments, floats))
    vectors.write(
        "triton",
        f"Triton {triton.__version__}'s interpreter, on a CPU",
        [
            "randint seed offset -> words       at offset, offset + 1, ...",
            "rand seed offset -> f32",
            "randint4x seed offset -> words     the four at offset",
            "rand4x seed offset -> f32",
        ],
        lines,
    )


main()
