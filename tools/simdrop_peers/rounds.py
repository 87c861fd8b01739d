# SPDX-License-Identifier: MIT
"""Runs simdrop's process and that of the Python peers in turns, and compares what they measured.

Its results are drawn by scripts/report.

usage: python -m simdrop_peers.rounds BENCH BUILD ENVIRONMENT [--quick]

BENCH is simdrop-bench, BUILD the folder for results, ENVIRONMENT that of NumPy, PyTorch, oneMKL and
oneDNN; the Python of PATH must do if it has none. On CPUs for which oneMKL has only its plainest
code (libmkl_def), MKL 2019, the last in the registry that lets one choose, is measured too, if
ENVIRONMENT/mkl-2019 has it.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from simdrop_bench import Error, files, results

ROUNDS, REPETITIONS, SECONDS = 5, 3, 0.02

KERNELS = {
    "random_u32": "u32 words",
    "random_uniform_f32": "uniform f32",
    "random_normal_f32": "normal f32",
    "random_normal_f64": "normal f64",
    "random_exponential_f32": "exponential f32",
    "dropout_f32": "dropout f32, p = 0.1, forward and backward",
}
# What the peers are and what they compute: for random numbers, and for dropout.
DRAWN_TWICE = "16 bits an element; no mask stored, drawn twice"
PLAIN = ("Philox4x32, 32 bits a value", DRAWN_TWICE)
STANDARD = "64 bits an element (bernoulli_distribution); mask of bytes"
SIMDROP = ("Philox4x32, 32 bits a value (f64: 64)", DRAWN_TWICE)
TORCH = "F.dropout and autograd; mask stored"
TORCH_NATIVE = "native_dropout and its backward; mask of bytes"
PEERS = {
    "avx512": ("simdrop, AVX-512", *SIMDROP),
    "avx2": ("simdrop, AVX2", *SIMDROP),
    "neon": ("simdrop, NEON", *SIMDROP),
    "generic": ("simdrop, plain C", *SIMDROP),
    "scalar": ("simdrop, scalar", *SIMDROP),
    "mkl": ("oneMKL VSL", "Philox4x32", ""),
    "mkl_boxmuller2": ("oneMKL VSL, Box-Muller 2", "Philox4x32", ""),
    "mkl_icdf": ("oneMKL VSL, ICDF", "Philox4x32", ""),
    "mkl2019_avx512": ("MKL 2019, AVX-512", "Philox4x32", ""),
    "mkl2019_avx512_boxmuller2": ("MKL 2019, AVX-512, Box-Muller 2", "Philox4x32", ""),
    "mkl2019_avx512_icdf": ("MKL 2019, AVX-512, ICDF", "Philox4x32", ""),
    "mkl2019_avx2": ("MKL 2019, AVX2", "Philox4x32", ""),
    "mkl2019_avx2_boxmuller2": ("MKL 2019, AVX2, Box-Muller 2", "Philox4x32", ""),
    "mkl2019_avx2_icdf": ("MKL 2019, AVX2, ICDF", "Philox4x32", ""),
    "random123": ("Random123 and libm", "Philox4x32", ""),
    "autovec_avx512": ("plain loop, {compiler} -O3 for AVX-512", *PLAIN),
    "autovec_avx2": ("plain loop, {compiler} -O3 for AVX2", *PLAIN),
    "autovec_neon": ("plain loop, {compiler} -O3 for NEON", *PLAIN),
    "scalar_fused": ("plain loop, {compiler}, no vectors", *PLAIN),
    "mt19937": ("std::mt19937", "MT19937, the standard distributions", STANDARD),
    "philox4x32": ("std::philox4x32", "Philox4x32, the standard distributions", STANDARD),
    "numpy": (
        "NumPy Generator(Philox)",
        "Philox4x64; normal, exponential: Ziggurat",
        "24 bits an element; mask as f32 factors",
    ),
    "torch": ("PyTorch", "MT19937, in place", TORCH),
    "torch_2_threads": ("PyTorch F.dropout, two threads", "", TORCH),
    "torch_native": ("PyTorch native_dropout", "", TORCH_NATIVE),
    "torch_native_2_threads": ("PyTorch native_dropout, two threads", "", TORCH_NATIVE),
    "onednn": (
        "oneDNN, dropout attribute",
        "",
        "Philox, 32 bits an element; mask of bytes, multiplied backward",
    ),
    "memcpy": ("memcpy, twice", "", "copies; drops nothing"),
}
# What the results keep of what simdrop-bench says of the machine and of itself.
CONTEXT = ["date", "cpu", "num_cpus", "load_avg", "commit", "compiler", "simdrop_version"]
# Not all their work is done by the thread that waits for it, so they are timed by the wall's clock;
# on a machine that has other work, too, such times mean little.
OTHER_THREADS = {"onednn", "torch_2_threads", "torch_native_2_threads"}
# MKL_DEBUG_CPU_TYPE of the code that MKL 2019 is to run.
MKL_2019 = {"avx512": "7", "avx2": "5"}


def run(command, environment):
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Error(f"{os.path.basename(command[-1])} failed: {last}")
    return done.stdout


def native_round(bench, build, environment, quick, *more):
    file = build / "peers-native.json"
    options = ["--peers", *(["--quick"] if quick else []), *more, f"--benchmark_out={file}"]
    options += [f"--benchmark_repetitions={1 if quick else REPETITIONS}"]
    options += [f"--benchmark_min_time={0.001 if quick else SECONDS}"]
    run([bench, *options], environment)
    found = results.load(file)
    table = results.medians(found.runs)
    by_wall = table["isa"].isin(OTHER_THREADS)
    speeds = (table["n"] / table["real_time"]).where(by_wall, table["elements_per_second"] * 1e-9)

    def noted(kind):
        notes = found.context.items()
        return {key[len(kind) :]: value for key, value in notes if key.startswith(kind)}

    return {
        "context": {key: found.context.get(key) for key in CONTEXT},
        "isas": found.context["simdrop_isas"].split(),
        "versions": noted("peer "),
        "skipped": {**noted("skipped "), **found.failed},
        "per_ns": dict(zip(table["name"], speeds)),
    }


def latest_mkl(folder):
    return {
        "LD_LIBRARY_PATH": f"{folder}/lib",
        "DPCPP_CPU_NUM_CUS": "1",
        "OCL_ICD_FILENAMES": f"{folder}/lib/libintelocl.so",
    }


def mkl_2019_round(bench, build, folder, quick, isa):
    chosen = {"LD_LIBRARY_PATH": f"{folder}/mkl-2019/lib", "MKL_DEBUG_CPU_TYPE": MKL_2019[isa]}
    found = native_round(bench, build, chosen, quick, "--benchmark_filter=/mkl")
    version = found["versions"]["oneMKL"]
    if f"libmkl_{isa}" not in version:
        raise Error(f"it runs no {isa} code")
    speeds = found["per_ns"].items()
    return {
        "versions": {f"MKL 2019 ({isa})": version},
        "skipped": {},
        "per_ns": {name.replace("/mkl", f"/mkl2019_{isa}"): speed for name, speed in speeds},
    }


def python_round(folder, sizes, quick):
    own = folder / "bin" / "python3"
    script = Path(__file__).with_name("python_peers.py")
    how = [str(0.001 if quick else SECONDS), str(1 if quick else REPETITIONS)]
    # Large tensors are given memory again that has been used: no page faults are measured.
    reuse = {"MALLOC_MMAP_THRESHOLD_": str(2**40), "MALLOC_TRIM_THRESHOLD_": str(2**40)}
    return json.loads(run([own if own.exists() else "python3", script, *how, *sizes], reuse))


def sizes_of(names):
    return sorted({f"{name.split('/')[0]}:{name.rsplit(':', 1)[1]}" for name in names})


def measure(bench, build, folder, quick):
    """The rounds, each with the speeds that its processes measured one after the other."""
    rounds, versions, skipped, context = [], {}, {}, None
    for number in range(1 if quick else ROUNDS):
        print(f"round {number + 1}", file=sys.stderr)
        native = native_round(bench, build, latest_mkl(folder), quick)
        context = context or native["context"]
        parts = [native]
        if "libmkl_def" in native["versions"].get("oneMKL", ""):
            for isa in filter(MKL_2019.get, native["isas"]):
                try:
                    parts.append(mkl_2019_round(bench, build, folder, quick, isa))
                except (Error, KeyError) as error:
                    skipped[f"MKL 2019 ({isa})"] = f"not found, or not to be run: {error}"
        try:
            parts.append(python_round(folder, sizes_of(native["per_ns"]), quick))
        except (Error, ValueError) as error:
            skipped["Python"] = str(error)
        rounds.append({})
        for part in parts:
            versions.update(part["versions"])
            skipped.update(part["skipped"])
            rounds[-1].update(part["per_ns"])
    return rounds, versions, skipped, context


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def describe(kernel, by, versions):
    """What a reader is told of a row."""
    title, random, dropout = PEERS.get(by, (by, "", ""))
    compiler = versions.get("plain loop", "").partition(",")[0]
    return {
        "title": title.format(compiler=compiler),
        "what": dropout if kernel == "dropout_f32" else random,
        "clock": "wall" if by in OTHER_THREADS else "cpu",
    }


def compare(rounds, names, versions):
    """For each of the rows `names` its speed, and how many times as fast simdrop is, by rounds."""
    best = next(name.split("/")[1] for name in names)  # simdrop's best is registered first
    rows = []
    for name in names:
        kernel, by, size = name.split("/")
        row = {"name": name, "kernel": kernel, "by": by, "n": int(size[2:])}
        row |= describe(kernel, by, versions)
        row["per_ns"] = spread([speeds[name] for speeds in rounds])
        for isa in (best, "avx2"):
            own = f"{kernel}/{isa}/{size}"
            if own in names:
                row[f"x_{isa}"] = spread([speeds[own] / speeds[name] for speeds in rounds])
        rows.append(row)
    rows.sort(
        key=lambda row: (list(KERNELS).index(row["kernel"]), row["n"], -row["per_ns"]["median"])
    )
    return best, rows


def figure(value):
    return f"{value:.0f}" if value >= 99.5 else f"{value:.3g}"


def times(ratio):
    if ratio is None:
        return ""
    median, least, greatest = (figure(ratio[key]) for key in ("median", "min", "max"))
    return median if least == greatest else f"{median} ({least} to {greatest})"


def tables(best, rows):
    isas = [best] + (["avx2"] if best != "avx2" and any("x_avx2" in row for row in rows) else [])
    lines, section = [], None
    for row in rows:
        if section != (row["kernel"], row["n"]):
            section = row["kernel"], row["n"]
            lines += [
                "",
                f"{KERNELS[row['kernel']]}, {row['n']} of them",
                "",
                "| by | a ns | " + " | ".join(f"× of {isa}" for isa in isas) + " | what |",
                "|---|---|" + "---|" * len(isas) + "---|",
            ]
        title = row["title"] + (" (wall clock)" if row["clock"] == "wall" else "")
        ratios = [times(row.get(f"x_{isa}")) for isa in isas]
        cells = [title, figure(row["per_ns"]["median"]), *ratios, row["what"]]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    if len(sys.argv) < 4:
        raise Error("needs BENCH BUILD ENVIRONMENT")
    bench, build, folder = map(Path, sys.argv[1:4])
    rounds, versions, skipped, context = measure(bench, build, folder, "--quick" in sys.argv)
    measured = set().union(*rounds)
    always = [name for name in rounds[0] if all(name in speeds for speeds in rounds)]
    for name in sorted(measured.difference(always, skipped)):
        skipped[name] = "not measured in every round"
    if not always:
        raise Error("nothing was measured in every round")
    best, rows = compare(rounds, always, versions)
    made = {"format": "simdrop-peers", "version": 1, "context": context, "rounds": len(rounds)}
    made |= {"best": best, "kernels": KERNELS, "versions": versions, "skipped": skipped}
    files.write(build / "peers-results.json", json.dumps({**made, "rows": rows}, indent=1))
    print(
        f"{context['cpu']}; rounds: {len(rounds)}; values or elements a ns, one thread unless said"
    )
    print("CPU time but where the wall clock is named: such figures want an otherwise idle machine")
    print('"× of": how many times as fast simdrop is, the median and the range of the rounds')
    print(tables(best, rows))
    print("\nVersions: " + "; ".join(f"{peer} {version}" for peer, version in versions.items()))
    for peer, reason in skipped.items():
        print(f"Skipped: {peer}: {reason}")


if __name__ == "__main__":
    try:
        main()
    except Error as error:
        sys.exit(f"peers: {error}")
