# SPDX-License-Identifier: MIT
"""Reports: what is in them, and in headless Chromium that it is drawn, fits and can be used."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import DATA, document

from simdrop_bench import (
    Error,
    changes,
    compare,
    page,
    peers,
    plots,
    report,
    results,
    sections,
    summary,
    trends,
)

SCREENSHOTS = report.BUILD / "report-screenshots"
BROWSERS = ["chromium", "chromium-browser", "google-chrome"]
LOOKS = {  # width and colour scheme
    "light": (1280, "light"),
    "dark": (1280, "dark"),
    "phone": (390, "dark"),
}

KINDS = ["results", "compare", "history", "peers"]

SLOWER = "dropout_f32/avx2/bits:16/n:1024"
NAMES = ["copy_f32/memcpy/n:1024", SLOWER, "dropout_f32/scalar/bits:16/n:1024"]
NAMES += [f"random_u32/{isa}/n:1024" for isa in ("avx512", "avx2", "scalar")]


def comparison() -> dict:
    """Of six benchmarks, one of them 20 % slower in NEW."""
    random = np.random.default_rng(1)
    samples = compare.Samples(NAMES)
    slow = np.array([1.2 if name == SLOWER else 1.0 for name in NAMES])
    for _ in range(15):
        for build in compare.ROUND:
            times = 100 * np.exp(np.abs(random.normal(0, 0.01, len(NAMES))))
            samples.runs[build].append((times * (slow if build == "new" else 1)).tolist())
    table = compare.merge(compare.analyse(samples), None)
    builds = {b: {"label": b.upper(), "context": {}, "only": []} for b in ("old", "new")}
    builds["new"]["only"] = ["random_u32/neon/n:1024"]
    return compare.document(table, [samples], 0.05, complete=True, rounds=15, **builds)


def history() -> list[trends.Trend]:
    """Two benchmarks in 30 runs, one of which becomes 8 % slower in the 21st."""
    random = np.random.default_rng(1)
    dates = pd.date_range("2026-11-01", periods=30, freq="D", tz="UTC")
    tables = []
    for name, change in [(NAMES[2], 0.0), (SLOWER, 0.08)]:
        values = 100 * np.exp(np.abs(random.normal(0, 0.01, 30)))
        values[20:] *= 1 + change
        commits = [f"{i:07x}" for i in range(30)]
        runs = {"date": dates, "commit": commits, "value": values}
        tables.append(pd.DataFrame({"name": name, "machine": "m", "metric": "cpu_time", **runs}))
    steps = {"name": [SLOWER], "machine": ["m"], "date": [dates[20]], "change": [0.08]}
    return trends.of_history(pd.concat(tables), pd.DataFrame(steps))


def spread(median: float) -> dict:
    return {"median": median, "min": 0.9 * median, "max": 1.1 * median}


def libraries() -> dict:
    """Of two kernels with three peers each, of which one beats simdrop in the second."""
    rows = []
    for kernel, n, faster in [("random_u32", 65536, 0.3), ("dropout_f32", 1 << 25, 1.7)]:
        speeds = {"avx2": 2.0, "mkl2019_avx2": 2.0 * faster, "autovec_avx2": 0.5, "onednn": 0.02}
        for by, speed in sorted(speeds.items(), key=lambda pair: -pair[1]):
            title = "simdrop, AVX2" if by == "avx2" else f"Peer {by} with a name of some length"
            row = {"name": f"{kernel}/{by}/n:{n}", "kernel": kernel, "by": by, "n": n}
            row |= {"title": title, "what": "Philox4x32, 32 bits a value", "per_ns": spread(speed)}
            row |= {"clock": "wall" if by == "onednn" else "cpu", "x_avx2": spread(2 / speed)}
            rows.append(row)
    return {
        "format": "simdrop-peers",
        "version": 1,
        "context": {"date": "2026-11-20T12:00:00+00:00", "cpu": "A CPU", "commit": "0123abc"},
        "rounds": 5,
        "best": "avx2",
        "kernels": {"random_u32": "u32 words", "dropout_f32": "dropout f32, p = 0.1"},
        "versions": {"simdrop": "0.1.0", "oneDNN": "3.13.2"},
        "skipped": {"NumPy": "No module named 'numpy' <there>"},
        "rows": rows,
    }


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """A folder with the four reports."""
    made = tmp_path_factory.mktemp("reports")
    (made / "compare.json").write_text(json.dumps(comparison()))
    assert report.main([str(DATA), "-o", str(made / "results.html")]) == 0
    arguments = ["--compare", str(made / "compare.json"), "-o", str(made / "compare.html")]
    assert report.main(arguments) == 0
    (made / "peers.json").write_text(json.dumps(libraries()))
    arguments = ["--peers", str(made / "peers.json"), "-o", str(made / "peers.html")]
    assert report.main(arguments) == 0
    (made / "history.html").write_text(page.fill("History", "", [trends.section(history())]))
    return made


def expected_rows(kind: str) -> int:
    """How many rows all tables of a report have together."""
    if kind == "compare":
        judged = len(NAMES) - 1
        return judged + judged * 15
    if kind == "peers":
        return len(libraries()["rows"])
    if kind == "history":
        return 1 + 2 * 30
    table = summary.summarize(results.load(DATA))
    sized, limited = table[table["n"] > 0], table[table["pct_port_limit"].notna()]
    compared = sized[(sized["isa"] != "scalar") & sized["x_scalar"].notna()]
    levelled = limited[limited["level"] != ""]
    shares = levelled.groupby(["kernel", "isa", "bits"]).ngroups
    return len(sized) + sum(compared["level"] == "L2") + len(levelled) + shares


def luminance(colour: np.ndarray) -> float:
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(first: np.ndarray, second: np.ndarray) -> float:
    """The contrast of two colours as WCAG defines it."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def inverted(colour: np.ndarray) -> np.ndarray:
    """As CSS's invert(1) hue-rotate(180deg) make it."""
    grey = np.array([[0.213, 0.715, 0.072]] * 3)
    return np.clip((2 * grey - np.eye(3)) @ (1 - colour), 0, 1)


