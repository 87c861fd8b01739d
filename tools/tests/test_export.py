# SPDX-License-Identifier: MIT
"""Exports, checked by their consumers' own parsers where those can be installed from PyPI (LNT) or
are on PATH (benchstat), and by what the consumers' sources accept, written down here as schemas:

    Bencher                  lib/bencher_adapter/src/adapters/json.rs: a map of names to a map of
                             measures to JsonNewMetric (lib/bencher_json); lib/bencher_valid: names
                             of benchmarks up to 1024 bytes, some endings of which mean "ignore",
                             slugs of measures
    github-action-benchmark  src/extract.ts: an array of the zod object BenchmarkResult;
                             src/extractRangeInfo.ts: the form of a range
    LNT                      lnt/testing: validate_report, which `lnt checkformat` prints;
                             docs/importing_data.rst; lnt/util: convert_revision
    benchstat                benchfmt/reader.go

What can't be installed here was run by hand on 2026-11-23, with exports of two runs, one of them
10 % slower in some benchmarks:

    Bencher                  0.6.12 (8d75325): every metric is a JsonMetric of services/api's
                             openapi.json; not run
    github-action-benchmark  1.22.0 (a60cea5), as a whole, with external-data-json-path and both
                             tools: it parsed every range and gave alerts for what was slower
    benchstat                golang/perf 712aea8 and f7320a6: the tests below
    actionlint               1.7.3, and SchemaStore's github-workflow.json (3b6446a): no complaints
                             about docs/workflows/benchmark.yml
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import jsonschema
import pytest
from conftest import DATA, document

from simdrop_bench import Error, __main__, compare, export, results

TIMES = {
    "dropout_f32/avx2/bits:16/n:1024": [100.0, 300.0, 110.0, 105.0],
    "dropout_f32/scalar/bits:16/n:1024": [1100.0, 1000.0, 1200.0, 1100.0],
    "copy_f32/memcpy/n:1024": [50.0, 55.0, 60.0, 52.0],
    "port_limit_fill_u32/avx2": [10.0, 10.0, 10.0, 10.0],
}
CONTEXT = {"cpu": "Some CPU", "commit": "0123abc-dirty", "compiler": "gcc 12.2.0", "flags": "-O3"}
NOISE = {"median": 0.004, "worst": 0.02, "worst_name": "copy_f32/memcpy/n:1024"}
COLUMN_OF = {"github-time": "cpu_time", "github-speed": "elements_per_second"}
NO_LNT = "llvm-lnt isn't installed: it needs Python 3.10"
STATISTICS = re.compile(r"_(mean|median|min|max|stddev|cv)\b")

METRIC = {
    "type": "object",
    "required": ["value"],
    "additionalProperties": False,
    "properties": {key: {"type": "number"} for key in ("value", "lower_value", "upper_value")},
}
BENCHER = {
    "type": "object",
    "propertyNames": {
        "pattern": "/",  # or else it could be a slug
        "maxLength": 1024,
        "not": {"pattern": "(_bencher_ignore|BencherIgnore|-bencher-ignore)$"},
    },
    "additionalProperties": {
        "type": "object",
        "propertyNames": {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 64},
        "additionalProperties": METRIC,
    },
}
GITHUB = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["name", "value", "unit"],
        "properties": {
            "name": {"type": "string"},
            "value": {"type": "number"},
            "unit": {"type": "string"},
            "range": {"type": "string", "pattern": r"^± \d[\d.e+-]*$"},
            "extra": {"type": "string"},
        },
    },
}
STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"
SAMPLES = {"type": "array", "items": {"type": "number"}, "minItems": 1}
LNT = {
    "type": "object",
    "required": ["format_version", "machine", "run", "tests"],
    "properties": {
        "format_version": {"const": "2"},
        "machine": {**STRINGS, "required": ["name"]},
        "run": {
            **STRINGS,
            "required": ["llvm_project_revision"],
            "properties": {key: {"pattern": TIME} for key in ("start_time", "end_time")},
        },
        "tests": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "execution_time"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string"},
                    "execution_time": SAMPLES,
                    "score": SAMPLES,
                },
            },
        },
    },
}


@pytest.fixture(name="path")
def results_file(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document(TIMES, **CONTEXT)))
    return path


def exported(name: str, path, noise=None) -> str:
    return export.export(name, results.load(path), noise)


@pytest.mark.parametrize("name", export.FORMATS)
def test_every_benchmark_and_no_statistic(name, path):
    text = exported(name, path)
    assert not STATISTICS.search(text)
    assert "avx2" in text and "scalar" in text and "memcpy" in text


@pytest.mark.parametrize("name", export.FORMATS)
def test_aggregates_change_nothing(name, path):
    """Not even a "min", whose least rate is no rate of its least time."""
    text = exported(name, path)
    made = json.loads(path.read_text())
    assert {b.get("aggregate_name") for b in made["benchmarks"]} >= {None, "min", "cv"}
    made["benchmarks"] = [b for b in made["benchmarks"] if b["run_type"] == "iteration"]
    path.write_text(json.dumps(made))
    assert exported(name, path) == text


def test_gbench(path):
    made = json.loads(exported("gbench", path, NOISE))
    assert made["context"]["commit"] == "0123abc-dirty"
    assert made["context"]["noise_floor"] == NOISE
    again = results.from_json(made)
    assert again.runs.equals(results.load(path).runs)


def test_bencher(path):
    made = json.loads(exported("bencher", path))
    jsonschema.validate(made, BENCHER)
    assert set(made) == set(TIMES)
    latency = made["dropout_f32/avx2/bits:16/n:1024"]["latency"]
    assert latency["value"] == 107.5
    assert 100 <= latency["lower_value"] < 107.5 < latency["upper_value"] <= 300
    speed = made["copy_f32/memcpy/n:1024"]["throughput"]
    assert speed["lower_value"] == pytest.approx(1024 / 60e-9)
    assert speed["value"] == pytest.approx(1024 / 53.5e-9, rel=0.01)


@pytest.mark.parametrize(
    ("name", "unit", "value"),
    [("github-time", "ns", 107.5), ("github-speed", "elements/s", 1024 / 107.5e-9)],
)
def test_github(path, name, unit, value):
    made = json.loads(exported(name, path))
    jsonschema.validate(made, GITHUB)
    assert [entry["name"] for entry in made] == list(TIMES)
    assert made[0]["unit"] == unit
    assert made[0]["value"] == pytest.approx(value, rel=0.001)
    assert len(re.findall(r"[1-9]", str(made[0]["value"]))) <= 6  # alerts show it as it is
    number = re.match(r"(\+-|±)\s*(\d.*)", made[0]["range"])[2]  # as extractRangeInfo does
    row = export.summary(results.load(path).runs, COLUMN_OF[name]).iloc[0]
    assert float(number) == pytest.approx((row.high - row.low) / 2, rel=1e-5)
    extra = made[0]["extra"].splitlines()
    assert extra == ["commit: 0123abc-dirty", "compiler: gcc 12.2.0", "flags: -O3"]


def test_lnt(path):
    made = json.loads(exported("lnt", path, NOISE))
    jsonschema.validate(made, LNT)
    assert re.fullmatch(r"Some-CPU-[0-9a-f]{8}", made["machine"]["name"])
    assert made["machine"]["cpu"] == "Some CPU"
    assert made["run"]["commit"] == "0123abc-dirty"
    assert json.loads(made["run"]["noise_floor"]) == NOISE
    context = {"os": "Debian", "kernel": "Linux", "l1d": "48 KiB", "simdrop_version": "0.1.0"}
    told = json.loads(export.lnt(results.load(path), {**results.load(path).context, **context}))
    assert told["run"].items() >= context.items()
    # LNT orders revisions by the numbers in them, in which a commit makes no sense
    assert re.findall(r"\d+", made["run"]["llvm_project_revision"]) == ["20261123", "120000"]
    times = made["tests"][0]["execution_time"]
    assert times == pytest.approx([100e-9, 300e-9, 110e-9, 105e-9])


def changes_of(context: dict):
    """The context with each of its keys changed, emptied or missing."""
    for key, value in context.items():
        for other in (f"{value} changed", "", None):
            yield {**context, key: other}
        yield {k: v for k, v in context.items() if k != key}


def test_a_machine_of_lnt_has_one_description():
    loaded = results.load(DATA)
    machines = {}
    for context in [loaded.context, *changes_of({**loaded.context, "something": "new"})]:
        try:
            made = json.loads(export.lnt(loaded, context))["machine"]
        except Error:
            assert context.get("date") != loaded.context["date"]
            continue
        assert machines.setdefault(made["name"], made) == made
    assert len(machines) > len(results.HARDWARE + results.BUILD)


def test_lnt_by_its_own_check(path, tmp_path):
    testing = pytest.importorskip("lnt.testing", reason=NO_LNT)
    report = tmp_path / "report.json"
    report.write_text(exported("lnt", path))
    checked = testing.validate_report(str(report), "<auto>")
    assert checked["success"], checked
    assert len(checked["data"]["tests"]) == len(TIMES)


@pytest.mark.filterwarnings("ignore:The Binary class is deprecated")  # in LNT's SQLAlchemy
def test_lnt_by_an_instance_of_it(tmp_path):
    app = pytest.importorskip("lnt.server.ui.app", reason=NO_LNT)

    def lnt(*arguments):
        program = [sys.executable, "-c", "from lnt.lnttool import main; main()"]
        done = subprocess.run([*program, *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    lnt("create", tmp_path / "instance")
    first = {**CONTEXT, "date": "2026-11-23T09:00:00+00:00", "os": "Debian 12"}
    second = {**first, "date": "2026-11-24T10:00:00+00:00", "os": "Debian 13", "commit": "456def"}
    third = {**second, "compiler": "clang 19"}
    # not in the order of dates; LNT refuses another description of the same machine
    for context in (second, third, first):
        results_file = tmp_path / "results.json"
        results_file.write_text(json.dumps(document(TIMES, **context)))
        report = tmp_path / "report.json"
        report.write_text(exported("lnt", results_file))
        lnt("import", tmp_path / "instance", report)

    client = app.App.create_standalone(str(tmp_path / "instance" / "lnt.cfg")).test_client()

    def get(what):
        answer = client.get(f"/api/db_default/v4/nts/{what}")
        assert answer.status_code == 200
        return answer.get_json()

    compilers = [machine["compiler"] for machine in get("machines")["machines"]]
    assert compilers == ["gcc 12.2.0", "clang 19"]
    assert {run["commit"] for run in get("machines/1")["runs"]} == {"0123abc-dirty", "456def"}
    tests = {test["name"]: test["id"] for test in get("tests")["tests"]}
    assert set(tests) == set(TIMES)
    revisions = ["20261123.090000"] * 4 + ["20261124.100000"] * 4
    columns = {field["column_name"]: field["column_id"] for field in get("fields")["fields"]}
    for name, times in TIMES.items():
        samples = get(f"graph/1/{tests[name]}/{columns['execution_time']}")
        assert [sample[0] for sample in samples] == revisions
        for run in (samples[:4], samples[4:]):
            assert sorted(s[1] for s in run) == pytest.approx([t * 1e-9 for t in sorted(times)])
    samples = get(f"graph/2/{tests['copy_f32/memcpy/n:1024']}/{columns['score']}")
    assert max(sample[1] for sample in samples) == pytest.approx(1024 / 50e-9)


def read_go_benchmarks(text: str):
    """What benchfmt's reader makes of a file: lines of results, configuration, other lines."""
    rows, config, ignored = [], {}, []
    for line in text.splitlines():
        pair = re.fullmatch(r"([^\sA-Z:][^\sA-Z]*?):[ \t]*(.*)", line)
        if line.startswith("Benchmark"):
            name, iterations, *measured = line[len("Benchmark") :].split()
            assert len(measured) % 2 == 0 and measured
            units = dict(zip(measured[1::2], map(float, measured[0::2])))
            rows.append((name, int(iterations), units))
        elif line.startswith("Unit "):
            assert all("=" in field for field in line.split()[2:])
        elif pair and pair[1][0].islower():
            config[pair[1]] = pair[2]
        else:
            ignored.append(line)
    return rows, config, ignored


