# SPDX-License-Identifier: MIT
"""A stand-in for simdrop-bench with a model of noise instead of work: see fake_program."""

from __future__ import annotations

import json
import os
import random
import re
import sys

NAMES = [
    "copy_f32/memcpy/n:1024",
    "copy_f32/memcpy/n:65536",
    "copy_f32/memcpy/n:33554432",
    *(f"fill_u32/{isa}/n:{n}" for isa in ("avx2", "scalar") for n in (1024, 65536)),
    *(f"apply_f32/{isa}/n:{n}" for isa in ("avx2", "scalar") for n in (1024, 65536)),
    *(f"dropout_f32/avx2/bits:16/n:{n}" for n in (64, 1024)),
]


def main(
    arguments: list[str],
    factors: dict[str, float],
    noise: float,
    fails: bool,
    more: list[str],
    without: list[str],
    sizes: dict[str, int] | None,
) -> int:
    """Answers as simdrop-bench does; `factors` are the slow-downs of this build, `more` and
    `without` the benchmarks that others haven't got, or have, `sizes` those of types, if it says.
    """
    options = dict(a.split("=", 1) for a in arguments if "=" in a)
    names = [name for name in NAMES + more if name not in without]
    if "--full" in arguments:
        names += [f"copy_f32/memcpy/n:{n}" for n in (64, 128, 4096, 16384)]
        names += [f"random_u32/avx2/n:{n}" for n in (64, 4096, 65536, 131072)]
    if options.get("--benchmark_list_tests") == "true":
        print("\n".join(names))
        return 0
    if "--describe" in arguments and sizes is not None:
        print(json.dumps({"rows": [{"name": n, "element_bytes": sizes.get(n, 4)} for n in names]}))
        return 0
    if fails or "--benchmark_enable_random_interleaving=true" not in arguments:
        print("simdrop-bench: the call failed", file=sys.stderr)
        return 1
    if os.environ.get("FAKE_BENCH_RUNS"):  # a signal in the middle of a comparison
        count = len(os.listdir(os.environ["FAKE_BENCH_RUNS"]))
        open(os.path.join(os.environ["FAKE_BENCH_RUNS"], str(count)), "w").close()
        if count == 28:
            whom, number = os.environ["FAKE_BENCH_SIGNAL"].split()
            os.kill(os.getppid() if whom == "compare" else os.getpid(), int(number))
    drift = random.gauss(0, 0.005)  # of this process: its clock
    benchmarks = []
    for name in filter(re.compile(options["--benchmark_filter"]).search, names):
        for repetition in range(int(options["--benchmark_repetitions"])):
            time = 1000 * factors.get(name, 1.0) * (1 + drift + abs(random.gauss(0, noise)))
            if random.random() < 0.05:
                time *= 1 + random.random()  # another process had the core
            run = {"name": name, "run_name": name, "run_type": "iteration", "time_unit": "ns"}
            run |= {"repetition_index": repetition, "iterations": 10}
            run |= {"cpu_time": time, "real_time": 2 * time, "items_per_second": 1e9 / time}
            benchmarks.append(run)
    with open(options["--benchmark_out"], "w", encoding="utf-8") as out:
        json.dump({"context": {"commit": "0123abc"}, "benchmarks": benchmarks}, out)
    return 0
