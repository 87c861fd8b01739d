# SPDX-License-Identifier: MIT
"""The goals and the table in the terminal, of made-up runs."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest
from conftest import DATA, document

from simdrop_bench import __main__, goals, results, summary, terminal

LEVELS = {"L1": 8192, "L2": 65536, "L3": 1 << 20, "DRAM": 1 << 24}
SETS = ["avx512", "avx2", "scalar"]


def row_names() -> list[str]:
    """All that goals want, and what theirs are compared with, in the way of simdrop-bench."""
    names = [
        f"copy_f32/{v}/n:{size // 8}" for v in ("memcpy", "stream") for size in LEVELS.values()
    ]
    for goal in goals.GOALS:
        for alias in filter(None, (goal.row, goal.against)):
            for level, size in LEVELS.items():
                alias = alias.replace(f"n:{level}", f"n:{size // 2 // size_of(alias)}")
            names.append(alias.replace("/best/", "/avx512/").replace("/thr", "/real_time/thr"))
            names.append(results.name_of(**{**parts(names[-1]), "isa": "scalar"}))
    names += [f"dropout_f32/scalar_fused/bits:16/n:{LEVELS['L2'] // 8}"]
    names += [f"port_limit_{limit}/{isa}" for limit in ("fill_u32", "dropout") for isa in SETS]
    return list(dict.fromkeys(names))


def parts(name: str) -> dict:
    return {key: results.parse_name(name)[key] for key in ("kernel", "isa", "bits", "n")}


def size_of(name: str) -> int:
    return 2 if "f16" in name else 8 if "f64" in name else 4


def limit_of(name: str) -> str:
    kernel, isa = name.split("/")[:2]
    limits = {"fill_u32": "fill_u32"} | dict.fromkeys(
        ("dropout_f32", "dropout_f64", "dropout_bf16", "dropout_f16"), "dropout"
    )
    return f"port_limit_{limits[kernel]}/{isa}" if kernel in limits and isa in SETS else ""


def run(times: dict[str, float], **context: str) -> results.Results:
    """A run on a Zen 5 in which a row takes 1000 ns, or its time in `times`."""
    made = document(
        {name: [times.get(name, 1000.0)] for name in row_names() if times.get(name) != 0},
        **{
            "cpu": "AMD EPYC",
            "cpu_family_model": "26 2",
            "simdrop_isas": " ".join(SETS),
            "levels": " ".join(f"{level}:{size}" for level, size in LEVELS.items()),
            **context,
        },
    )
    for one in made["benchmarks"]:
        one |= {"element_bytes": float(size_of(one["name"])), "label": limit_of(one["run_name"])}
    return results.from_json(made)


def verdicts(loaded: results.Results) -> dict[tuple[str, str], str]:
    text, _ = goals.report(loaded)
    lines = text.splitlines()[:-1]
    assert max(map(len, lines)) <= 100
    return {
        (goal.row, goal.figure): line.rsplit("  ", 1)[1].strip()
        for goal, line in zip(goals.GOALS, lines)
    }


SMALL = ("dropout_f32/avx512/bits:16/n:64", "ns")
COPIED = ("dropout_f32/avx512/bits:16/n:DRAM", "x best copy")
THREADS = ("dropout_f32/best/bits:16/n:L2/threads:2", "x one thread")


def test_goals_are_told_apart():
    fast = {SMALL[0]: 21.0, "dropout_f32/avx512/bits:16/n:2097152": 1040.0}
    told = verdicts(run(fast))
    assert (told[SMALL], told[COPIED], told[THREADS]) == ("reached", "reached", "NOT REACHED")
    slow = {SMALL[0]: 23.0, "copy_f32/stream/n:2097152": 940.0}
    told = verdicts(run(slow))
    assert (told[SMALL], told[COPIED]) == ("NOT REACHED", "NOT REACHED")


def test_absolute_goals_are_of_one_core():
    told = verdicts(run({SMALL[0]: 23.0}, cpu_family_model="25 1"))
    assert told[SMALL] == "stated for Zen 5"
    assert told[COPIED] == "reached"


def test_what_this_cpu_has_not_is_no_miss_but_what_the_build_has_not_is():
    told = verdicts(run({}, simdrop_isas="avx2 scalar"))
    assert told[COPIED] == "not on this CPU"
    without = {f"dropout_f16/avx512/bits:8/n:{LEVELS['DRAM'] // 4}": 0}
    assert verdicts(run(without))["dropout_f16/avx512/bits:8/n:DRAM", "x memcpy"] == "NOT MEASURED"


def test_the_nearer_limit_counts():
    goal = ("dropout_f64/avx512/bits:8/n:L2", "% of the limit")
    copies = [f"copy_f32/{v}/n:{LEVELS['L2'] // 8}" for v in ("memcpy", "stream")]
    told = {
        copy: verdicts(run({"port_limit_dropout/avx512": 1.0, **dict.fromkeys(copies, copy)}))[goal]
        for copy in (600.0, 900.0)
    }
    assert told == {600.0: "NOT REACHED", 900.0: "reached"}


def test_status(monkeypatch):
    loaded = run({SMALL[0]: 21.0})
    for goal, expected in ((SMALL, True), (THREADS, False)):
        own = [one for one in goals.GOALS if (one.row, one.figure) == goal]
        monkeypatch.setattr(goals, "GOALS", own)
        assert goals.report(loaded)[1] == expected
        monkeypatch.undo()


def fake_bench(folder: Path) -> Path:
    """Describes the rows, and writes what it is asked for."""
    names = row_names() + ["dropout_f32/avx512/bits:16/n:999", "random_u32/other/n:64"]
    rows = [{"name": n, "element_bytes": size_of(n), "label": limit_of(n)} for n in names]
    (folder / "rows.json").write_text(json.dumps({"levels": LEVELS, "rows": rows}))
    program = folder / "simdrop-bench"
    program.write_text(
        f"""#!{sys.executable} -S
