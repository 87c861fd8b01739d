#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes torch.txt with PyTorch 2.13, without a GPU: python3 make_torch.py. Needs g++.

torch.func._random runs on GPUs only in this version. Its generator and its conversion to floats are
headers, though, which the program below compiles for the host. How elements and keys are laid out
over blocks is written here once more, from PhiloxKeySplit.cu and PhiloxDistribution.cu.
at::Philox4_32 is a header too. Inductor runs as it is.
"""

import os
import subprocess
import tempfile

import vectors

try:
    import torch
    from torch.utils.cpp_extension import include_paths
except ImportError:
    vectors.fail("needs PyTorch: pip install torch==2.13.0")

PROGRAM = r"""
#include <cstdint>
#include <cstring>
#include <cstdio>
#define __device__
#define __forceinline__ inline
struct uint2 { uint32_t x, y; };
struct uint4 { uint32_t x, y, z, w; };
static uint32_t __umulhi(uint32_t a, uint32_t b) { return uint32_t(uint64_t(a) * b >> 32); }
#include <ATen/core/PhiloxRNGEngine.h>
#include <ATen/core/TransformationHelper.h>
#include <ATen/cuda/StatelessPhilox4x32.cuh>

static uint32_t word(uint64_t seed, uint64_t offset, uint64_t i) {
    const uint4 r = at::cuda::philox_4x32(seed, offset + i / 4);
    const uint32_t words[] = {r.x, r.y, r.z, r.w};
    return words[i % 4];
}

int main() {
    char what[16];
    unsigned long long a, b, c, n;
    while (scanf("%15s %llx %llx %llx %llu", what, &a, &b, &c, &n) == 5) {
        at::Philox4_32 engine(a, b, c);
        for (uint64_t i = 0; i < n; ++i)
            if (!strcmp(what, "engine")) {
                printf(" %x", engine());
            } else if (!strcmp(what, "u32")) {
                printf(" %x", word(a, b, c + i));
            } else if (!strcmp(what, "uniform")) {
                const float f = at::transformation::uniform_real(word(a, b, c + i), 0.0f, 1.0f);
                uint32_t bits;
                memcpy(&bits, &f, 4);
                printf(" %x", bits);
            } else {
                const uint4 r = at::cuda::philox_4x32(a, b + c + i);
                printf(" %llx %llx", r.x | (unsigned long long)r.y << 32,
                       r.z | (unsigned long long)r.w << 32);
            }
        printf("\n");
    }
}
"""


def build(directory):
    source, program = (os.path.join(directory, name) for name in ("vectors.cpp", "vectors"))
    with open(source, "w", encoding="ascii") as file:
        file.write(PROGRAM)
    includes = [f"-I{path}" for path in include_paths()]
    subprocess.run(["g++", "-std=c++20", "-O1", *includes, source, "-o", program], check=True)
    return program


def compiled_lines():
    top, big = vectors.TOP, vectors.BIG
    keys = [
        (0, 0),
        (42, 0),
        (big, 0xFEDCBA9876543210),
        (top, 2**32 - 2),
        (7, top - 1),
        (7, 2**62 - 1),
    ]
    starts = (0, 1, 6, 13, 1021, 2**34 - 3, 2**64 - 4)
    requests = [
        (what, *key, start, 4) for what in ("u32", "uniform") for key in keys for start in starts
    ]
    requests += [
        ("split", *key, first, 1) for key in keys for first in (0, 1, 5, 2**32 - 1, 2**63, top)
    ]
    requests += [
        ("engine", seed, subsequence, offset, 4)
        for seed in (0, 67280421310721, top)
        for subsequence in (0, 1, big)
        for offset in (0, 1, 2**32 - 1, 2**62 - 2)
    ]
    asked = "".join(f"{what} {a:x} {b:x} {c:x} {n}\n" for what, a, b, c, n in requests)
    with tempfile.TemporaryDirectory() as directory:
        answers = subprocess.run(
            [build(directory)], input=asked, stdout=subprocess.PIPE, text=True, check=True
        ).stdout.splitlines()
    for (what, a, b, c, _), answer in zip(requests, answers, strict=True):
        yield vectors.line(what, [a, b, c], answer.split())


def inductor_lines():
    @torch.compile
    def rand(seed):
        return torch.ops.prims.inductor_random([1031], seed, "rand")

    for seed in (0, 42, 4095051218741643470, 2**63 - 2):
        floats = rand(torch.tensor(seed)).view(torch.int32).tolist()
        for offset in (0, 1, 6, 12, 510, 1025):
            yield vectors.line(
                "inductor", [seed, offset], [f % 2**32 for f in floats[offset : offset + 4]]
            )


made_with = f"PyTorch {torch.__version__}'s headers, compiled for the host, and its Inductor"
vectors.write(
    "torch",
    made_with,
    [
        "u32, uniform, split: how elements and keys lie over blocks is written anew in make_torch.py.",  # noqa: E501
        "u32 key0 key1 offset -> words             torch.func._random, elements of 32 bits",
        "uniform key0 key1 offset -> f32           torch.func._random.uniform",
        "split key0 key1 first -> key              torch.func._random.split, key number `first`",
        "engine seed subsequence offset -> words   at::Philox4_32",
        "inductor seed offset -> f32               inductor_random, compiled",
    ],
    [*compiled_lines(), *inductor_lines()],
)
