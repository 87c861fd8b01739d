# SPDX-License-Identifier: MIT
"""The store of results, and steps in made-up histories: planted ones are found, others aren't."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from conftest import document
from scipy.stats import ttest_ind

from simdrop_bench import Error, __main__, history

START = datetime.fromisoformat("2026-11-01T12:00:00+00:00")
KERNELS = [f"dropout_f32/isa{i}/bits:16/n:1024" for i in range(20)]
MEMCPY = "copy_f32/memcpy/n:1024"


def made_history(store, runs: int, factors=None, seed: int = 1, noise: float = 0.01):
    """Files of `runs` days. `factors(kernel, day)` is how much slower it is. Clocks differ by a
    tenth from day to day, every benchmark by `noise`, and one in twenty by up to a half.
    """
    rng = np.random.default_rng(seed)
    for day in range(runs):
        clock = 1 + 0.1 * rng.random()
        times = {MEMCPY: 50.0}
        times.update(
            {k: 200.0 * (factors(i, day) if factors else 1) for i, k in enumerate(KERNELS)}
        )
        for name in times:
            times[name] *= clock * (1 + noise * rng.standard_normal())
            times[name] *= 1 + 0.5 * rng.random() if rng.random() < 0.05 else 1
        date = (START + timedelta(days=day)).isoformat()
        made = document({k: [t, 1.01 * t, 0.99 * t] for k, t in times.items()})
        made["context"] |= {"date": date, "commit": f"{day:040x}", "cpu": "Some CPU"}
        file = store / "new.json"
        file.write_text(json.dumps(made))
        history.record(file, store / "history")
    return store / "history"


def test_record(tmp_path):
    store = made_history(tmp_path, 2)
    names = sorted(path.name for path in store.iterdir())
    assert len(names) == 2
    assert names[1].startswith("20261102T120000Z-000000000000-")
    kept = json.loads((store / names[0]).read_text())
    assert {b["run_type"] for b in kept["benchmarks"]} == {"iteration"}
    assert kept["context"]["cpu"] == "Some CPU"


def test_load(tmp_path):
    table = history.load(made_history(tmp_path, 3, noise=0))
    assert list(table.columns) == history.COLUMNS
    assert len(table) == 3 * 21
    kernel = table[table["name"] == KERNELS[0]]
    assert kernel["date"].is_monotonic_increasing
    assert set(kernel["metric"]) == {"x_memcpy"}
    assert kernel["value"].median() == pytest.approx(4, rel=0.1)
    assert set(table[table["name"] == MEMCPY]["metric"]) == {"cpu_time"}


def test_a_planted_step_is_found(tmp_path):
    store = made_history(tmp_path, 30, lambda i, day: 1.08 if i == 5 and day >= 17 else 1)
    made = history.steps(history.load(store))
    assert made["name"].tolist() == [KERNELS[5]]
    step = made.iloc[0]
    assert step.change == pytest.approx(0.08, abs=0.02)
    assert int(step.commit, 16) == 17
    assert int(step.previous_commit, 16) == int(step.commit, 16) - 1


def test_a_step_has_the_date_of_its_first_run():
    rng = np.random.default_rng(1)
    dates = pd.date_range(START, periods=30)
    names = {"name": KERNELS[0], "machine": "m", "metric": "x_memcpy"}
    found = right = 0
    for day in rng.integers(6, 25, 200):
        value = np.where(np.arange(30) < day, 1, 1.08) * (1 + 0.01 * rng.standard_normal(30))
        value *= np.where(rng.random(30) < 0.05, 1 + 0.5 * rng.random(30), 1)
        table = pd.DataFrame({**names, "date": dates, "commit": np.arange(30), "value": value})
        commits = history.steps(table)["commit"].tolist()
        found += commits != []
        right += day in commits
    assert found >= 180
    assert right >= 0.9 * found


def test_a_spike_and_a_return(tmp_path):
    def factor(i, day):
        return 1.15 if i == 3 and 10 <= day < 22 else 1.5 if i == 4 and day == 12 else 1

    made = history.steps(history.load(made_history(tmp_path, 34, factor)))
    assert made["name"].tolist() == [KERNELS[3]] * 2  # the latest first
    assert made["change"].tolist() == pytest.approx([1 / 1.15 - 1, 0.15], abs=0.03)


def test_no_steps_where_none_were_planted(tmp_path):
    found = 0
    for seed in range(4):
        (tmp_path / str(seed)).mkdir()
        found += len(history.steps(history.load(made_history(tmp_path / str(seed), 30, seed=seed))))
    assert found <= 1  # of 84 series


def test_short_histories_have_no_steps(tmp_path):
    store = made_history(tmp_path, 5, lambda i, day: 2 if day >= 3 else 1)
    made = history.steps(history.load(store))
    assert made.empty
    assert list(made.columns) == history.STEPS


def test_machines_are_kept_apart(tmp_path):
    store = made_history(tmp_path, 20)
    for path in sorted(store.iterdir())[10:]:
        made = json.loads(path.read_text())
        made["context"]["cpu"] = "Another CPU"
        for entry in made["benchmarks"]:
            if entry["name"] != MEMCPY:
                entry["cpu_time"] *= 2
                entry["items_per_second"] /= 2
        path.write_text(json.dumps(made))
    table = history.load(store)
    assert table["machine"].nunique() == 2
    assert history.steps(table).empty


def stored(store, days: int, times, name: str = "{:02}.json", **context):
    """Files of `days` days; `times(day)` is what a day measured."""
    store.mkdir(exist_ok=True)
    for day in range(days):
        made = document(times(day), **context)
        made["context"]["date"] = (START + timedelta(days=day)).isoformat()
        (store / name.format(day)).write_text(json.dumps(made))
    return store


def test_metrics(tmp_path):
    scalar = "dropout_f32/scalar/bits:16/n:1024"
    both = {KERNELS[0]: [200.0], scalar: [1000.0]}
    table = history.load(stored(tmp_path / "scalar", 3, lambda day: both))
    metrics = dict(zip(table["name"], table["metric"]))
    assert metrics == {KERNELS[0]: "x_scalar", scalar: "cpu_time"}
    assert table["value"].tolist() == pytest.approx([0.2] * 3 + [1000.0] * 3)

    def few_copies(day):
        return both | ({MEMCPY: [50.0]} if day == 0 else {})

    table = history.load(stored(tmp_path / "few", 3, few_copies))
    assert set(table[table["name"] == KERNELS[0]]["metric"]) == {"x_scalar"}


def test_steps_that_are_too_small(tmp_path):
    slower = stored(tmp_path / "s", 20, lambda day: {KERNELS[0]: [100.0 + (day >= 10)] * 3})
    assert history.steps(history.load(slower)).empty
    assert len(history.steps(history.load(slower), smallest=0.005)) == 1


def test_p_values_are_corrected():
    left, right = 1 + 0.01 * np.arange(10), 1.1 + 0.01 * np.arange(10)
    p = ttest_ind(left, right, equal_var=False, trim=history.TRIMMED).pvalue
    assert history.test_of(left, right) == pytest.approx(11 * p)  # places for a cut
    values = np.concatenate([left, right])
    dates = pd.date_range(START, periods=20)
    one = {"machine": "m", "metric": "cpu_time", "date": dates, "commit": np.arange(20)}
    series = [pd.DataFrame({"name": "stepped", "value": values, **one})]
    series += [pd.DataFrame({"name": f"quiet {i}", "value": 1.0, **one}) for i in range(4)]
    alone, among = (history.steps(pd.concat(some))["p"] for some in (series[:1], series))
    assert among.tolist() == pytest.approx([5 * alone[0]])


def test_a_run_without_a_date_is_named(tmp_path):
    store = stored(tmp_path / "store", 2, lambda day: {MEMCPY: [50.0]})
    made = json.loads((store / "01.json").read_text())
    del made["context"]["date"]
    (store / "01.json").write_text(json.dumps(made))
    with pytest.raises(Error, match=r"01\.json: the results don't say when"):
        history.load(store)


def test_failures(tmp_path):
    store = stored(tmp_path / "store", 2, lambda day: {KERNELS[0]: [100.0]})
    first, second = sorted(store.iterdir())
    made = json.loads(second.read_text())
    for entry in made["benchmarks"]:
        entry["error_occurred"] = True
    second.write_text(json.dumps(made))
    assert history.load(store)["file"].tolist() == [first.name]
    first.unlink()
    with pytest.raises(Error, match="succeeded"):
        history.load(store)
    with pytest.raises(Error, match="succeeded"):
        history.record(second, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_name_is_no_path(tmp_path):
    (file,) = stored(tmp_path / "in", 1, lambda day: {MEMCPY: [50.0]}, commit="../a b").iterdir()
    assert history.record(file, tmp_path / "store").parent == tmp_path / "store"
    assert len(history.load(tmp_path / "store")) == 1


def test_an_empty_store(tmp_path):
    with pytest.raises(Error, match="no results in"):
        history.load(tmp_path)


def test_commands(tmp_path, capsys):
    store = made_history(tmp_path, 24, lambda i, day: 1.2 if i == 5 and day >= 12 else 1)
    assert __main__.main(["steps", str(store)]) == 0
    out = capsys.readouterr().out
    assert "24 runs of 21 benchmarks, 1 steps" in out
    assert KERNELS[5] in out
    assert __main__.main(["record", str(tmp_path / "new.json"), str(tmp_path / "other")]) == 0
    assert len(list((tmp_path / "other").iterdir())) == 1