def test_colours_are_readable():
    style = (page.HERE / "report.css").read_text()
    light, dark = style.split("prefers-color-scheme: dark", 1)
    for scheme, seen in ((light, lambda c: c), (dark.split("* {")[0], inverted)):
        page_colours = {k: rgb(v) for k, v in re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6});", scheme)}
        texts = {name: page_colours[name] for name in ("ink", "muted", "link", "worse")}
        plotted = {f"plots {name}": seen(rgb(c)) for name, c in plots.COLOURS.items()}
        for name in ("paper", "grid"):
            del plotted[f"plots {name}"]
        for name, colour in {**texts, **plotted}.items():
            assert contrast(colour, page_colours["paper"]) > 4.5, name


def test_labels_keep_apart():
    placed = plots.spread([0.5, 0.5, 0.5, 0.99], 0.1, 0.0, 1.0)
    assert np.diff(placed).min() > 0.0999
    assert placed[0] >= 0 and placed[-1] <= 1


def test_levels_are_those_of_the_bench():
    table = summary.summarize(results.load(DATA))
    found = table[(table["kernel"] == "dropout_f32") & (table["isa"] == "avx2")]
    assert found.set_index("n")["level"].to_dict() == {
        64: "",
        3072: "L1",
        65536: "L2",
        33554432: "DRAM",
    }


def test_bad_contexts_have_no_levels():
    table = pd.DataFrame([{"kernel": "copy_f32", "n": 1024}])
    assert summary.level_bytes({"levels": "?"}, table) == {}
    assert summary.cache_bytes({"l1d": "48 KiB", "l2": "?"}) == {"L1": 49152}
    assert np.isnan(summary.ratio_interval(np.ones(2), np.ones(3))).all()


def test_titles_of_results(folder):
    text = (folder / "results.html").read_text().replace("\u00a0", " ")
    assert "load 13.6 on 2 CPUs" in text
    assert "avx512 reaches 17.5 × scalar, 56 % of the port limit in L2, 69 % of the best" in text
    assert "avx512 reaches 20.0 × scalar, 76 % of the port limit in L2<" in text  # no copy of masks
    assert "41 to 85 % of the port limit in L2; apply_f32 drops to 5 % in DRAM" in text


def test_roofs_are_the_best_copies():
    row = {"kernel": "copy_f32", "level": "L1", "bytes_per_element": 8.0}
    table = pd.DataFrame([{**row, "elements_per_cycle": rate} for rate in (2.0, 4.0)])
    assert sections.bandwidth(table) == {"L1": 32}


