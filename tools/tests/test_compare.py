# SPDX-License-Identifier: MIT
"""Comparisons of builds: planted slow-downs are found, noise is not taken for one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simdrop_bench import Error, __main__, compare, runner, stats

HERE = Path(__file__).resolve().parent
NAMES = ["copy_f32/memcpy/n:1024", *(f"fill_u32/isa{i}/n:1024" for i in range(40))]


@pytest.fixture(autouse=True)
def fewer_resamples(monkeypatch):
    """Enough for the few suspects of these tests."""
    monkeypatch.setattr(stats, "RESAMPLES", 1999)


def simulated(
    rng: np.random.Generator,
    rounds: int = 15,
    slow: dict[int, float] | None = None,
    noise: float = 0.02,
    outliers: float = 0.05,
    names: list[str] = NAMES,
) -> compare.Samples:
    """Rounds on a noisy machine whose clock drifts: a tenth up and down over the whole run, 2 %
    from process to process, and outliers of up to twice the time.
    """
    samples = compare.Samples(list(names))
    for i in range(rounds):
        for place, role in enumerate(compare.ROLES):
            when = (3 * i + place) / (3 * rounds)
            times = 1000 * np.ones(len(names)) * (1 + 0.1 * np.sin(7 * when))
            times *= 1 + 0.02 * rng.standard_normal()
            times *= 1 + np.abs(noise * rng.standard_normal(len(names)))
            hit = rng.random(len(names)) < outliers
            times *= np.where(hit, 1 + rng.random(len(names)), 1)
            for index, factor in (slow or {}).items():
                times[index] *= factor if role == "new" else 1
            samples.times[role].append(times.tolist())
    return samples


def both_passes(rng: np.random.Generator, **model):
    """What the runner does, on simulated runs."""
    names = model.pop("names", NAMES)
    slow = model.pop("slow", {})
    first = compare.analyse(simulated(rng, slow=slow, names=names, **model), corrected=False)
    again = compare.suspects(first)
    if not again:
        return compare.merge(first, None)
    few = [name for name in names if compare.is_baseline(name) or name in again]
    moved = {few.index(names[i]): f for i, f in slow.items() if names[i] in few}
    second = simulated(rng, rounds=runner.SECOND_PASS, slow=moved, names=few, **model)
    return compare.merge(first, compare.analyse(second))


def test_a_planted_slowdown_is_found():
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(20):
        table = both_passes(rng, slow={7: 1.08})
        slower = table[table["verdict"] == compare.SLOWER]["name"].tolist()
        assert set(slower) <= {NAMES[7]}
        found += slower == [NAMES[7]]
        if slower:
            assert compare.exit_code(table) == compare.REGRESSION
    assert found >= 18


def test_no_false_alarm_in_many_comparisons_of_equals():
    rng = np.random.default_rng(3)
    tables = [both_passes(rng) for _ in range(40)]
    alarms = [t for t in tables if set(t["verdict"]) & {compare.SLOWER, compare.FASTER}]
    assert len(alarms) <= 2  # 5 % are allowed for; heavier noise is in the next test


def test_heavy_noise_is_no_regression():
    rng = np.random.default_rng(4)
    for _ in range(15):
        table = both_passes(rng, noise=0.15, outliers=0.3)
        assert compare.exit_code(table) in (compare.OK, compare.UNDECIDED)
        assert not set(table["verdict"]) & {compare.SLOWER, compare.FASTER}


def test_a_noise_floor_above_the_threshold_is_inconclusive():
    table = compare.analyse(simulated(np.random.default_rng(5), noise=0.5, outliers=0.5))
    noisy = table[table["noise"] > 0.05]
    assert len(noisy) > 20
    assert set(noisy["verdict"]) == {compare.INCONCLUSIVE}
    assert compare.exit_code(table) == compare.UNDECIDED


def test_a_speedup_and_a_global_slowdown():
    rng = np.random.default_rng(6)
    table = both_passes(rng, slow={3: 1 / 1.2}).set_index("name")
    assert table["verdict"][NAMES[3]] == compare.FASTER
    assert table["change"][NAMES[3]] == pytest.approx(1 / 1.2 - 1, abs=0.03)
    assert set(table["verdict"].drop(NAMES[3])) == {compare.SAME}
    table = both_passes(rng, slow={i: 1.2 for i in range(1, len(NAMES))})
    assert set(table["verdict"]) == {compare.SLOWER}


def test_changes_are_corrected_for_drift_and_told_both_ways():
    samples = compare.Samples(NAMES[:2])
    for i in range(15):  # memcpy and the kernel slow down together, steadily
        for place, role in enumerate(compare.ROLES):
            time = 1000 * 1.01 ** (3 * i + place)
            samples.times[role].append([time, 3 * time * (1.1 if role == "new" else 1)])
    row = compare.analyse(samples).iloc[0]
    assert row.absolute == pytest.approx(0.1)
    assert row.relative == pytest.approx(0.1)
    assert row.metric == "relative"  # 1 % a run are in OLD against itself, but not in the ratio
    assert row.noise == pytest.approx(0, abs=1e-9)
    assert row.verdict == compare.SLOWER


def test_baselines():
    names = ["copy_f32/memcpy/n:64", "copy_f32/memcpy/n:1024", "fill_u32/avx2/n:1024"]
    assert compare.baseline_of("fill_u32/avx2/n:1024", names) == names[1]
    assert compare.baseline_of("dropout_f64/avx2/bits:16/n:512", names) == names[1]
    assert compare.baseline_of("fill_u32/avx2/n:5", names) == names[0]
    assert compare.baseline_of("fill_u32/avx2/n:5", names[2:]) is None
    table = compare.analyse(simulated(np.random.default_rng(1), names=names[2:]))
    assert table["metric"].tolist() == ["absolute"]


def test_holm():
    p = np.array([0.04, 0.001, 0.03, 0.005])
    assert stats.holm(p) == pytest.approx([0.06, 0.004, 0.06, 0.015])
    assert stats.holm_levels(p, 0.05) == pytest.approx([0.025, 0.0125, 0.025, 0.05 / 3])


def test_few_values_are_never_sure():
    values = np.full((1, 4), 0.5)
    medians = stats.bootstrap_medians(values)
    assert stats.p_beyond(values, medians, 0.05)[0] == pytest.approx(2 / 16)


def test_bootstrap_intervals_hold_the_median():
    rng = np.random.default_rng(8)
    low, high = stats.interval(stats.bootstrap_medians(rng.standard_normal((400, 15))), 0.05)
    assert 0.9 < np.mean((low < 0) & (high > 0)) < 1


def fake_program(folder: Path, label: str, fails: bool = False, noise=0.01, **factors) -> Path:
    """A program that answers as simdrop-bench does; keywords are slow-downs of fill_u32's rows."""
    slow = {f"fill_u32/{isa}/n:1024": factor for isa, factor in factors.items()}
    program = folder / f"simdrop-bench-{label}"
    program.write_text(
        f"#!{sys.executable} -S\nimport sys\nsys.path.insert(0, {str(HERE)!r})\n"
        f"import fake_bench\nsys.exit(fake_bench.main(sys.argv, {slow}, {noise}, {fails}))\n"
    )
    program.chmod(0o755)
    return program


