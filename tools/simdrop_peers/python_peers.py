# SPDX-License-Identifier: MIT
"""Times NumPy and PyTorch on the rows of simdrop that they have, and writes JSON.

usage: python_peers.py SECONDS REPETITIONS KERNEL:SIZE...
"""

import json
import random
import statistics
import sys
import time

P = 0.1


def numpy_rows():
    import numpy

    rng = numpy.random.Generator(numpy.random.Philox(42))
    f32 = numpy.float32

    def random_u32(n):
        return lambda: rng.integers(0, 2**32, size=n, dtype=numpy.uint32)

    def random_uniform_f32(n):
        y = numpy.empty(n, f32)
        return lambda: rng.random(out=y, dtype=f32)

    def random_normal_f32(n):
        y = numpy.empty(n, f32)
        return lambda: rng.standard_normal(out=y, dtype=f32)

    def random_normal_f64(n):
        y = numpy.empty(n)
        return lambda: rng.standard_normal(out=y)

    def random_exponential_f32(n):
        y = numpy.empty(n, f32)
        return lambda: rng.standard_exponential(out=y, dtype=f32)

    def dropout_f32(n):
        x, y = numpy.ones(n, f32), numpy.empty(n, f32)
        drawn, factors = numpy.empty(n, f32), numpy.empty(n, f32)

        def both_passes():
            rng.random(out=drawn, dtype=f32)
            numpy.multiply(drawn >= P, f32(1 / (1 - P)), out=factors)
            numpy.multiply(x, factors, out=y)
            numpy.multiply(x, factors, out=y)

        return both_passes

    rows = [
        random_u32,
        random_uniform_f32,
        random_normal_f32,
        random_normal_f64,
        random_exponential_f32,
        dropout_f32,
    ]
    return numpy.__version__, [(row.__name__, "numpy", 1, row) for row in rows], lambda _: None


def torch_rows():
    import torch
    from torch.nn import functional

    torch.manual_seed(42)

    def in_place(name, dtype, *parameters):
        def make(n):
            y = torch.empty(n, dtype=dtype)
            return lambda: getattr(y, name)(*parameters)

        return make

    def dropout_f32(n):
        x, dy = torch.ones(n, requires_grad=True), torch.ones(n)

        def both_passes():
            x.grad = None
            functional.dropout(x, P).backward(dy)

        return both_passes

    def native_dropout_f32(n):
        x, dy = torch.ones(n), torch.ones(n)

        def both_passes():
            _, mask = torch.native_dropout(x, P, True)
            torch.ops.aten.native_dropout_backward(dy, mask, 1 / (1 - P))

        return both_passes

    rows = [
        ("random_u32", "torch", 1, in_place("random_", torch.int32)),
        ("random_uniform_f32", "torch", 1, in_place("uniform_", torch.float32)),
        ("random_normal_f32", "torch", 1, in_place("normal_", torch.float32)),
        ("random_normal_f64", "torch", 1, in_place("normal_", torch.float64)),
        ("random_exponential_f32", "torch", 1, in_place("exponential_", torch.float32)),
        ("dropout_f32", "torch", 1, dropout_f32),
        ("dropout_f32", "torch_2_threads", 2, dropout_f32),
        ("dropout_f32", "torch_native", 1, native_dropout_f32),
        ("dropout_f32", "torch_native_2_threads", 2, native_dropout_f32),
    ]
    return torch.__version__, rows, torch.set_num_threads


class Run:
    def __init__(self, name, n, threads, set_threads, call):
        self.name, self.n, self.threads = name, n, threads
        self.set_threads, self.call, self.count = set_threads, call, 1

    def seconds(self):
        """CPU time of one thread, as in simdrop's process; two threads need the wall's clock."""
        clock = time.thread_time if self.threads == 1 else time.perf_counter
        self.set_threads(self.threads)
        start = clock()
        for _ in range(self.count):
            self.call()
        return clock() - start

    def calibrate(self, wanted):
        self.seconds()
        while (taken := self.seconds()) < wanted:
            self.count = max(2 * self.count, int(1.2 * self.count * wanted / max(taken, 1e-9)))


def main():
    seconds, repetitions = float(sys.argv[1]), int(sys.argv[2])
    sizes = {}
    for argument in sys.argv[3:]:
        kernel, n = argument.split(":")
        sizes.setdefault(kernel, []).append(int(n))

    versions, skipped, runs = {}, {}, []
    for peer, rows_of in (("NumPy", numpy_rows), ("PyTorch", torch_rows)):
        try:
            versions[peer], rows, set_threads = rows_of()
        except ImportError as error:
            skipped[peer] = str(error)
            continue
        for kernel, by, threads, make in rows:
            for n in sizes.get(kernel, []):
                runs.append(Run(f"{kernel}/{by}/n:{n}", n, threads, set_threads, make(n)))
                runs[-1].calibrate(seconds)

    speeds = {}
    for _ in range(repetitions):
        for run in random.sample(runs, len(runs)):
            values = run.n * run.count
            speeds.setdefault(run.name, []).append(values / run.seconds() * 1e-9)
    json.dump(
        {
            "versions": versions,
            "skipped": skipped,
            "per_ns": {name: statistics.median(all_) for name, all_ in speeds.items()},
        },
        sys.stdout,
    )


main()
