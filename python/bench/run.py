# SPDX-License-Identifier: MIT
"""The speed of simdrop in Python, against what it stands for, in one run on this machine.

    python run.py                 everything but gpt, some three minutes
    python run.py dropout gpt     these: numpy, dropout, attention, compiled, gpt
    python run.py --plot DIR      also draws gpt.svg and dropout.svg there

Times are medians of interleaved repetitions; ratios are of one run.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from gpt import measure_gpt
from measure import interleaved, micro, milli, table

import simdrop
import simdrop.torch as st

SIZES = {"64": 64, "1 K": 1024, "4 K": 4096, "64 K": 65536, "1 M": 1 << 20}


def measure_numpy(_: Path | None) -> None:
    rows = [["elements", "simdrop", "with out", "NumPy: random < p, where"]]
    drop, generator = simdrop.Dropout(0.1, seed=1), np.random.default_rng(1)
    for name, n in SIZES.items():
        x = np.ones(n, np.float32)
        y = np.empty_like(x)
        times = interleaved(
            {
                "simdrop": lambda x=x: drop(x),
                "out": lambda x=x, y=y: drop(x, out=y),
                "numpy": lambda x=x: np.where(
                    generator.random(x.shape, np.float32) < 0.1, 0, x * np.float32(1 / 0.9)
                ),
            },
            name=f"NumPy, {name}",
        )
        rows.append([name, *map(micro, times.values())])
    table("NumPy, float32, one thread", rows)


# Has glibc keep the memory of tensors, as other allocators do. Otherwise the system takes that of
# large ones back, and gives new pages at every call, which takes longer than dropout does.
KEEPING = {"MALLOC_TRIM_THRESHOLD_": str(2**32), "MALLOC_MMAP_THRESHOLD_": str(2**30)}


def measure_dropout(plots: Path | None) -> None:
    """Forward and backward, the gradient with regard to x, as within a network."""
    keeps = KEEPING.items() <= os.environ.items()
    sizes = SIZES if keeps else {"1 M": SIZES["1 M"]}
    memory = "memory kept" if keeps else "memory as glibc gives it"
    ratios = {}
    for threads in (1, 2):
        torch.set_num_threads(threads)
        rows = [["elements", "F.dropout", "simdrop", "times as fast"]]
        for name, n in sizes.items():
            x, g = torch.ones(n, requires_grad=True), torch.ones(n)
            times = interleaved(
                {
                    "theirs": lambda x=x, g=g: torch.autograd.grad(F.dropout(x, 0.1), x, g),
                    "ours": lambda x=x, g=g: torch.autograd.grad(
                        st.functional.dropout(x, 0.1), x, g
                    ),
                },
                name=f"dropout, {name}, {threads} threads",
            )
            ratios[threads, name] = times["theirs"] / times["ours"]
            rows.append([name, *map(micro, times.values()), f"{ratios[threads, name]:.2f}"])
        table(f"Forward and backward, float32, {memory}, {threads} threads", rows)
    if not keeps:
        arguments = ["dropout", *(["--plot", str(plots)] if plots else [])]
        sys.stdout.flush()
        subprocess.run([sys.executable, __file__, *arguments], check=True, env=os.environ | KEEPING)
    elif plots:
        draw_dropout(ratios, plots)


def draw_dropout(ratios: dict, plots: Path) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
    for threads in (1, 2):
        values = [ratios[threads, name] for name in SIZES]
        axes.plot(list(SIZES), values, marker="o", label=f"{threads} thread{'s' * (threads > 1)}")
    axes.axhline(1, color="grey", linewidth=0.8)
    axes.set(yscale="log", xlabel="elements", ylabel="times as fast as F.dropout")
    axes.set_yticks([0.5, 1, 2, 5, 10, 20], ["0.5", "1", "2", "5", "10", "20"])
    axes.legend(frameon=False)
    figure.savefig(plots / "dropout.svg")


def attention_calls(shape: tuple[int, ...]) -> dict:
    q, k, v = (torch.randn(shape, requires_grad=True) for _ in range(3))

    def call(function, p):
        return lambda: function(q, k, v, None, p, True)

    return {
        "simdrop": call(st.scaled_dot_product_attention, 0.1),
        "SDPA": call(F.scaled_dot_product_attention, 0.1),
        "flash without dropout": call(F.scaled_dot_product_attention, 0.0),
    }, (q, k, v)


def measure_attention(_: Path | None) -> None:
    shape = (2, 12, 1024, 64)
    for threads in (1, 2):
        torch.set_num_threads(threads)
        calls, inputs = attention_calls(shape)
        g = torch.randn(shape)
        with torch.no_grad():
            forward = interleaved(calls, 7, 0.1, "attention, forward")
        both = interleaved(
            {
                name: lambda call=call, inputs=inputs, g=g: torch.autograd.grad(call(), inputs, g)
                for name, call in calls.items()
            },
            7,
            0.1,
            "attention, forward and backward",
        )
        rows = [["", "forward", "simdrop is", "and backward", "simdrop is"]]
        for name in calls:
            row = [name]
            for times in (forward, both):
                row += [milli(times[name]), f"{times[name] / times['simdrop']:.2f} × as fast"]
            rows.append(row)
        table(f"Attention, causal, {list(shape)}, p = 0.1, float32, {threads} threads", rows)
    rows = [["", "memory, forward and backward"]]
    for name in calls:
        rows.append([name, f"{peak_of(name):.0f} MiB"])
    table("The same, peak of resident memory above that of the inputs", rows)


def peak_of(name: str) -> float:
    command = [sys.executable, __file__, "--peak", name]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_peak(name: str) -> None:
    """Linux counts the peak of memory anew from where it is told to."""

    def resident(what: str) -> float:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024

    small, inputs = attention_calls((1, 1, 16, 64))  # loads what is loaded at the first call
    torch.autograd.grad(small[name](), inputs, torch.ones(1, 1, 16, 64))
    shape = (2, 12, 1024, 64)
    calls, inputs = attention_calls(shape)
    g = torch.randn(shape)
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    torch.autograd.grad(calls[name](), inputs, g)
    print(resident("VmHWM") - before)


def measure_compiled(_: Path | None) -> None:
    """Dropout among pointwise operators, which Inductor fuses with its own."""
    torch.set_num_threads(1)

    def network(dropout):
        return torch.compile(lambda x, y: dropout(F.gelu(x) * y, 0.1) + y)

    rows = [["elements", "Inductor's", "simdrop", "times as fast", "eager F", "eager simdrop"]]
    theirs, ours = network(F.dropout), network(st.functional.dropout)
    for name, n in {"64 K": 65536, "1 M": 1 << 20}.items():
        x, y = torch.randn(n, requires_grad=True), torch.randn(n)
        g = torch.ones(n)
        eager = {
            "eager F": lambda x, y: F.dropout(F.gelu(x) * y, 0.1) + y,
            "eager simdrop": lambda x, y: st.functional.dropout(F.gelu(x) * y, 0.1) + y,
        }
        calls = {"theirs": theirs, "ours": ours} | eager
        times = interleaved(
            {
                key: lambda call=call, x=x, y=y, g=g: torch.autograd.grad(call(x, y), x, g)
                for key, call in calls.items()
            },
            name=f"compiled, {name}",
        )
        ratio = f"{times['theirs'] / times['ours']:.2f}"
        cells = [micro(time) for time in times.values()]
        rows.append([name, *cells[:2], ratio, *cells[2:]])
    table("Compiled gelu(x) * y, dropout, + y: forward and backward, one thread", rows)


MEASURES = {
    "numpy": measure_numpy,
    "dropout": measure_dropout,
    "attention": measure_attention,
    "compiled": measure_compiled,
    "gpt": measure_gpt,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", choices=[[], *MEASURES], default=[])
    parser.add_argument("--plot", type=Path, help="folder of the pictures")
    parser.add_argument("--peak", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print_peak(options.peak)
        return
    if options.plot:
        options.plot.mkdir(parents=True, exist_ok=True)
    print(f"simdrop {simdrop.__version__} on {simdrop.isa_name()}, PyTorch {torch.__version__}")
    for name in options.what or [name for name in MEASURES if name != "gpt"]:
        MEASURES[name](options.plot)


if __name__ == "__main__":
    main()