def test_bars_are_fastest_first():
    variants = {"avx2": 2.0, "avx512": 4.0}
    row = {"kernel": "k", "bits": 0, "n": 64, "slowest": 1.0, "fastest": 5.0}
    row |= {"x_scalar_low": 1.0, "x_scalar_high": 5.0}
    rows = pd.DataFrame(
        [{**row, "isa": i, "elements_per_second": v, "x_scalar": v} for i, v in variants.items()]
    )
    rows = pd.concat([rows.assign(kernel="slow", x_scalar=rows["x_scalar"] / 2), rows])
    drawn = plots.speeds(rows[rows["kernel"] == "k"])
    assert [text.get_text() for text in drawn.axes[0].texts] == ["4  avx512", "2  avx2"]
    drawn = plots.speedups(rows, sections.kernel_name)
    texts = [text.get_text() for text in drawn.axes[0].texts]
    assert texts == ["k", "4.0  avx512", "2.0  avx2", "slow", "2.0  avx512", "1.0  avx2"]


def drawn_in(figure: str) -> str:
    """The SVG in a piece of HTML."""
    return base64.b64decode(re.search('svg[+]xml;base64,([^"]*)', figure)[1]).decode()


def test_steps_to_slower_come_first():
    section = trends.section(history())
    assert "<strong>1</strong> <span>with a step to slower" in section.parts[0]
    (row,) = re.findall("<tr><th scope=.row.>[^\\0]*?</tr>", section.parts[1])
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", row)
    assert (cells[1].replace("\u00a0", " "), cells[-1]) == ("+8.0 %", "10")
    figures = section.parts[2].split("<figure")[1:]
    assert ["avx2" in figure for figure in figures] == [True, False]
    worse, better = (plots.COLOURS[name] in drawn_in(figures[0]) for name in ("worse", "better"))
    assert worse and plots.COLOURS["worse"] not in drawn_in(figures[1])


def test_cells_are_text_and_shares_end_at_all():
    assert page.cell("<i>", page.Column("", is_number=False)) == '<td class="t">&lt;i&gt;</td>'
    assert "--share:100%" in page.cell(211.0, page.Column("", is_share=True))
    assert "&lt;" in page.warning("<")


def test_speed_ups_are_within_their_intervals():
    table = summary.summarize(results.load(DATA)).dropna(subset="x_scalar_low")
    assert len(table) > 20
    assert (table["x_scalar_low"] <= table["x_scalar"]).all()
    assert (table["x_scalar"] <= table["x_scalar_high"]).all()


def test_history_puts_the_step_where_it_is():
    quiet, slower = history()
    assert quiet.steps == [] and len(quiet.points) == 30
    assert [step.index for step in slower.steps] == [20]
    (_, _, before), (_, _, after) = slower.levels()
    assert after / before == pytest.approx(1.08, abs=0.01)


def test_peers_say_who_is_faster_and_who_is_missing(folder):
    text = (folder / "peers.html").read_text()
    assert "simdrop, AVX2 is 3.3 × as fast as Peer mkl2019_avx2" in text.replace("\u00a0", " ")
    assert "Peer mkl2019_avx2 with a name of some length is 1.7" in text
    assert "A CPU · commit 0123abc · 2026-11-20. Measured by" in text
    assert "<dt>oneDNN</dt><dd>3.13.2</dd>" in text
    assert "skipped: No module named &#39;numpy&#39; &lt;there&gt;" in text


def test_peers_of_another_run_are_marked(folder, tmp_path):
    arguments = [str(DATA), "--peers", str(folder / "peers.json"), "-o", str(tmp_path / "r.html")]
    assert report.main(arguments) == 0
    text = (tmp_path / "r.html").read_text()
    assert "Measured with another commit than the rest of this report: 0123abc." in text
    assert text.index('id="other-libraries"') < text.index('id="environment"')