def test_benchstat(path):
    rows, config, ignored = read_go_benchmarks(exported("benchstat", path))
    assert len(rows) == 16
    assert rows[1][0] == "Dropout_f32/isa=avx2/bits=16/n=1024"
    assert rows[1][2]["ns/op"] == 300
    assert rows[1][2]["elements/s"] == pytest.approx(1024 / 300e-9, rel=1e-4)
    assert all(name[0].isupper() for name, _, _ in rows)
    # benchstat compares nothing that differs in the configuration: no commit and no date there
    assert config == {"pkg": "simdrop", "cpu": "Some CPU"}
    assert "# commit: 0123abc-dirty" in ignored


@pytest.mark.skipif(not shutil.which("benchstat"), reason="no benchstat on PATH")
def test_benchstat_by_itself(tmp_path):
    def benchstat(*arguments):
        done = subprocess.run(
            ["benchstat", *arguments], capture_output=True, text=True, check=True, cwd=tmp_path
        )
        assert not done.stderr
        return done.stdout

    slower = {name: [1.1 * time for time in times] for name, times in TIMES.items()}
    new = {"commit": "456def", "date": "2026-11-24T12:00:00+00:00", "os": "Debian 13"}
    for name, times, context in (("old", TIMES, {}), ("new", slower, new)):
        results_file = tmp_path / f"{name}.json"
        made = document({k: 2 * v for k, v in times.items()}, **{**CONTEXT, **context})
        results_file.write_text(json.dumps(made))
        (tmp_path / name).write_text(exported("benchstat", results_file))

    compared = benchstat("old", "new")
    assert len(re.findall("^cpu: Some CPU$", compared, re.MULTILINE)) == 1
    assert len(re.findall(r"^geomean .*\+10\.00%", compared, re.MULTILINE)) == 1  # of times
    assert len(re.findall(r"^geomean .*-9\.09%", compared, re.MULTILINE)) == 1  # of speeds
    assert "Dropout_f32/isa=avx2/bits=16/n=1024" in compared
    by_isa = benchstat("-col", "/isa", "old")
    assert re.search(r"│ +avx2 +│ +scalar +│ +memcpy +│", by_isa)
    assert "Dropout_f32/bits=16/n=1024" in by_isa


