# SPDX-License-Identifier: MIT
"""The pieces of HTML of which a report is made: sections, figures with their tables, tables."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from matplotlib.figure import Figure

from . import svg

HERE = Path(__file__).parent


def escape(text: object) -> str:
    """Text as HTML, in which numbers stay with their units."""
    return html.escape(re.sub(r"(\d) ([%×])", "\\1\u00a0\\2", str(text)), quote=True)


def number(value: float, digits: int = 3) -> str:
    """Three digits, without an exponent; a dash for what wasn't measured."""
    if value != value:
        return "–"
    size = abs(value)
    decimals = 0 if size >= 10 ** (digits - 1) else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:.{decimals}f}"


@dataclass
class Column:
    """A column of a table. A share is in percent and drawn as a bar in its cell."""

    title: str
    is_number: bool = True
    is_share: bool = False


def cell(value: object, column: Column) -> str:
    if not column.is_number:
        return f'<td class="t">{escape(value)}</td>'
    if isinstance(value, str):
        return f"<td>{escape(value)}</td>"
    figure = float(value)  # type: ignore[arg-type]
    if not column.is_share or figure != figure:
        return f"<td>{number(figure)}</td>"
    share = min(max(figure, 0), 100)
    return f'<td class="share" style="--share:{share:.0f}%">{figure:.0f} %</td>'


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]], caption: str) -> str:
    """A table that scrolls inside its box; the first cell of a row is its heading."""
    head = "".join(
        f'<th scope="col"{"" if column.is_number else " class=t"}>{escape(column.title)}</th>'
        for column in columns
    )
    body = "\n".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(cell(value, column) for value, column in zip(row[1:], columns[1:]))
        + "</tr>"
        for row in rows
    )
    label = escape(caption)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>'
        f"<caption>{label}</caption><thead><tr>{head}</tr></thead><tbody>\n{body}\n"
        f"</tbody></table></div>"
    )


def details(summary: str, body: str, is_open: bool = False, kind: str = "") -> str:
    attributes = (f' class="{kind}"' if kind else "") + (" open" if is_open else "")
    return f"<details{attributes}><summary>{escape(summary)}</summary>\n{body}\n</details>"


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def figure(kind: str, name: str, finding: str, drawn: Figure, behind: str) -> str:
    """A plot under a title that says what to look at, with its numbers in a table."""
    heading = f"<b>{escape(name)}</b>" + (f": {escape(finding)}" if finding else "")
    label = escape(f"{name}: {finding}" if finding else name)
    return (
        f'<figure id="{slug(f"{kind} {name}")}"><figcaption><h4>{heading}</h4></figcaption>\n'
        f"{svg.inline(drawn, label)}\n{details('The numbers', behind, kind='numbers')}</figure>"
    )


def grid(figures: Iterable[str]) -> str:
    return '<div class="grid">\n' + "\n".join(figures) + "\n</div>"


@dataclass
class Section:
    title: str
    intro: str = ""  # HTML
    parts: list[str] = field(default_factory=list)
    source: str = ""  # where its plots come from, if not from where the page's others do

    @property
    def id(self) -> str:
        return slug(self.title)

    def __str__(self) -> str:
        intro = f'<p class="intro">{self.intro}</p>' if self.intro else ""
        parts = "\n".join(self.parts)
        source = f' data-source="{escape(self.source)}"' if self.source else ""
        return (
            f'<section id="{self.id}" aria-labelledby="{self.id}-title"{source}>'
            f'<h2 id="{self.id}-title">{escape(self.title)}</h2>\n{intro}\n{parts}\n</section>'
        )


def tile(value: str, what: str) -> str:
    return f"<li><strong>{escape(value)}</strong> <span>{escape(what)}</span></li>"


def tiles(pairs: Iterable[tuple[str, str]]) -> str:
    return '<ul class="tiles">' + "".join(tile(*pair) for pair in pairs) + "</ul>"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and what they stand for."""
    entries = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in pairs)
    return f'<div class="panel"><dl>{entries}</dl></div>'


def warning(text: str) -> str:
    return f'<p class="warning">{escape(text)}</p>'


def fill(title: str, subtitle: str, sections: Sequence[Section]) -> str:
    """The whole page."""
    links = " ".join(f'<a href="#{part.id}">{escape(part.title)}</a>' for part in sections)
    template = Template((HERE / "report.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(title),
        subtitle=escape(subtitle),
        links=links,
        body="\n".join(str(part) for part in sections),
        style=(HERE / "report.css").read_text(encoding="utf-8"),
        script=(HERE / "report.js").read_text(encoding="utf-8"),
    )