def test_last_results_are_the_default(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(report, "BUILD", tmp_path)
    assert report.parse([]).results == tmp_path / "bench-results.json"
    shutil.copy(folder / "peers.json", tmp_path / "peers-results.json")
    assert report.parse([]).results is None
    shutil.copy(DATA, tmp_path / "bench-results.json")
    last = report.parse([])
    assert last.results == tmp_path / "bench-results.json"
    assert last.peers == tmp_path / "peers-results.json"
    assert report.parse([str(DATA)]).peers is None
    (tmp_path / "peers-results.json").write_text("{}")  # of an older version
    assert report.parse([]).peers is None
    assert report.parse([]).results == tmp_path / "bench-results.json"
    assert "other libraries are left out" in capsys.readouterr().err


@pytest.mark.parametrize("kind", KINDS)
def test_needs_no_network(folder, kind):
    text = (folder / f"{kind}.html").read_text()
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert len(text) < 1_000_000


def test_keeps_names_of_machines_to_itself(folder):
    context = results.load(DATA).context
    assert context["host_name"] == "private-host"
    assert "private-host" not in (folder / "results.html").read_text()


def test_context_is_text_not_markup(tmp_path):
    document = json.loads(DATA.read_text())
    document["context"]["compiler"] = "<script>alert(1)</script>"
    (tmp_path / "r.json").write_text(json.dumps(document))
    report.main([str(tmp_path / "r.json"), "-o", str(tmp_path / "r.html")])
    assert "<script>alert" not in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize(
    "times",
    [
        {"dropout_f32/avx2/bits:16/n:1024": [100.0]},
        {"port_limit_fill_u32/avx2": [10.0]},
        {"of_another_program": [1.0, 2.0]},
        {"dropout_f32/avx2/n:64": [9.0] * 3, "dropout_f32/scalar/n:64": [9.0] * 3},
    ],
)
def test_draws_what_there_is(tmp_path, times):
    (tmp_path / "r.json").write_text(json.dumps(document(times)))
    assert report.main([str(tmp_path / "r.json"), "-o", str(tmp_path / "r.html")]) == 0


def test_says_what_is_wrong(tmp_path, capsys):
    assert report.main([str(tmp_path / "none.json")]) == 2
    assert capsys.readouterr().err.startswith("report: can't read ")
    for load in (compare.load, peers.load):
        with pytest.raises(Error):
            load(DATA)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"benchmarks": []}, "is not complete"),
        ({"noise_floor": None, "version": 1}, "another version"),
    ],
)
def test_broken_comparisons(tmp_path, content, sentence):
    (tmp_path / "c.json").write_text(json.dumps({**comparison(), **content}))
    with pytest.raises(Error, match=sentence):
        compare.load(tmp_path / "c.json")


@pytest.mark.parametrize(
    "content",
    [
        *({"rows": rows} for rows in (None, [], [3], [{}])),
        *({key: None} for key in ("context", "kernels", "versions", "skipped")),
        {"version": 2},
        {"rows": [{**libraries()["rows"][0], "per_ns": 2.0}]},
        {"rows": [{**libraries()["rows"][0], "per_ns": spread(float("nan"))}]},
    ],
)
def test_broken_peers(tmp_path, content):
    (tmp_path / "p.json").write_text(json.dumps({**libraries(), **content}))
    with pytest.raises(Error, match="is not what"):
        peers.load(tmp_path / "p.json")


def test_results_that_can_not_be_drawn(tmp_path, capsys):
    made = document({"dropout_f32/avx2/n:64": [9.0] * 3, "fill_u32/avx2/n:64": [9.0] * 3})
    file, output = tmp_path / "r.json", tmp_path / "r.html"

    def status() -> int:
        file.write_text(json.dumps(made))
        return report.main([str(file), "-o", str(output)])

    made["benchmarks"][0] |= {"error_occurred": True, "error_message": "why <not>"}
    for entry in made["benchmarks"][8:]:
        entry["items_per_second"] = float("inf")
    assert status() == 0
    text = output.read_text()
    assert "dropout_f32/avx2/n:64 failed: why &lt;not&gt;." in text
    assert "fill_u32/avx2/n:64 has no speed, and so is not drawn." in text
    output.unlink()
    for entry in made["benchmarks"]:
        entry["items_per_second"] = float("inf")
    assert status() == 2
    for entry in made["benchmarks"]:
        entry["error_occurred"] = True
    assert status() == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(" no benchmark of ")[0] for line in said] == ["report:"] * 2
    assert list(tmp_path.iterdir()) == [file]


def test_names_are_no_formulas(tmp_path):
    made, other = comparison(), libraries()
    for one in [*made["benchmarks"], *other["rows"]]:
        one["name"] = one["title"] = "$\\frac{$ <&"
    made["new"]["label"] = "$\\frac{$"
    assert "$\\frac{$" in str(changes.section(made))
    assert "$\\frac{$" in str(peers.section(other, {}, ""))


def lines_of(figure) -> list[tuple[list[float], list[float]]]:
    return [tuple(map(list, line.get_data())) for line in figure.axes[0].lines]


