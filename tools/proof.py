# SPDX-License-Identifier: MIT
"""Proves scripts/compare on this machine: it finds a planted slow-down, and none among equals.

    build/venv/bin/python tools/proof.py [--planted 10] [--equals 10] [--load 3] [--all]

The planted one: fill_u32 of AVX2 (random_u32 calls it) fills the first 7.5 % of its blocks once
more: the results are the same, and with the second call it is some 8 % slower. It is compared with
HEAD `--planted` times, and found if all rows of fill_u32 are slower by the verdict. Then HEAD is
compared with itself `--equals` times, while `--load` processes compute and copy memory by fits and
starts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "proof"
FILTER = r"^(fill_u32|random_u32|draw_mask_u16|apply_f32|dropout_f32)/avx2/(bits:16/)?n:\d{4,5}$"
SLOWED = ("fill_u32/avx2/", "random_u32/avx2/")

SOURCE = "src/avx2/philox.c"
CALL = "    fill(out, blocks, first_block, philox, 0, 0);\n"
AGAIN = "    fill(out, (blocks * 3 / 40 + 16) / 32 * 32, first_block, philox, 0, 0);\n"

LOAD = """
import random, time
block = bytearray(16 << 20)
while True:
    end = time.monotonic() + random.expovariate(1)
    while time.monotonic() < end:
        sum(range(20000)) if random.random() < 0.5 else bytes(block)
    time.sleep(random.expovariate(1))
"""


def plant() -> Path:
    """A source tree of HEAD with the slow-down in it."""
    tree = PLACE / "tree"
    if tree.exists():
        subprocess.run(["rm", "-rf", str(tree)], check=True)
    tree.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", "HEAD"], check=True, capture_output=True
    )
    subprocess.run(["tar", "x", "-C", str(tree)], input=archive.stdout, check=True)
    file = tree / SOURCE
    text = file.read_text(encoding="utf-8")
    if text.count(CALL) != 1:
        sys.exit(f"proof: the slow-down no longer fits {SOURCE}")
    file.write_text(text.replace(CALL, CALL + AGAIN), encoding="utf-8")
    return tree


def compare(old: str, new: str, label: str, options: list[str]) -> tuple[int, dict, float]:
    """A comparison: its status, what it wrote, and the seconds it took."""
    out = PLACE / f"{label}.json"
    start = time.monotonic()
    done = subprocess.run(
        [str(ROOT / "scripts" / "compare"), *options, "--json", str(out), old, new],
        capture_output=True,
        text=True,
        check=False,
    )
    (PLACE / f"{label}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode not in (0, 1, 3):
        sys.exit(f"proof: scripts/compare failed\n{done.stderr}")
    return done.returncode, json.loads(out.read_text(encoding="utf-8")), time.monotonic() - start


def summarize(label: str, status: int, made: dict, seconds: float) -> tuple[set[str], set[str]]:
    """Prints a line; returns what was slower, and what else got a verdict that it shouldn't."""
    slower = {b["name"] for b in made["benchmarks"] if b["verdict"] == "slower"}
    faster = {b["name"] for b in made["benchmarks"] if b["verdict"] == "faster"}
    noise = made["noise_floor"]
    planted = {name for name in slower if name.startswith(SLOWED)}
    changes = [b["change"] for b in made["benchmarks"] if b["name"] in planted]
    print(
        f"{label:<12} status {status}, {len(slower)} slower"
        f" ({', '.join(f'{100 * c:+.1f} %' for c in changes) or 'none of the planted'}),"
        f" noise floor {100 * noise['median']:.1f} % (worst {100 * noise['worst']:.1f} %),"
        f" load {os.getloadavg()[0]:.1f}, {seconds:.0f} s",
        flush=True,
    )
    return planted, (slower | faster) - planted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--planted", type=int, default=10)
    parser.add_argument("--equals", type=int, default=10)
    parser.add_argument("--load", type=int, default=3)
    parser.add_argument("--all", action="store_true", help="the default choice of benchmarks")
    options = parser.parse_args()
    chosen = [] if options.all else ["--filter", FILTER]

    tree = plant()
    found = others = 0
    for i in range(options.planted):
        result = compare("HEAD", str(tree), f"planted-{i}", chosen)
        planted, wrong = summarize(f"planted {i}", *result)
        rows = {b["name"] for b in result[1]["benchmarks"] if b["name"].startswith(SLOWED[0])}
        found += result[0] == 1 and rows <= planted
        others += bool(wrong)
    alarms = unclear = 0
    load = [subprocess.Popen([sys.executable, "-c", LOAD]) for _ in range(options.load)]
    try:
        for i in range(options.equals):
            result = compare("HEAD", "HEAD", f"equals-{i}", chosen)
            planted, wrong = summarize(f"equals {i}", *result)
            alarms += bool(planted | wrong)
            unclear += result[0] == 3
    finally:
        for process in load:
            process.terminate()
    print(
        f"The planted slow-down was found in {found} of {options.planted} comparisons, of which"
        f" {others} had a verdict on something else too.\n"
        f"{alarms} of {options.equals} comparisons of equals under load had a false verdict,"
        f" {unclear} were inconclusive."
    )


if __name__ == "__main__":
    main()
