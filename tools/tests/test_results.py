# SPDX-License-Identifier: MIT
"""Loading results files: repetitions only, names taken apart, ratios within the file."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from conftest import DATA, document, entry

from simdrop_bench import Error, __main__, results, summary

TIMES = {
    "dropout_f32/avx2/bits:16/n:1024": [100.0, 300.0, 110.0],
    "dropout_f32/scalar/bits:16/n:1024": [1100.0, 1000.0, 1200.0],
    "dropout_f64/avx2/bits:16/n:512": [100.0, 100.0, 100.0],
    "copy_f32/memcpy/n:1024": [50.0, 55.0, 60.0],
    "port_limit_fill_u32/avx2": [10.0, 10.0, 10.0],
}


def test_one_row_per_repetition_and_no_aggregates():
    loaded = results.from_json(document(TIMES, compiler="GCC 12"))
    assert list(loaded.runs.columns) == results.COLUMNS
    assert len(loaded.runs) == 15
    assert set(loaded.runs["name"]) == set(TIMES)
    assert loaded.context["compiler"] == "GCC 12"
    first = loaded.runs.iloc[0]
    assert (first.kernel, first.isa, first.bits, first.n) == ("dropout_f32", "avx2", 16, 1024)
    assert first.cpu_time == 100
    assert first.elements_per_second == pytest.approx(1024 / 100e-9)
    assert first.elements_per_cycle == pytest.approx(1024 / 400)
    assert first.bytes_per_element == pytest.approx(8)


def test_names():
    for name in TIMES:
        parts = results.parse_name(name)
        assert results.name_of(parts["kernel"], parts["isa"], parts["bits"], parts["n"]) == name
    limit = results.parse_name("port_limit_fill_u32/avx2")
    assert (limit["bits"], limit["n"], limit["threads"], limit["element_bytes"]) == (0, 0, 0, 4)
    threads = results.parse_name("dropout_f32/avx2/bits:16/n:64/real_time/threads:2")
    assert (threads["bits"], threads["n"], threads["threads"]) == (16, 64, 2)
    assert results.parse_name("apply_f64/avx2/n:64")["element_bytes"] == 8  # of old results
    assert results.parse_name("apply_q1/avx2/n:64", 16)["element_bytes"] == 16
    assert results.parse_name("something/quite/else/x")["kernel"] == "something/quite/else/x"


def test_time_units():
    made = {**entry("fill_u32/avx2/n:64", 0, 2.0), "time_unit": "us"}
    loaded = results.from_json({"benchmarks": [made]})
    assert loaded.runs["cpu_time"].tolist() == [2000]
    assert loaded.runs["real_time"].tolist() == pytest.approx([2200])


def test_medians_and_ratios():
    table = summary.with_ratios(results.medians(results.from_json(document(TIMES)).runs))
    assert table["name"].tolist() == list(TIMES)
    rows = table.set_index("name")
    f32 = rows.loc["dropout_f32/avx2/bits:16/n:1024"]
    assert (f32.cpu_time, f32.repetitions) == (110, 3)
    assert f32.x_scalar == pytest.approx(10)
    assert f32.x_memcpy == pytest.approx(0.5)
    f64 = rows.loc["dropout_f64/avx2/bits:16/n:512"]
    assert f64.x_memcpy == pytest.approx(0.55)  # 512 f64 are the bytes of 1024 f32
    assert f64.isna()["x_scalar"]


RATIOS = {
    "dropout_x2/avx2/bits:16/n:2048": [100.0],
    "dropout_x2/avx2/bits:16/n:2048/real_time/threads:2": [50.0],
    "dropout_f32_unaligned/avx2/bits:16/n:1024": [200.0],
    "dropout_f32/scalar_fused/bits:16/n:1024": [400.0],
    "copy_f32/memcpy/n:1024": [50.0],
    "copy_f32/stream/n:1024": [40.0],
    "port_limit_dropout_x2_u16/avx2": [80.0],
}


def test_the_judge_knows_no_types():
    """A type of 2 bytes with a port limit, of which the results alone tell."""
    made = document(RATIOS, levels="L1:8192 L2:65536")
    for one in made["benchmarks"]:
        is_x2 = "dropout_x2/" in one["name"]
        one |= {"element_bytes": 2.0 if is_x2 else 4.0}
        one |= {"label": "port_limit_dropout_x2_u16/avx2"} if is_x2 else {}
    rows = summary.of_run(results.from_json(made)).set_index("name")
    x2, threads, unaligned = (rows.iloc[i] for i in range(3))
    assert (x2.level, unaligned.level) == ("L1", "L1")
    assert x2.x_memcpy == pytest.approx(0.5)  # 2048 of 2 bytes are the bytes of 1024 f32
    assert x2.pct_best_copy == pytest.approx(40)
    assert x2.pct_port_limit == pytest.approx(100 * (2048 / 100) / (1000 / 80))
    assert unaligned.x_scalar_fused == pytest.approx(2)
    assert np.isnan([threads.x_memcpy, threads.pct_port_limit, unaligned.pct_port_limit]).all()


def test_rows_are_in_the_order_of_their_registration():
    made = document({"b/x/n:64": [1.0, 2.0], "a/x/n:64": [3.0]})
    for one in made["benchmarks"]:
        one["family_index"] = 0 if one["name"].startswith("a") else 1
    made["benchmarks"].reverse()
    runs = results.from_json(made).runs
    assert list(zip(runs["kernel"], runs["repetition"])) == [("a", 0), ("b", 0), ("b", 1)]


def test_older_results_can_be_read():
    """Which say neither levels, types nor limits, but the shares of limits."""
    new, made = results.load(DATA), json.loads(DATA.read_text())
    shares = summary.of_run(new).set_index("name")["pct_port_limit"]
    del made["context"]["levels"]
    for one in made["benchmarks"]:
        if one.pop("label", None):
            one["pct_port_limit"] = shares[one["run_name"]]
        del one["element_bytes"]
    old = summary.of_run(results.from_json(made)).drop(columns="limit")
    pd.testing.assert_frame_equal(old, summary.of_run(new).drop(columns="limit"))


def test_failed_benchmarks_are_named():
    broken = {"name": "fill_u32/avx2/n:64", "run_name": "fill_u32/avx2/n:64"}
    broken |= {"run_type": "iteration", "error_occurred": True, "error_message": "the call failed"}
    loaded = results.from_json({"benchmarks": [broken]})
    assert loaded.runs.empty
    assert loaded.failed == {"fill_u32/avx2/n:64": "the call failed"}
    skipped = {"name": "fill_u32/avx2/n:64", "skipped": True, "skip_message": "no need"}
    assert results.from_json({"benchmarks": [skipped]}).failed == {"fill_u32/avx2/n:64": "no need"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is not JSON"),
        ("[]", "no list of benchmarks"),
        ('{"benchmarks": []}', "no benchmarks"),
        ('{"benchmarks": [{"name": "x"}]}', "can't be read"),
        ('{"benchmarks": [3]}', "can't be read"),
        ('{"benchmarks": [], "context": null}', "context that can't be read"),
        ("[" * 100_000, "is not JSON"),
        (json.dumps({"benchmarks": [{**entry("x", 0, 1.0), "cpu_time": np.nan}]}), "time of nan"),
    ],
)
def test_bad_files(tmp_path, content, sentence):
    path = tmp_path / "results.json"
    path.write_text(content)
    with pytest.raises(Error, match=sentence):
        results.load(path)


def test_the_names_of_machines_stay():
    """Stored histories have them in the names of their files."""
    assert results.machine_of(results.load(DATA).context) == "076c2558"
    assert results.machine_of({}) == "310ce747"


def test_missing_file(tmp_path):
    with pytest.raises(Error, match="can't read"):
        results.load(tmp_path / "none.json")


def test_speeds_in_no_time():
    made = {**entry("fill_u32/avx2/n:64", 0, 2.0), "items_per_second": float("inf")}
    assert results.from_json({"benchmarks": [made]}).runs["elements_per_second"].isna().all()


def test_only_aggregates(tmp_path, capsys):
    made = document(TIMES)
    made["benchmarks"] = [b for b in made["benchmarks"] if b["run_type"] == "aggregate"]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(made))
    for command in (["export", "lnt", str(path)], ["record", str(path), str(tmp_path / "store")]):
        assert __main__.main(command) == 2
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        assert "only statistics" in said.err
