# SPDX-License-Identifier: MIT
"""Runs of two builds: what is chosen, how long it takes, statuses, interruptions, the script."""

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

from simdrop_bench import Error, __main__, compare, results, runner

HERE = Path(__file__).resolve().parent
NAMES = ["copy_f32/memcpy/n:1024", *(f"fill_u32/isa{i}/n:1024" for i in range(40))]
pytestmark = pytest.mark.usefixtures("fewer_resamples")


def fake_program(
    folder: Path, label: str, fails=False, noise=0.01, more=(), without=(), sizes=None, **factors
) -> Path:
    """A program that answers as simdrop-bench does; keywords are slow-downs of fill_u32's rows."""
    slow = {f"fill_u32/{isa}/n:1024": factor for isa, factor in factors.items()}
    program = folder / f"simdrop-bench-{label}"
    arguments = f"sys.argv, {slow}, {noise}, {fails}, {list(more)}, {list(without)}, {sizes}"
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


def measured(*times: float) -> results.Results:
    return results.Results(pd.DataFrame({"name": "a", "cpu_time": times}), {})


def test_the_figure_of_a_run_is_its_fastest_repetition():
    assert runner.fastest(measured(3.0, 2.0, 4.0), ["a"], "OLD") == [2.0]
    for wrong, names in ((measured(3.0, 0.0), ["a"]), (measured(3.0), ["a", "b"])):
        with pytest.raises(Error, match="OLD has no time for"):
            runner.fastest(wrong, names, "OLD")


def test_the_default_choice():
    def is_chosen(name: str, size: int = 0) -> bool:
        part = results.parse_name(name, size)
        return runner.is_representative(part, [1024, 65536], {"avx2", "new", "scalar"}, False)

    assert is_chosen("apply_f32/avx2/n:1024")
    assert is_chosen("dropout_f64/avx2/bits:16/n:512")
    assert is_chosen("dropout_x2/new/bits:16/n:2048", 2)
    assert not is_chosen("dropout_f32/avx2/bits:16/n:1024/real_time/threads:2")
    assert not is_chosen("apply_f32_stream/avx2/n:1024")
    assert not is_chosen("apply_f32/avx2/n:33554432")
    assert not is_chosen("dropout_f32/scalar_fused/bits:16/n:1024")
    assert not is_chosen("random_u32/avx2/n:65536")
    assert not is_chosen("port_limit_fill_u32/avx2")


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


def test_new_sets_and_types_are_found(tmp_path):
    """By what the new build says of itself; the old one says nothing."""
    more = ["fill_u32/new_set/n:1024", "dropout_x2/new_set/bits:16/n:2048"]
    old = fake_program(tmp_path, "old", more=more)
    new = fake_program(tmp_path, "new", more=more, sizes={more[1]: 2})
    _, made = run_compare(tmp_path, old, new, "--rounds", "5")
    rows = {b["name"]: b for b in made["benchmarks"]}
    assert set(more) <= set(rows)
    assert rows[more[1]]["element_bytes"] == 2
    assert rows[more[1]]["baseline"] == "copy_f32/memcpy/n:1024"


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
        monkeypatch.setattr(runner, "is_representative", lambda part, *_: "fill" in part["name"])

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


@pytest.mark.parametrize(
    ("sent", "status", "sentence"),
    [
        ("compare 2", 130, "interrupted"),  # Ctrl-C
        ("compare 15", 130, "interrupted"),
        ("bench 9", 2, "failed with status -9"),
    ],
)
def test_an_interruption_leaves_what_was_measured(tmp_path, sent, status, sentence):
    old, new = (fake_program(tmp_path, label) for label in ("old", "new"))
    (tmp_path / "runs").mkdir()
    out = tmp_path / "compare.json"
    fake = {"FAKE_BENCH_RUNS": str(tmp_path / "runs"), "FAKE_BENCH_SIGNAL": sent}
    done = subprocess.run(
        [sys.executable, "-m", "simdrop_bench", "compare", "--old", old, "--new", new]
        + ["--json", out],
        env={**os.environ, **fake, "PYTHONPATH": HERE.parent},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    made = json.loads(out.read_text())
    assert not made["complete"]
    assert {b["rounds"] for b in made["benchmarks"]} == {6}
    assert "Noise floor" in done.stdout
    assert sentence in done.stderr
    assert "No verdict" in done.stderr


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


def test_a_threshold_is_kept_in_both_passes(tmp_path):
    old, new = fake_program(tmp_path, "old"), fake_program(tmp_path, "new", avx2=1.15)
    options = ["--rounds", "5", "--filter", "fill.*1024"]
    code, made = run_compare(tmp_path, old, new, *options, "--threshold", "30%")
    assert code == 0
    assert {b["pass"] for b in made["benchmarks"]} == {1}
    code, made = run_compare(tmp_path, old, new, *options, "--threshold", "10")
    assert code == 1
    assert made["threshold"] == pytest.approx(0.1)


def test_options(tmp_path, monkeypatch):
    seen = []

    def run(comparison, pattern):
        seen.append((comparison.longest, comparison.seconds, comparison.old.options, pattern))
        raise ValueError("a crash")  # is no regression

    monkeypatch.setattr(runner.Comparison, "run", run)
    for more in ([], ["--full"], ["--minutes", "2", "--min-time", "0.1", "--filter", "x"]):
        assert run_compare(tmp_path, tmp_path, tmp_path, *more)[0] == 2
    assert seen == [
        (210, 0.002, [], None),
        (900, 0.002, ["--full"], None),
        (120, 0.1, [], "x"),
    ]


def test_other_builds_are_told(tmp_path, capsys, monkeypatch):
    old, new = (fake_program(tmp_path, label) for label in ("old", "new"))
    measure = runner.Build.measure

    def with_compiler(build, *more):
        done = measure(build, *more)
        done.context["compiler"] = {"OLD": "gcc 12.2.0", "NEW": "clang 19.1.7"}[build.label]
        return done

    monkeypatch.setattr(runner.Build, "measure", with_compiler)
    run_compare(tmp_path, old, new, "--rounds", "5", "--filter", "fill")
    assert "differ in compiler: gcc 12.2.0 against clang 19.1.7\n" in capsys.readouterr().out


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
    options = ["--json", str(out), "--filter", "fill_u32/.*n:1024", "--rounds", "5"]
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
    assert done.returncode == 2  # also of Pythons older than 3.11, which can't but take it


@pytest.mark.parametrize("value", ["0", "3"])
def test_the_environment_sets_no_status(value):
    done = subprocess.run(
        [SCRIPT.with_name("bench"), "--nonsense"],
        env={**os.environ, "failure": value},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