def test_command(path, capsys):
    assert __main__.main(["export", "bencher", str(path)]) == 0
    jsonschema.validate(json.loads(capsys.readouterr().out), BENCHER)
    assert __main__.main(["export", "xml", str(path)]) == 2
    assert "there is no format xml; there are gbench" in capsys.readouterr().err


def test_noise_floor_of_a_comparison(path, tmp_path, capsys):
    compared = {"format": "simdrop-compare", "version": compare.VERSION, "noise_floor": NOISE}
    compared |= {"old": {}, "new": {}, "threshold": 0.05, "benchmarks": [{}]}
    file = tmp_path / "compare.json"
    file.write_text(json.dumps(compared))
    command = ["export", "gbench", str(path), "--compare", str(file)]
    assert __main__.main(command) == 0
    assert json.loads(capsys.readouterr().out)["context"]["noise_floor"] == NOISE
    del compared["noise_floor"]
    file.write_text(json.dumps(compared))
    assert __main__.main(command) == 2
    assert capsys.readouterr().err.endswith("is not complete\n")


def refuse(constant: str):
    raise AssertionError(f"{constant} is not JSON")


@pytest.mark.parametrize("name", export.FORMATS)
def test_rates_in_no_time(name, path):
    made = json.loads(path.read_text())
    for entry in made["benchmarks"][:4]:
        entry |= {"items_per_second": float("inf"), "bytes_per_second": float("nan")}
    path.write_text(json.dumps(made))
    text = exported(name, path)
    assert not re.search(r"\b(nan|inf)\b", text, re.IGNORECASE)
    if name != "benchstat":
        json.loads(text, parse_constant=refuse)
    for entry in made["benchmarks"]:
        entry |= {"items_per_second": float("inf")}
    path.write_text(json.dumps(made))
    if name == "github-speed":
        with pytest.raises(Error, match="has a speed"):
            exported(name, path)