def test_lines_of_a_speed_plot_are_where_they_belong():
    """simdrop's, memcpy's, the limit and the caches, of 8-byte elements."""
    sizes = [512, 4096]
    row = {"isa": "avx2", "bits": 0, "element_bytes": 8, "bytes_per_element": 16.0}
    rows = pd.DataFrame([{**row, "n": n, "elements_per_second": 1e9} for n in sizes])
    rows = rows.assign(slowest=5e8, fastest=2e9, limit_per_cycle=2.0, core_GHz=4.0)
    names = {"kernel": "copy_f32", "isa": "memcpy"}
    copies = pd.DataFrame([{**names, "n": 2 * n, "elements_per_second": 6e9} for n in sizes])
    figure = plots.throughput(rows, plots.memcpy_line(copies, rows), {"L1": 32768, "L2": 1 << 30})
    lines = lines_of(figure)
    assert (sizes, [1e9, 1e9]) in lines
    assert (sizes, [3e9, 3e9]) in lines  # half as many doubles
    assert ([0, 1], [8e9, 8e9]) in lines  # a second, at 4 GHz
    assert ([2048, 2048], [0, 1]) in lines  # in and out are L1
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert {"avx2", "memcpy", "avx2 ports", "L1"} == set(texts)


def test_title_of_changes_and_an_interruption():
    made = comparison()
    made["benchmarks"][0] |= {"verdict": "faster", "change": -0.2, "low": -0.21, "high": -0.19}
    for one in made["benchmarks"][1:]:
        one["change"] = -0.01
    text = str(changes.section(made)).replace("\u00a0", " ")
    assert "\N{MINUS SIGN}1.0 % to \N{MINUS SIGN}20.0 %" in text
    assert "interrupted" not in text
    made["complete"] = False
    text = str(changes.section(made))
    assert text.index("The comparison was interrupted") < text.index('class="tiles"')


def test_rounds_are_told_in_the_order_of_their_runs():
    samples = {"old": [1.0, 4.0, 5.0, 8.0], "new": [2.0, 3.0, 6.0, 7.0]}
    assert list(zip(*changes.in_order(samples))) == [(1, 2, 3, 4), (5, 6, 7, 8)]


def test_times_are_divided_by_the_copies():
    one = {"samples": {"old": [8.0], "new": [6.0]}, "metric": "relative"}
    one["baseline_samples"] = {"old": [2.0], "new": [3.0]}
    values, unit = changes.metric_of(one)
    assert (values["old"][0], values["new"][0]) == (4, 2)
    assert "memcpy" in unit


def test_histories_of_two_machines():
    dates = pd.date_range("2026-11-01", periods=4, tz="UTC")
    runs = {"date": dates, "commit": "a", "value": 1.0, "metric": "cpu_time"}
    tables = [pd.DataFrame({"name": SLOWER, "machine": m, **runs}) for m in ("m", "o")]
    tables.append(pd.DataFrame({"name": NAMES[2], "machine": "m", **runs})[2:])  # added later
    none = pd.DataFrame(columns=["name", "machine", "date", "change"])
    made = trends.of_history(pd.concat(tables), none)
    assert [[point.run for point in trend.points] for trend in made] == [[*range(4)]] * 2 + [[2, 3]]
    section = trends.section(made)
    assert "<strong>8</strong> <span>runs" in section.parts[0]
    assert "<strong>3</strong> <span>benchmarks on 2 machines" in section.parts[0]
    assert f"{SLOWER} on o" in section.parts[-1]
    assert section.source == "History of 8 runs, 2026-11-01 to 2026-11-04"


def test_plots_of_a_comparison_name_its_builds(folder, tmp_path):
    made = comparison()
    made["new"]["context"] = {"commit": "feedbee"}
    (tmp_path / "c.json").write_text(json.dumps(made))
    arguments = [str(DATA), "--compare", str(tmp_path / "c.json"), "-o", str(tmp_path / "r.html")]
    assert report.main(arguments) == 0
    assert 'data-source="NEW against OLD · commit feedbee"' in (tmp_path / "r.html").read_text()


@pytest.fixture(scope="session")
def browser():
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not program:
        pytest.skip("there is no Chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    sandbox = [] if os.getuid() else ["--no-sandbox"]
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=sandbox)
        yield started
        started.close()


class Tab:
    """A page, all that it complained about and all that it wanted to load."""

    def __init__(self, browser, file: Path, look: str = "light"):
        width, scheme = LOOKS[look]
        self.page = browser.new_page(
            viewport={"width": width, "height": 800}, color_scheme=scheme, accept_downloads=True
        )
        self.messages, self.requests = [], []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(file.as_uri())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.page.close()


