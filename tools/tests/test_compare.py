# SPDX-License-Identifier: MIT
"""Comparisons of builds: planted slow-downs are found, noise is not taken for one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simdrop_bench import Error, __main__, compare, results, runner, stats

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
    bursts: float = 0.0,
    names: list[str] = NAMES,
) -> compare.Samples:
    """Rounds on a noisy machine whose clock drifts: a tenth up and down over the whole run, 2 %
    from process to process, and outliers of up to twice the time.

    `bursts` is the chance, in each run, that a neighbour begins to work: for ten runs on average,
    that is several rounds, every benchmark takes up to half as long again, each by its own measure.
    """
    samples = compare.Samples(list(names))
    burden, is_busy = 0.5 * rng.random(len(names)), False
    for run in range(rounds * len(compare.ROUND)):
        build = compare.ROUND[run % len(compare.ROUND)]
        times = 1000 * np.ones(len(names)) * (1 + 0.1 * np.sin(1.75 * run / rounds))
        times *= 1 + 0.02 * rng.standard_normal()
        times *= 1 + np.abs(noise * rng.standard_normal(len(names)))
        hit = rng.random(len(names)) < outliers
        times *= np.where(hit, 1 + rng.random(len(names)), 1)
        is_busy = rng.random() < (0.9 if is_busy else bursts)
        times *= 1 + burden * is_busy * rng.random()
        for index, factor in (slow or {}).items():
            times[index] *= factor if build == "new" else 1
        samples.runs[build].append(times.tolist())
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


@pytest.mark.parametrize("bursts", [0.0, 0.03])
def test_no_false_alarm_in_many_comparisons_of_equals(bursts):
    rng = np.random.default_rng(3)
    tables = [both_passes(rng, bursts=bursts) for _ in range(40)]
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
    for run in range(60):  # memcpy and the kernel slow down together, steadily
        build = compare.ROUND[run % 4]
        time = 1000 * 1.01**run
        samples.runs[build].append([time, 3 * time * (1.1 if build == "new" else 1)])
    row = compare.analyse(samples).iloc[0]
    assert row.absolute == pytest.approx(0.1)
    assert row.relative == pytest.approx(0.1)
    assert row.metric == "relative"  # 1 % a run are in OLD against itself, but not in the ratio
    assert row.noise == pytest.approx(0, abs=1e-9)
    assert row.verdict == compare.SLOWER


def test_a_changed_memcpy_changes_nothing_else():
    rng = np.random.default_rng(9)
    table = both_passes(rng, slow={0: 0.85, 7: 1.2}).set_index("name")
    assert table["verdict"][NAMES[7]] == compare.SLOWER
    assert compare.SLOWER not in set(table["verdict"].drop(NAMES[7]))
    assert set(table["metric"]) == {"absolute"}


def test_holms_correction_is_of_the_judged_only():
    samples = simulated(np.random.default_rng(10), slow={7: 1.08})
    plain, corrected = (compare.analyse(samples, corrected=c) for c in (False, True))
    width = [t["high"] - t["low"] for t in (plain, corrected)]
    assert (width[0] <= width[1]).all()
    assert width[0].mean() < 0.8 * width[1].mean()


def test_verdicts():
    def verdict(change, low, high, noise=0.01, p=0.001):
        values = (np.array([x]) for x in (change, low, high, noise, p))
        return compare.verdicts(*values, 0.05)[0]

    assert verdict(0.08, 0.06, 0.1) == compare.SLOWER
    assert verdict(-0.08, -0.1, -0.06) == compare.FASTER
    assert verdict(0.08, 0.06, 0.1, noise=0.07) == compare.INCONCLUSIVE
    assert verdict(0.08, 0.06, 0.1, p=0.06) == compare.INCONCLUSIVE
    assert verdict(0.08, 0.04, 0.1) == compare.INCONCLUSIVE
    assert verdict(0.04, 0.03, 0.06) == compare.SAME
    assert verdict(0.0, -0.1, 0.1, noise=0.06) == compare.INCONCLUSIVE


def test_the_threshold_is_everywhere():
    samples = simulated(np.random.default_rng(11), slow={7: 1.08}, names=NAMES[:9])
    assert compare.SLOWER in set(compare.analyse(samples)["verdict"])
    assert set(compare.analyse(samples, 0.2)["verdict"]) == {compare.SAME}


def test_suspects():
    table = pd.DataFrame(
        {"name": list("abcd"), "change": [0.06, -0.06, 0.04, 0.0], "noise": [0.0, 0.0, 0.0, 0.06]}
    )
    assert compare.suspects(table) == ["a", "b", "d"]
    assert compare.suspects(table, 0.1) == []


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


def fake_program(
    folder: Path, label: str, fails=False, noise=0.01, more=(), without=(), **factors
) -> Path:
    """A program that answers as simdrop-bench does; keywords are slow-downs of fill_u32's rows."""
    slow = {f"fill_u32/{isa}/n:1024": factor for isa, factor in factors.items()}
    program = folder / f"simdrop-bench-{label}"
    arguments = f"sys.argv, {slow}, {noise}, {fails}, {list(more)}, {list(without)}"
    program.write_text(
        f"#!{sys.executable} -S\nimport sys\nsys.path.insert(0, {str(HERE)!r})\n"
        f"import fake_bench\nsys.exit(fake_bench.main({arguments}))\n"
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
    code, made = run_compare(tmp_path, old, fake_program(tmp_path, "new"), "--rounds", "5")
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
    assert {len(b["samples"]["old"]) for b in made["benchmarks"]} <= {10, 22}  # 22 of suspects
    slow = fake_program(tmp_path, "slow", avx2=1.15)
    code, made = run_compare(tmp_path, old, slow, "--rounds", "5")
    assert code == 1
    worst = made["benchmarks"][0]
    assert (worst["name"], worst["verdict"]) == ("fill_u32/avx2/n:1024", "slower")
    assert worst["change"] == pytest.approx(0.15, abs=0.03)
    assert worst["pass"] == 2
    assert len(worst["samples"]["new"]) == 22
    assert "1 slower" in capsys.readouterr().out
    code, _ = run_compare(tmp_path, slow, old, "--rounds", "5", "--filter", "fill_u32/avx2")
    assert code == 0  # faster


def test_full_has_all_sizes_up_to_l2(tmp_path):
    old, new = (fake_program(tmp_path, label) for label in ("old", "new"))
    code, made = run_compare(tmp_path, old, new, "--rounds", "5", "--full")
    names = {b["name"] for b in made["benchmarks"]}
    assert code in (0, 3)
    assert {n for n in names if n.startswith("random_u32")} == {
        f"random_u32/avx2/n:{n}" for n in (64, 4096, 65536)
    }
    assert "fill_u32/scalar/n:65536" in names


def test_what_one_build_lacks_is_said(tmp_path, capsys):
    more = ["gumbel_f32/avx2/n:1024", "gumbel_f32/avx2/n:33554432"]
    old = fake_program(tmp_path, "old", more=more)
    new = fake_program(tmp_path, "new", without=["apply_f32/avx2/n:1024"], more=["copy_f32/x/n:64"])
    _, made = run_compare(tmp_path, old, new, "--rounds", "5")
    assert made["old"]["only"] == ["apply_f32/avx2/n:1024", "gumbel_f32/avx2/n:1024"]
    assert made["new"]["only"] == []
    said = capsys.readouterr().out
    assert "Only in OLD, so not compared: apply_f32/avx2/n:1024, gumbel_f32/avx2/n:1024" in said
    assert "Only in NEW" not in said
    assert run_compare(tmp_path, old, new, "--filter", "gumbel")[0] == 2
    assert "no benchmark of both builds" in capsys.readouterr().err


class FakeMachine:
    """Runs that take a time by a clock of its own, and find nothing or too much noise."""

    def __init__(self, monkeypatch, cost: float, noise: float):
        self.now, self.cost, self.noise = 0.0, cost, noise
        self.random = np.random.default_rng(1)
        monkeypatch.setattr(runner.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(runner.Build, "names", lambda _: NAMES)
        monkeypatch.setattr(runner.Build, "measure", self.measure)
        monkeypatch.setattr(runner, "is_representative", lambda name, *_: "fill" in name)

    def measure(self, names, repetitions, _seconds):
        self.now += 0.01 + self.cost * len(names) * repetitions
        times = np.exp(self.noise * self.random.standard_normal(len(names)))
        runs = pd.DataFrame({"name": names, "cpu_time": times})
        return results.Results(runs, {})


@pytest.mark.parametrize(
    ("cost", "noise", "repetitions", "first", "second"),
    [
        (0.005, 0.002, 3, 15, None),  # as many as wanted
        (0.02, 0.002, 2, 15, None),  # fewer repetitions
        (0.07, 0.002, 1, 11, None),  # fewer rounds
        (0.045, 0.3, 1, 15, 11),  # a second pass of all
        (1.0, 0.002, 1, 5, None),  # the fewest, however long
    ],
)
def test_a_comparison_keeps_its_time(monkeypatch, capsys, cost, noise, repetitions, first, second):
    machine = FakeMachine(monkeypatch, cost, noise)
    comparison = runner.Comparison(*(runner.Build(b, Path(b), []) for b in ("old", "new")))
    comparison.run(None)
    rounds = [samples.rounds() for samples in comparison.passes]
    assert rounds[0] == first
    assert (rounds[1] if len(rounds) > 1 else None) == second
    assert comparison.repetitions == repetitions
    assert machine.now < comparison.longest or rounds == [compare.FEWEST]
    assert ("Time ran out" in capsys.readouterr().err) == (min(rounds) < 15)


def test_inconclusive_status(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "SECOND_PASS", 7)
    old, new = (fake_program(tmp_path, label, noise=2.0) for label in ("old", "new"))
    assert run_compare(tmp_path, old, new, "--rounds", "5", "--filter", "fill")[0] == 3


def test_failures_have_status_2(tmp_path, capsys):
    old = fake_program(tmp_path, "old")
    broken = fake_program(tmp_path, "broken", fails=True)
    assert run_compare(tmp_path, old, broken, "--rounds", "5")[0] == 2
    assert "the call failed" in capsys.readouterr().err
    assert run_compare(tmp_path, old, tmp_path / "none", "--rounds", "5")[0] == 2
    assert run_compare(tmp_path, old, old, "--filter", "nothing")[0] == 2
    assert run_compare(tmp_path, old, old, "--filter", "(")[0] == 2
    assert run_compare(tmp_path, old, old, "--rounds", "4")[0] == 2
    assert "can't be judged" in capsys.readouterr().err
    with pytest.raises(SystemExit) as wrong:
        run_compare(tmp_path, old, old, "--minutes", "0")
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
    assert {b["rounds"] for b in made["benchmarks"]} == {6}
    assert "Interrupted after 6 rounds" in done.stdout


def test_a_second_interruption_loses_nothing(tmp_path, monkeypatch, capsys):
    old, new = (fake_program(tmp_path, label) for label in ("old", "new"))
    table = runner.Comparison.table

    def interrupted(comparison):
        os.kill(os.getpid(), signal.SIGINT)
        return table(comparison)

    monkeypatch.setattr(runner.Comparison, "table", interrupted)
    before = {number: signal.getsignal(number) for number in __main__.STOPS}
    try:
        code, made = run_compare(tmp_path, old, new, "--rounds", "5", "--filter", "fill")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert code in (0, 3)
    assert made["complete"]
    assert "Noise floor" in capsys.readouterr().out


def test_a_second_pass_of_too_few_rounds_counts_nowhere(monkeypatch):
    machine = FakeMachine(monkeypatch, 0.005, 0.3)
    comparison = runner.Comparison(*(runner.Build(b, Path(b), []) for b in ("old", "new")))

    def measure(names, *more):
        if len(comparison.passes) == 2 and comparison.passes[1].rounds() == 2:
            raise KeyboardInterrupt
        return machine.measure(names, *more)

    monkeypatch.setattr(runner.Build, "measure", lambda _, *more: measure(*more))
    with pytest.raises(KeyboardInterrupt):
        comparison.run(None)
    made = comparison.document(comparison.table())
    assert {b["pass"] for b in made["benchmarks"]} == {1}
    assert {len(b["samples"]["old"]) for b in made["benchmarks"]} == {30}


def test_what_is_measured_has_a_place(tmp_path, capsys):
    old = fake_program(tmp_path, "old", fails=True)  # so nothing may be measured before
    arguments = ["compare", "--old", str(old), "--new", str(old), "--json"]
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "file" / "compare.json"):
        assert __main__.main([*arguments, str(place)]) == 2
        assert f"can't write {place}" in capsys.readouterr().err
    link, target = tmp_path / "link", tmp_path / "target"
    link.symlink_to(target)
    __main__.write_json(link, {})
    assert link.is_symlink() and target.read_text() == "{}\n"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    __main__.make_place(pipe)
    __main__.write_json(pipe, {})
    assert os.read(reader, 10) == b"{}\n"
    os.close(reader)
    assert pipe.is_fifo()


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "other.json"
    path.write_text("{}")
    with pytest.raises(Error, match="was not written by scripts/compare"):
        compare.load(path)
    path.write_text('{"format": "simdrop-compare", "version": 1}')
    with pytest.raises(Error, match="another version"):
        compare.load(path)


def test_a_large_suite_can_be_slower():
    values = np.random.default_rng(1).normal(0.4, 0.01, (400, 41))
    p = stats.p_beyond(values, stats.bootstrap_medians(values), 0.05)
    assert np.all(stats.holm(p) < 0.05)


SCRIPT = HERE.parent.parent / "scripts" / "compare"


def run_script(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [SCRIPT, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "two versions are needed"),
        (["HEAD"], "two versions are needed"),
        (["HEAD", "HEAD", "--rounds"], "--rounds needs a value"),
        (["--fast", "HEAD", "HEAD"], "unknown option --fast"),
        (["no-such-commit", "HEAD"], "no-such-commit is neither a commit nor a folder"),
    ],
)
def test_the_script_says_what_is_wrong(arguments, sentence):
    done = run_script(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_the_script_compares_build_folders(tmp_path):
    for label, factor in (("old", 1.0), ("new", 1.3)):
        folder = tmp_path / label / "bench"
        folder.mkdir(parents=True)
        fake_program(tmp_path, label, avx2=factor).rename(folder / "simdrop-bench")
    out = tmp_path / "out.json"
    folders = [str(tmp_path / label) for label in ("old", "new")]
    options = ["--json", str(out), "--filter", "fill_u32/.*n:1024"]
    done = run_script(*options, *folders, CC="cc -pipe")
    assert done.returncode == 1, done.stdout + done.stderr
    assert compare.load(out)["old"]["label"] == folders[0]
    assert run_script(*options, *reversed(folders)).returncode == 0


def test_a_failed_build_is_no_regression(tmp_path):
    (tmp_path / "meson.build").write_text("no meson\n")
    done = run_script(str(tmp_path), str(tmp_path))
    assert done.returncode == 2
    assert "can't be built" in done.stderr
    done = run_script(str(tmp_path), str(tmp_path), CC="false")
    assert done.returncode == 2
    assert "can't be run" in done.stderr


def test_modules_where_one_is_are_not_ours(tmp_path):
    (tmp_path / "argparse.py").write_text("raise ImportError\n")
    (tmp_path / "bench").mkdir()
    program = fake_program(tmp_path, "old", fails=True)
    program.rename(tmp_path / "bench" / "simdrop-bench")
    done = subprocess.run(
        [SCRIPT, ".", "."], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "the call failed" in done.stderr


@pytest.mark.parametrize("value", ["0", "3"])
def test_the_environment_sets_no_status(value):
    done = subprocess.run(
        [SCRIPT.with_name("bench"), "--nonsense"],
        env={**os.environ, "failure": value},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
