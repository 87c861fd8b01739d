# SPDX-License-Identifier: MIT
"""Matplotlib figures as small inline SVG whose colours and font are CSS variables of the page."""

from __future__ import annotations

import io
import itertools
import re

import matplotlib
from matplotlib.figure import Figure

# Every colour is drawn as a placeholder and becomes `var(--name)`; report.css has the values, of
# Okabe and Ito's palette, for light and for dark pages.
NAMES = [
    "ink",
    "muted",
    "grid",
    "paper",
    "avx512",
    "avx2",
    "neon",
    "generic",
    "scalar",
    "plain",
    "copy",
    "better",
    "worse",
]
COLOURS = {name: f"#0a0a{index + 16:02x}" for index, name in enumerate(NAMES)}

STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # names of benchmarks may have a $
    "svg.hashsalt": "simdrop",
    "font.size": 11,
    "font.family": "DejaVu Sans",  # for the layout; the page has its own
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["muted"],
    "axes.labelsize": 11,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.8,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
}
matplotlib.rcParams.update(STYLE)

DECIMALS = re.compile(r"-?\d+\.\d\d+")

numbers = itertools.count(1)


def new_figure(width: float, height: float) -> Figure:
    """A figure of so many CSS pixels."""
    return Figure(figsize=(width / 72, height / 72), dpi=72)


def short(match: re.Match[str]) -> str:
    return f"{float(match[0]):.1f}".removesuffix(".0")


def inline(figure: Figure, label: str) -> str:
    """The figure as an <svg> element that has ids of its own and no fixed size."""
    file = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.patch.set_visible(False)
    for axes in figure.axes:
        axes.patch.set_visible(False)
    figure.savefig(file, format="svg", metadata=metadata)
    text = file.getvalue()
    text = text[text.index("<svg") :]
    width, height = (float(v) for v in re.search(r'viewBox="0 0 (\S+) (\S+)"', text).groups())
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"<style.*?</style>", "", text, flags=re.S)
    text = re.sub(r' transform="rotate\(-0 [^"]*"', "", text)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    text = re.sub(r'="[^"]*"', lambda match: DECIMALS.sub(short, match[0]), text)
    for name, colour in COLOURS.items():
        text = text.replace(colour, f"var(--{name})")
    text = re.sub(r"(font: [^;\"]*?px) [^;\"]*", r"\1 var(--font)", text)
    prefix = f"p{next(numbers)}-"
    text = re.sub(r'\bid="', f'id="{prefix}', text)
    text = re.sub(r'href="#', f'href="#{prefix}', text)
    text = re.sub(r"url\(#", f"url(#{prefix}", text)
    text = re.sub(r"\s*\n\s*", "\n", text)
    opening = (
        f'<svg class="plot" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{label}" xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return opening + text[text.index(">") + 1 :].strip()