def run_compare(folder: Path, old: Path, new: Path, *more: str) -> tuple[int, dict]:
    out = folder / "compare.json"
    arguments = ["compare", "--old", str(old), "--new", str(new), "--json", str(out), *more]
    code = __main__.main(arguments)
    return code, compare.load(out) if out.exists() else {}


def test_status_of_the_program(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(runner, "SECOND_PASS", 11)
    old = fake_program(tmp_path, "old")
    code, made = run_compare(tmp_path, old, fake_program(tmp_path, "new"), "--pairs", "5")
    assert code == 0
    assert made["complete"]
    # the default choice: no memory-sized rows, scalar code in L1 alone, memcpy not judged
    assert {b["name"] for b in made["benchmarks"]} == {
        "fill_u32/avx2/n:1024",
        "fill_u32/avx2/n:65536",
        "fill_u32/scalar/n:1024",
        "apply_f32/avx2/n:1024",
        "apply_f32/avx2/n:65536",
        "apply_f32/scalar/n:1024",
        "dropout_f32/avx2/bits:16/n:64",
        "dropout_f32/avx2/bits:16/n:1024",
    }
    assert made["old"]["context"]["commit"] == "0123abc"
    assert {b["pass"] for b in made["benchmarks"]} <= {1, 2}
    assert {len(b["samples"]["again"]) for b in made["benchmarks"]} <= {5, 11}  # 11 of suspects
    slow = fake_program(tmp_path, "slow", avx2=1.15)
    code, made = run_compare(tmp_path, old, slow, "--pairs", "5")
    assert code == 1
    worst = made["benchmarks"][0]
    assert (worst["name"], worst["verdict"]) == ("fill_u32/avx2/n:1024", "slower")
    assert worst["change"] == pytest.approx(0.15, abs=0.03)
    assert worst["pass"] == 2
    assert len(worst["samples"]["new"]) == 11
    assert "1 slower" in capsys.readouterr().out
    code, _ = run_compare(tmp_path, slow, old, "--pairs", "5", "--filter", "fill_u32/avx2")
    assert code == 0  # faster


def test_inconclusive_status(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "SECOND_PASS", 7)
    old, new = (fake_program(tmp_path, label, noise=2.0) for label in ("old", "new"))
    assert run_compare(tmp_path, old, new, "--pairs", "5", "--filter", "fill")[0] == 3


def test_failures_have_status_2(tmp_path, capsys):
    old = fake_program(tmp_path, "old")
    broken = fake_program(tmp_path, "broken", fails=True)
    assert run_compare(tmp_path, old, broken, "--pairs", "2")[0] == 2
    assert "the call failed" in capsys.readouterr().err
    assert run_compare(tmp_path, old, tmp_path / "none", "--pairs", "2")[0] == 2
    assert run_compare(tmp_path, old, old, "--filter", "nothing")[0] == 2
    assert run_compare(tmp_path, old, old, "--filter", "(")[0] == 2
    with pytest.raises(SystemExit) as wrong:
        run_compare(tmp_path, old, old, "--pairs", "0")
    assert wrong.value.code == 2


def test_an_interruption_leaves_what_was_measured(tmp_path):
    old, new = (fake_program(tmp_path, label) for label in ("old", "new"))
    (tmp_path / "runs").mkdir()
    out = tmp_path / "compare.json"
    done = subprocess.run(
        [sys.executable, "-m", "simdrop_bench", "compare", "--old", old, "--new", new]
        + ["--json", out],
        env={**os.environ, "FAKE_BENCH_STOP": str(tmp_path / "runs"), "PYTHONPATH": HERE.parent},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130, done.stderr
    made = json.loads(out.read_text())
    assert not made["complete"]
    assert {b["rounds"] for b in made["benchmarks"]} == {3}
    assert "Interrupted after 3 rounds" in done.stdout


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "other.json"
    path.write_text("{}")
    with pytest.raises(Error, match="was not written by scripts/compare"):
        compare.load(path)


def test_a_large_suite_can_be_slower():
    values = np.random.default_rng(1).normal(0.4, 0.01, (400, 41))
    p = stats.p_beyond(values, stats.bootstrap_medians(values), 0.05)
    assert np.all(stats.holm(p) < 0.05)
