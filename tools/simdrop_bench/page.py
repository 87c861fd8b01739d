# SPDX-License-Identifier: MIT
"""The pieces of HTML of which a report is made: sections, figures with their tables, tables."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure

HERE = Path(__file__).parent


def with_units(value: object) -> object:
    """Text in which numbers stay with their units."""
    if isinstance(value, Markup):
        return value
    return re.sub(r"(\d) ([%×])", "\\1\u00a0\\2", str(value))


def number(value: float, digits: int = 3) -> str:
    """Three digits, without an exponent; a dash for what wasn't measured."""
    if value != value:
        return "–"
    size = abs(value)
    decimals = 0 if size >= 10 ** (digits - 1) else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:.{decimals}f}"


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


@dataclass
class Column:
    """A column of a table. A share is in percent and drawn as a bar in its cell."""

    title: str
    is_number: bool = True
    is_share: bool = False


def columns(*titles: str, text: Sequence[str] = (), share: Sequence[str] = ()) -> list[Column]:
    """The columns of a table: the first is text, and so are those named; the others are numbers."""
    return [
        Column(title, title not in text and title != titles[0], title in share) for title in titles
    ]


HTML = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE),
    autoescape=True,
    finalize=with_units,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
HTML.filters.update(number=number, slug=slug)
PIECES = HTML.get_template("pieces.html").module
cell, table, details, grid = PIECES.cell, PIECES.table, PIECES.details, PIECES.grid
tiles, facts, warning, panel = PIECES.tiles, PIECES.facts, PIECES.warning, PIECES.panel


def figure(kind: str, name: str, finding: str, drawn: Figure, behind: Markup) -> Markup:
    """A plot under a title that says what to look at, with its numbers in a table."""
    file = io.BytesIO()
    drawn.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    data = base64.b64encode(file.getvalue()).decode()
    width, height = (round(72 * inches) for inches in drawn.get_size_inches())
    return PIECES.figure(slug(f"{kind} {name}"), name, finding, data, width, height, behind)


@dataclass
class Section:
    title: str
    intro: str = ""
    parts: list[Markup] = field(default_factory=list)
    source: str = ""  # where its plots come from, if not from where the page's others do

    @property
    def id(self) -> str:
        return slug(self.title)

    def __str__(self) -> str:
        return str(PIECES.section(self))


def fill(title: str, subtitle: str, sections: Sequence[Section]) -> str:
    """The whole page."""
    style, script = (Markup((HERE / f"report.{kind}").read_text("utf-8")) for kind in ("css", "js"))
    template = HTML.get_template("report.html")
    return template.render(
        title=title, subtitle=subtitle, sections=sections, style=style, script=script
    )
