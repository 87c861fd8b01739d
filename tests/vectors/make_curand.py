#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes curand.txt with cuRAND's device functions, compiled for the host: python3 make_curand.py.

Needs g++ and CUDA 12's headers: pip install nvidia-curand-cu12==10.3.10.19
nvidia-cuda-runtime-cu12 nvidia-cuda-cccl-cu12 nvidia-cuda-nvcc-cu12. No GPU.
"""

import glob
import importlib.metadata
import os
import subprocess
import sysconfig
import tempfile

import vectors

PROGRAM = r"""
#include <cstdio>
#include <cstring>
#define QUALIFIERS static inline __host__ __device__
#include <cuda_runtime.h>
#include <curand_kernel.h>

static unsigned bits(float f) {
    unsigned u;
    memcpy(&u, &f, 4);
    return u;
}

int main() {
    char what[16];
    unsigned long long seed, subsequence, offset;
    while (scanf("%15s %llx %llx %llx", what, &seed, &subsequence, &offset) == 4) {
        curandStatePhilox4_32_10_t state;
        curand_init(seed, subsequence, offset, &state);
        if (!strcmp(what, "u32")) {
            for (int i = 0; i < 4; ++i) printf(" %x", curand(&state));
        } else if (!strcmp(what, "u32x4")) {
            const uint4 w = curand4(&state);
            printf(" %x %x %x %x", w.x, w.y, w.z, w.w);
        } else if (!strcmp(what, "uniform")) {
            for (int i = 0; i < 4; ++i) printf(" %x", bits(curand_uniform(&state)));
        } else {
            const float4 f = curand_uniform4(&state);
            printf(" %x %x %x %x", bits(f.x), bits(f.y), bits(f.z), bits(f.w));
        }
        printf("\n");
    }
}
"""


def build(directory, text):
    includes = glob.glob(os.path.join(sysconfig.get_path("purelib"), "nvidia", "*", "include"))
    if not any(os.path.exists(os.path.join(path, "curand_kernel.h")) for path in includes):
        vectors.fail("needs CUDA headers: see the packages named at its head")
    source, program = (os.path.join(directory, name) for name in ("vectors.cpp", "vectors"))
    with open(source, "w", encoding="ascii") as file:
        file.write(text)
    subprocess.run(
        ["g++", "-O1", *(f"-I{path}" for path in includes), source, "-o", program], check=True
    )
    return program


def main():
    big, top = vectors.BIG, vectors.TOP
    positions = [
        (seed, subsequence, offset)
        for seed in (0, 42, big, top)
        for subsequence in (0, 1, 0xFEDCBA9876543210, top)
        for offset in (0, 1, 6, 2**34 - 3, top - 3)
    ]
    requests = [
        (what, *position)
        for position in positions
        for what in ("u32", "u32x4", "uniform", "uniform4")
    ]
    asked = "".join(f"{what} {a:x} {b:x} {c:x}\n" for what, a, b, c in requests)
    with tempfile.TemporaryDirectory() as directory:
        answers = subprocess.run(
            [build(directory, PROGRAM)], input=asked, text=True, check=True, stdout=subprocess.PIPE
        ).stdout.splitlines()
    lines = [
        vectors.line(what.replace("x4", "").replace("4", ""), arguments, answer.split())
        for (what, *arguments), answer in zip(requests, answers, strict=True)
    ]
    for one, four in zip(lines[::2], lines[1::2], strict=True):
        if one != four:
            vectors.fail("curand and curand4 differ")
    version = importlib.metadata.version("nvidia-curand-cu12")
    vectors.write(
        "curand",
        f"cuRAND {version}'s device functions, compiled for the host",
        [
            "u32 seed subsequence offset -> words       curand and curand4",
            "uniform seed subsequence offset -> f32     curand_uniform and curand_uniform4",
        ],
        lines[::2],
    )


if __name__ == "__main__":
    main()
