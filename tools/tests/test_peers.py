# SPDX-License-Identifier: MIT
"""Other libraries: what simdrop_peers.rounds makes of its rounds is what reports read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simdrop_bench import Error, peers

TOOLS = Path(__file__).resolve().parents[1]

# Speeds in the rounds; None is a failure.
SPEEDS = {
    "random_u32/avx2/n:1024": [2.0, 4.0, 3.0, 2.5, 3.5],
    "random_u32/mt19937/n:1024": [1.0, 1.0, 1.0, 1.0, 1.0],
    "random_u32/random123/n:1024": [1.5, None, 1.5, 1.5, 1.5],
    "dropout_f32/avx2/n:1024": [8.0] * 5,
    "dropout_f32/onednn/n:1024": [0.5] * 5,  # by the wall's clock, which is twice the CPU's
}


def fake_bench(folder: Path, speeds: dict[str, list]) -> Path:
    """Answers as simdrop-bench --peers does, a round at each call."""
    program = folder / "simdrop-bench"
    program.write_text(
        f"""#!{sys.executable} -S
import json, pathlib, sys
count = pathlib.Path(__file__).with_name("count")
turn = int(count.read_text()) if count.exists() else 0
count.write_text(str(turn + 1))
context = {{"cpu": "A CPU", "simdrop_isas": "avx2 scalar", "commit": "0123abc", "num_cpus": 2}}
context |= {{"peer simdrop": "0.1.0", "skipped oneMKL": "not installed"}}
rows = []
for name, speeds in {speeds}.items():
    row = {{"name": name, "run_name": name, "run_type": "iteration", "iterations": 9}}
    if speeds[turn] is None:
        row |= {{"error_occurred": True, "error_message": "out of memory"}}
    else:
        row |= {{"items_per_second": speeds[turn] * 1e9, "real_time": 2 * 1024 / speeds[turn]}}
        row["cpu_time"] = row["real_time"] / 2
    rows += [row, {{**row, "name": name + "_cv", "run_type": "aggregate", "items_per_second": 0.1}}]
out = next(a.split("=", 1)[1] for a in sys.argv if a.startswith("--benchmark_out="))
json.dump({{"context": context, "benchmarks": rows}}, open(out, "w"))
"""
    )
    program.chmod(0o755)
    return program


def run(folder: Path, speeds: dict[str, list]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "simdrop_peers.rounds", fake_bench(folder, speeds), folder, folder],
        cwd=TOOLS,
        capture_output=True,
        text=True,
        check=False,
    )


def test_reports_read_what_was_measured(tmp_path):
    done = run(tmp_path, SPEEDS)
    assert done.returncode == 0, done.stderr
    made = peers.load(tmp_path / "peers-results.json")
    rows = {row["name"]: row for row in made["rows"]}
    own = rows["random_u32/avx2/n:1024"]
    assert own["per_ns"] == {"median": 3.0, "min": 2.0, "max": 4.0}
    assert rows["random_u32/mt19937/n:1024"]["x_avx2"] == own["per_ns"]
    assert rows["dropout_f32/onednn/n:1024"]["per_ns"]["median"] == 0.25
    assert rows["dropout_f32/onednn/n:1024"]["clock"] == "wall"
    assert "random_u32/random123/n:1024" not in rows
    assert made["skipped"]["random_u32/random123/n:1024"] == "out of memory"
    assert made["skipped"]["oneMKL"] == "not installed"
    assert (made["rounds"], made["best"]) == (5, "avx2")
    assert made["context"]["commit"] == "0123abc"
    assert "| std::mt19937 | 1 | 3 (2 to 4) |" in done.stdout
    assert [row["name"] for row in made["rows"][:2]] == list(rows)[:2] == list(SPEEDS)[:2]


def test_a_row_that_came_late_is_named(tmp_path):
    speeds = {**SPEEDS, "random_u32/random123/n:1024": [None] + [1.5] * 4}
    assert run(tmp_path, speeds).returncode == 0
    skipped = peers.load(tmp_path / "peers-results.json")["skipped"]
    assert skipped["random_u32/random123/n:1024"] == "out of memory"


def test_nothing_measured_is_a_sentence(tmp_path):
    done = run(tmp_path, {"random_u32/avx2/n:1024": [None] * 5})
    assert done.returncode == 1
    assert done.stderr.strip().endswith("peers: nothing was measured in every round")
    with pytest.raises(Error, match="can't read"):
        peers.load(tmp_path / "peers-results.json")
