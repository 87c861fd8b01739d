#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the GPU kernels of docs/interop.md draw the masks of docs/stream.md. No GPU.

check_gpu_masks.py triton   runs Triton's in its interpreter: pip install triton==3.9.0 torch numpy
check_gpu_masks.py curand   compiles cuRAND's for the host: needs what make_curand.py needs
"""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile

import vectors

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")

HOST = r"""
#include <cstdio>
#define QUALIFIERS static inline __host__ __device__
#include <cuda_runtime.h>
#include <curand_kernel.h>
static uint3 block_index, thread_index;
static dim3 block_size(32);
#define blockIdx block_index
#define threadIdx thread_index
#define blockDim block_size
KERNEL
typedef unsigned long long u64;

int main() {
    u64 bits, T, seed, stream, offset, n;
    while (scanf("%llu %llu %llu %llu %llu %llu", &bits, &T, &seed, &stream, &offset, &n) == 6) {
        unsigned char keep[1024] = {0};
        for (blockIdx.x = 0; blockIdx.x < 9; ++blockIdx.x)
            for (threadIdx.x = 0; threadIdx.x < 32; ++threadIdx.x)
                (bits == 8    ? simdrop_mask<8>
                 : bits == 16 ? simdrop_mask<16>
                              : simdrop_mask<32>)(keep, n, seed, stream, offset, T);
        for (u64 i = 0; i < 1024; ++i) putchar(keep[i] ? '1' : '0');
        putchar('\n');
    }
}
"""


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def code_block(language):
    with open(os.path.join(DOCS, "interop.md"), encoding="utf-8") as page:
        return re.search(f"```{language}\n(.*?)```", page.read(), re.S).group(1)


def mask_vectors():
    """(seed, stream, offset, bits, T, rounds, n, the mask as a string of 0 and 1) of the page."""
    stream_md = load("stream_vectors", os.path.join(DOCS, "stream_vectors.py"))
    with open(os.path.join(DOCS, "stream.md"), encoding="utf-8") as page:
        lines = page.read().replace("\\\n", " ").splitlines()
    for line in lines:
        if not line.startswith("mask "):
            continue
        arguments, result = line.split(" -> ")
        _, seed, stream, offset, p, bits, rounds, n = arguments.split()
        r, t = stream_md.plan(float(p), int(bits))
        stored = bytes.fromhex(result.replace(" ", ""))
        text = "".join(format(byte, "08b")[::-1] for byte in stored)[: int(n)]
        yield int(seed, 16), int(stream, 16), int(offset, 16), r, t, int(rounds), int(n), text


def triton_masks(wanted):
    os.environ["TRITON_INTERPRET"] = "1"
    try:
        import torch
        import triton.runtime.interpreter  # noqa: F401
    except ImportError:
        vectors.fail("needs Triton and PyTorch: pip install triton==3.9.0 torch numpy")
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "kernel.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(code_block("python"))
        kernel = load("kernel", path).simdrop_mask
        for seed, stream, offset, bits, t, rounds, n, _ in wanted:
            keep = torch.full((n + 64,), 9, dtype=torch.uint8)
            programs = -(-(offset % (128 // bits) + n) // (8 * 128 // bits))
            kernel[(programs,)](
                keep[32:], n, seed, stream, offset, t, R=bits, ROUNDS=rounds, BLOCKS=8
            )
            if (keep[:32] != 9).any() or (keep[32 + n :] != 9).any():
                vectors.fail("the kernel wrote outside of its buffer")
            yield "".join(str(int(k)) for k in keep[32 : 32 + n])


def curand_masks(wanted):
    make_curand = load("make_curand", os.path.join(os.path.dirname(__file__), "make_curand.py"))
    asked = "".join(
        f"{bits} {t} {seed} {stream} {offset} {n}\n"
        for seed, stream, offset, bits, t, _, n, _ in wanted
    )
    with tempfile.TemporaryDirectory() as directory:
        program = make_curand.build(directory, HOST.replace("KERNEL", code_block("cuda")))
        answers = subprocess.run(
            [program], input=asked, stdout=subprocess.PIPE, text=True, check=True
        ).stdout.splitlines()
    for (*_, n, _), answer in zip(wanted, answers, strict=True):
        if "1" in answer[n:]:
            vectors.fail("the kernel wrote outside of its buffer")
        yield answer[:n]


def main():
    if sys.argv[1:] == ["triton"]:
        masks, can_run = triton_masks, lambda v: v[2] < 2**63
    elif sys.argv[1:] == ["curand"]:
        masks, can_run = curand_masks, lambda v: v[5] == 10
    else:
        vectors.fail("say triton or curand")
    wanted = [v for v in mask_vectors() if can_run(v)]
    for vector, got in zip(wanted, masks(wanted), strict=True):
        if got != vector[-1]:
            vectors.fail(f"{vector[:-1]} gives\n{got}, not\n{vector[-1]}")
    print(f"{len(wanted)} masks agree")


main()