import json, pathlib, re, sys
here = pathlib.Path(__file__).parent
if "--describe" in sys.argv:
    print((here / "rows.json").read_text())
    sys.exit()
options = dict(a.split("=", 1) for a in sys.argv[1:] if "=" in a)
(here / "filter").write_text(options["--benchmark_filter"])
pathlib.Path(options["--benchmark_out"]).write_text((here / "results.json").read_text())
"""
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_the_command_measures_what_is_needed(tmp_path, capsys):
    program, out = fake_bench(tmp_path), tmp_path / "out.json"
    (tmp_path / "results.json").write_text(DATA.read_text())
    assert __main__.main(["goals", str(program), str(out)]) == 1  # it lacks bf16, say
    assert "NOT MEASURED" in capsys.readouterr().out
    wanted = (tmp_path / "filter").read_text().replace("\\", "")
    for name in (
        "dropout_bf16/avx512/bits:8/n:4194304|",
        "copy_f32/stream/n:2097152|",
        "dropout_f32/scalar/bits:16/n:8192|",
        "dropout_f32/scalar_fused/bits:16/n:8192|",
        "port_limit_fill_u32/avx2|",
        "dropout_f32/avx512/bits:16/n:8192/real_time/threads:1|",
    ):
        assert f"|{name}" in f"|{wanted[2:-2]}|".replace(")$", "|"), name
    assert "n:999" not in wanted and "other" not in wanted
    (tmp_path / "rows.json").write_text("?")
    assert __main__.main(["goals", str(program), str(out)]) == 2


def test_a_table_for_the_terminal():
    text = terminal.table_of(run({SMALL[0]: 21.0}))
    assert max(map(len, text.splitlines())) <= 100
    (line,) = [
        one for one in text.splitlines() if one.startswith("dropout_f32 16") and "512 " in one
    ]
    speeds = [8192 * 0.00025, 131072 * 0.00025, 2097152 * 0.00025]
    assert line.split()[4:7] == [f"{one:.{2 * (one < 100)}f}" for one in speeds]
    assert line.split()[-1] == "21"
    assert "threads against one in L2: 2 1.00 x" in text
    assert "generic" not in terminal.table_of(results.load(DATA))


def test_aliases():
    table = summary.of_run(run({}))
    rows = goals.with_alias(table, LEVELS, "avx512")
    assert {goal.row for goal in goals.GOALS} <= set(rows["alias"])
    with pytest.raises(SystemExit):
        __main__.main(["goals", "a", "b", "--fast"])