PLOTS = """all => all.map(image => ({
    width: image.getBoundingClientRect().width,
    height: image.getBoundingClientRect().height,
    drawn: image.complete && image.naturalWidth > 0,
    svg: atob(image.src.split(',')[1]),
}))"""

TOO_WIDE = """() => [...document.querySelectorAll('main *')].filter(element =>
    !element.closest('.scroll') &&
    element.getBoundingClientRect().right > innerWidth + 0.5).map(element => element.outerHTML)"""


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", KINDS)
def test_is_drawn_and_fits(browser, folder, kind, look):
    with Tab(browser, folder / f"{kind}.html", look) as tab:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        tab.page.screenshot(path=SCREENSHOTS / f"{kind}-{look}.png", full_page=True)
        tab.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        drawn = tab.page.eval_on_selector_all("img.plot", PLOTS)
        assert len(drawn) == tab.page.locator("figure").count() > 1
        for plot in drawn:
            assert plot["width"] > 300 and plot["height"] > 60
            assert plot["drawn"]
            assert plot["svg"].count("<path") > 5 and plot["svg"].count("<text") > 3
        assert tab.page.locator("tbody tr").count() == expected_rows(kind)
        assert tab.page.locator("figure:not(:has(table))").count() == 0
        ids = tab.page.eval_on_selector_all("[id]", "all => all.map(element => element.id)")
        assert len(ids) == len(set(ids))
        overflow = "document.documentElement.scrollWidth - innerWidth"
        assert tab.page.evaluate(overflow) <= 0
        assert tab.page.evaluate(TOO_WIDE) == []
        assert tab.messages == []
        loaded = [one for one in tab.requests if not one.startswith("data:")]
        assert loaded == [(folder / f"{kind}.html").as_uri()]


def test_colours_follow_the_scheme(browser, folder):
    colours = set()
    for look in ("light", "dark"):
        with Tab(browser, folder / "results.html", look) as tab:
            plot = tab.page.locator("img.plot").first
            colours.add(plot.evaluate("element => getComputedStyle(element).filter"))
    assert len(colours) == 2


def test_plots_are_saved(browser, folder, tmp_path):
    with Tab(browser, folder / "results.html") as tab:
        for kind in ("SVG", "PNG"):
            with tab.page.expect_download() as download:
                tab.page.get_by_role("button", name=f"Save as {kind}").first.click()
            download.value.save_as(tmp_path / kind)
        assert tab.messages == []
    drawn = (tmp_path / "SVG").read_text()
    ElementTree.fromstring(drawn)
    assert "dropout_f32" in drawn and "data:image/svg+xml;base64," in drawn
    picture = (tmp_path / "PNG").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) > 10_000
    assert int.from_bytes(picture[16:20], "big") == 3 * plots.WIDTH


def test_saved_plots_of_peers_say_where_they_come_from(browser, folder, tmp_path):
    arguments = [str(DATA), "--peers", str(folder / "peers.json"), "-o", str(tmp_path / "r.html")]
    assert report.main(arguments) == 0
    with Tab(browser, tmp_path / "r.html") as tab:
        with tab.page.expect_download() as download:
            tab.page.get_by_role("button", name="Save as SVG: u32 words").click()
        download.value.save_as(tmp_path / "svg")
    assert "A CPU · commit 0123abc · 2026-11-20" in (tmp_path / "svg").read_text()


def test_works_by_keyboard(browser, folder):
    focused = "document.activeElement.textContent"
    with Tab(browser, folder / "results.html") as tab:
        tab.page.keyboard.press("Tab")
        assert tab.page.evaluate(focused) == "Skip to the results"
        tab.page.keyboard.press("Enter")
        assert tab.page.evaluate("document.activeElement.id") == "main"
        numbers = tab.page.locator("figure summary").first
        for _ in range(12):
            tab.page.keyboard.press("Tab")
            if numbers.evaluate("element => element === document.activeElement"):
                break
        tab.page.keyboard.press("Enter")
        assert tab.page.locator("figure table").first.is_visible()
        tab.page.keyboard.press("Tab")
        assert tab.page.evaluate("document.activeElement.className") == "scroll"


def test_a_link_opens_what_it_points_into(browser, folder):
    with Tab(browser, folder / "results.html") as tab:
        plot = tab.page.locator("#speed-random-u32")
        assert not plot.is_visible()
        tab.page.evaluate("location.hash = '#speed-random-u32'")
        plot.wait_for(state="visible", timeout=5000)


def test_an_environment_without_results(folder):
    assert 'id="environment"' in (folder / "peers.html").read_text()
