# SPDX-License-Identifier: MIT
"""Comparisons of builds: planted slow-downs are found, noise is not taken for one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simdrop_bench import Error, compare, runner, stats

NAMES = ["copy_f32/memcpy/n:1024", *(f"fill_u32/isa{i}/n:1024" for i in range(40))]
pytestmark = pytest.mark.usefixtures("fewer_resamples")


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
    assert compare.baseline_of("fill_u32/avx2/n:1024", names, {}) == names[1]
    assert compare.baseline_of("dropout_f64/avx2/bits:16/n:512", names, {}) == names[1]
    assert compare.baseline_of("fill_u32/avx2/n:5", names, {}) == names[0]
    assert compare.baseline_of("fill_u32/avx2/n:5", names[2:], {}) is None
    two = "dropout_x2/avx2/bits:16/n:2048"
    assert compare.baseline_of(two, names, {two: 2}) == names[1]
    table = compare.analyse(simulated(np.random.default_rng(1), names=names[2:]))
    assert table["metric"].tolist() == ["absolute"]


def test_holm():
    p = np.array([0.04, 0.001, 0.03, 0.005])
    assert stats.holm(p) == pytest.approx([0.06, 0.004, 0.06, 0.015])
    assert stats.holm_levels(p, 0.05) == pytest.approx([0.025, 0.0125, 0.025, 0.05 / 3])


def test_p_values_are_corrected_for_the_suite():
    samples = simulated(np.random.default_rng(10), rounds=6, slow={i: 1.1 for i in range(1, 4)})
    judged = [name for name in NAMES if not compare.is_baseline(name)]
    change = compare.contrasts(samples, judged)[0].change
    raw = stats.p_beyond(change, stats.bootstrap_medians(change), np.log1p(0.05))
    table = compare.analyse(samples).set_index("name").loc[judged]
    same = (table["metric"] == "absolute").to_numpy()
    assert (table["p"].to_numpy()[same] >= raw[same]).all()
    assert table["p"].min() > 2 * raw.min()


def test_neighbours():
    old = np.array([[[1.0, 2.0], [4.0, 8.0]]])  # O N N O in two rounds: 1 10 30 2, 4 50 90 8
    new = np.array([[[10.0, 30.0], [50.0, 90.0]]])
    change, itself = compare.neighbours(old, new)
    assert change.tolist() == [[9, 28, 46, 82]]
    assert itself.tolist() == [[2, 20, 40]]  # 2 to 4, 10 to 30, 50 to 90


def test_few_values_are_never_sure():
    values = np.full((1, 4), 0.5)
    medians = stats.bootstrap_medians(values)
    assert stats.p_beyond(values, medians, 0.05)[0] == pytest.approx(2 / 16)


def test_bootstrap_intervals_hold_the_median():
    rng = np.random.default_rng(8)
    low, high = stats.interval(stats.bootstrap_medians(rng.standard_normal((400, 15))), 0.05)
    assert 0.9 < np.mean((low < 0) & (high > 0)) < 1


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