@pytest.mark.parametrize("name", export.FORMATS)
def test_results_of_failures_only(name, path):
    made = json.loads(path.read_text())
    for entry in made["benchmarks"]:
        entry |= {"error_occurred": True}
    path.write_text(json.dumps(made))
    with pytest.raises(Error, match="no benchmark of the results succeeded"):
        exported(name, path)


@pytest.mark.parametrize("target", ["full", "closed"])
def test_output_that_can_not_be_written(path, target):
    program = [sys.executable, "-m", "simdrop_bench", "export", "gbench", str(path)]
    with open("/dev/full", "w") as full:
        started = subprocess.Popen(
            program,
            stdout=full if target == "full" else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=DATA.parents[2],
        )
        if target == "closed":
            started.stdout.close()
        said = started.stderr.read()
    assert started.wait() == 2
    assert re.fullmatch("simdrop_bench: can't write the output: .*\n", said)


def test_output_is_utf_8(path):
    program = [sys.executable, "-m", "simdrop_bench", "export", "github-time", str(path)]
    plain = {"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(program, capture_output=True, cwd=DATA.parents[2], env=plain, check=True)
    jsonschema.validate(json.loads(done.stdout.decode("utf-8")), GITHUB)


def test_results_without_a_date(path):
    made = json.loads(path.read_text())
    del made["context"]["date"]
    path.write_text(json.dumps(made))
    with pytest.raises(Error, match="don't say when"):
        exported("lnt", path)
