#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws which elements share a draw, and which are kept, in the variants of dropout.

pictures.py FOLDER [LIBRARY]            write the pictures to FOLDER
pictures.py --check FOLDER [LIBRARY]    only say whether those there are the same, by the status

The masks are those of the second implementation of the stream, docs/stream_vectors.py. With the
shared LIBRARY its calls are made too, and have to keep the same elements.
"""

import ctypes
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from stream_vectors import Library, is_kept, plan  # noqa: E402

P, SEED, STREAM = 0.25, 95, 0  # a seed that drops a quarter of few, too
BITS, THRESHOLD = plan(P, 0)
CELL, GAP = 16, 8


def kept(draw):
    return is_kept(draw, BITS, THRESHOLD, STREAM, SEED, 10)


# --- the library's masks --------------------------------------------------------------------------


class Rows(ctypes.Structure):
    _fields_ = [('rows', ctypes.c_size_t), ('cols', ctypes.c_size_t), ('ldx', ctypes.c_size_t),
                ('ldy', ctypes.c_size_t), ('first_row', ctypes.c_uint64),
                ('row_ids', ctypes.POINTER(ctypes.c_uint64)), ('global_cols', ctypes.c_uint64),
                ('first_col', ctypes.c_uint64), ('reserved', ctypes.c_uint64 * 4)]  # fmt: skip


class SoftmaxConfig(ctypes.Structure):
    _fields_ = [('scale', ctypes.c_double), ('causal', ctypes.c_int32),
                ('reserved0', ctypes.c_int32), ('queries', ctypes.c_size_t),
                ('mask_rows', ctypes.c_size_t), ('mask_repeat', ctypes.c_size_t),
                ('reserved', ctypes.c_uint64 * 4)]  # fmt: skip


def kept_by(library, name, n, before):
    """Which of n ones are still positive after simdrop_<name>_f32, `before` its x and y."""
    x, y = (ctypes.c_float * n)(*[1] * n), (ctypes.c_float * n)()
    dropout, _ = library.prepared("inverted", SEED, STREAM, P, 0, 0)
    between = [None, None] if name == "softmax_dropout" else []  # mask, probs
    call = getattr(library.c, f"simdrop_{name}_f32")
    status = call(dropout, *before, x, *between, y)
    assert status == 0, name
    return [value > 0 for value in y]


def sizes(*numbers):
    """An offset of 0, and sizes."""
    return [ctypes.c_uint64(0), *map(ctypes.c_size_t, numbers)]


def check_panel(library, panel):
    for name, n, before, draws in panel.calls:
        if hasattr(library.c, f"simdrop_{name}_f32"):
            wanted = [draw is not None and kept(draw) for draw in draws]
            assert kept_by(library, name, n, before) == wanted, panel.title


# --- drawing --------------------------------------------------------------------------------------

STYLE = """\
  <style>
    text { font: 13px sans-serif; fill: #1f2328; }
    .small { font-size: 11px; fill: #57606a; }
    .number { font-size: 9px; fill: #1f2328; text-anchor: middle; }
    .card { fill: #ffffff; }
    .none { fill: none; stroke: #8b949e; stroke-dasharray: 1 3; }
    .edge { stroke: #57606a; }
    .inner { fill: none; stroke: #57606a; stroke-opacity: 0.25; }
    .c0 { fill: #80b9f5; } .c1 { fill: #f2b25c; } .c2 { fill: #7fca8e; } .c3 { fill: #cf9bea; }
    .dropped { fill-opacity: 0.12; }
    .plain { fill: #ffffff; }
    .floor { fill: #e5534b; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .small { fill: #9da7b3; }
      .number { fill: #0d1117; }
      .off { fill: #9da7b3; }
      .card, .plain { fill: #0d1117; }
      .edge, .inner { stroke: #9da7b3; }
      .dropped { fill-opacity: 0.2; }
    }
  </style>
"""


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


class Panel:
    """Groups of elements with one draw each, rectangles of cells: (x, y, w, h, draw, colour, text).
    Places are in cells, and a gap is GAP / CELL of one. A draw of None: nothing is drawn for it."""

    def __init__(self, title, call, groups, calls, dropped="plain"):
        self.title, self.call, self.groups, self.calls = title, call, groups, calls
        self.dropped = dropped
        self.width = max(x + w for x, y, w, h, *_ in groups) * CELL
        self.height = max(y + h for x, y, w, h, *_ in groups) * CELL

    def svg(self, left, top):
        out = [f'  <text x="{left}" y="{top + 12}">{escaped(self.title)}</text>',
               f'  <text class="small" x="{left}" y="{top + 28}">{escaped(self.call)}</text>',
               f'  <g transform="translate({left + 0.5} {top + 36.5})">']  # fmt: skip
        for group in self.groups:
            out += self.group(*group)
        return [*out, "  </g>"]

    def group(self, x, y, w, h, draw, colour, text):
        x, y, width, height = (round(CELL * v) for v in (x, y, w, h))
        box = f'x="{x}" y="{y}" width="{width}" height="{height}"'
        if draw is None:
            yield f'    <rect class="none" {box}/>'
            return
        on = kept(draw)
        fill = colour if on else f"{colour} dropped" if self.dropped == "pale" else self.dropped
        yield f'    <rect class="edge {fill}" {box}/>'
        lines = [f"M{x + CELL * i} {y} v{height}" for i in range(1, w)]
        lines += [f"M{x} {y + CELL * i} h{width}" for i in range(1, h)]
        if lines:
            yield f'    <path class="inner" d="{" ".join(lines)}"/>'
        if text != "" and (on or self.dropped != "pale"):
            middle = f'x="{x + width / 2:g}" y="{y + height / 2 + 3:g}"'
            kind = "number off" if fill == "plain" else "number"
            yield f'    <text class="{kind}" {middle}>{text}</text>'


def picture(label, legend, panels, columns, pitch):
    """Panels in rows of `columns`, `pitch` apart, and a line below."""
    body, top = [], 16
    for i in range(0, len(panels), columns):
        row = panels[i : i + columns]
        for k, panel in enumerate(row):
            body += panel.svg(16 + k * pitch, top)
        top += 36 + max(panel.height for panel in row) + 24
    width, height = round(16 + pitch * min(columns, len(panels))), round(top + 20)
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"',
        f'     viewBox="0 0 {width} {height}" role="img"',
        f'     aria-label="{escaped(label)}">',
        "  <!-- SPDX-License-Identifier: MIT -->",
        "  <!-- by docs/family/pictures.py -->",
        STYLE + f'  <rect class="card" width="{width}" height="{height}" rx="8"/>',
    ]
    foot = [f'  <text class="small" x="16" y="{top + 4}">{escaped(legend)}</text>', "</svg>", ""]
    return "\n".join(head + body + foot)


# --- pieces of a matrix ---------------------------------------------------------------------------

ROWS, COLS, RANKS = 8, 8, 4


def pieces(title, call, rank_of, rows_of_rank):
    """rank_of(i, j) colours the matrix; of each rank there are its simdrop_rows and its rows."""
    groups = [(j, i, 1, 1, i * COLS + j, f"c{rank_of(i, j)}", rank_of(i, j))
              for i in range(ROWS) for j in range(COLS) if rank_of(i, j) is not None]  # fmt: skip
    calls = []
    for rows, ids in rows_of_rank:
        draws = [i * COLS + rows.first_col + j for i in ids for j in range(rows.cols)]
        calls.append(("dropout_rows", len(draws), [ctypes.byref(rows)], draws))
    return Panel(title, call, groups, calls, "pale")


def listed(ids, **fields):
    return Rows(len(ids), COLS, row_ids=(ctypes.c_uint64 * len(ids))(*ids), **fields), ids


def draw_pieces():
    part, ranks, all_rows = ROWS // RANKS, range(RANKS), range(ROWS)
    panels = [
        pieces("the whole", "rows = 8, cols = 8", lambda i, j: 0,
               [(Rows(ROWS, COLS), all_rows)]),
        pieces("data parallel", "first_row = 2 rank", lambda i, j: i // part,
               [(Rows(part, COLS, first_row=part * r), range(part * r, part * r + part))
                for r in ranks]),
        pieces("strided sampler", "row_ids = rank, rank + 4", lambda i, j: i % RANKS,
               [listed(range(r, ROWS, RANKS)) for r in ranks]),
        pieces("tensor parallel", "first_col = 2 rank", lambda i, j: j // 2,
               [(Rows(ROWS, 2, global_cols=COLS, first_col=2 * r), all_rows) for r in ranks]),
        pieces("sequence parallel", "2 sequences of 4 tokens", lambda i, j: i % 4 // 2,
               [listed([2 * r, 2 * r + 1, 4 + 2 * r, 5 + 2 * r]) for r in range(2)]),
        pieces("rows and columns", "2 × 2 ranks", lambda i, j: i // 4 * 2 + j // 4,
               [(Rows(4, 4, first_row=r // 2 * 4, global_cols=COLS, first_col=r % 2 * 4),
                 range(r // 2 * 4, r // 2 * 4 + 4)) for r in ranks]),
    ]  # fmt: skip
    return ("One matrix, cut for several ranks in several ways: always the same mask",
                   "colours and numbers: ranks; full: kept; pale, without a number: dropped",
                   panels, 3, 172)  # fmt: skip


# --- masks that are broadcast ---------------------------------------------------------------------

GAPPED = GAP / CELL


def image(channel, sample, size=3):
    """Where the elements of a channel, of size x size, are."""
    return channel * (size + GAPPED), sample * (size + GAPPED), size, size


def draw_broadcast():
    flat = [(i, s * (3 + GAPPED) + t, 1, 1, (s * 3 + t) * 8 + i, "c0", "")
            for s in range(2) for t in range(3) for i in range(8)]  # fmt: skip
    channels = [(*image(c, s), s * 4 + c, "c0", s * 4 + c) for s in range(2) for c in range(4)]
    last = [(c, s * (4 + GAPPED), 1, 4, s * 8 + c, "c0", s * 8 + c)
            for s in range(2) for c in range(8)]  # fmt: skip
    locked = [(b * (4 + GAPPED) + f, 0, 1, 6, b * 4 + f, "c0", b * 4 + f)
              for b in range(2) for f in range(4)]  # fmt: skip
    path = [(0, s * (1 + GAPPED), 8, 1, s, "c0", s) for s in range(4)]
    words = [(0, v, 8, 1, v, "c0", v) for v in range(6)]
    panels = [
        Panel("flat", "simdrop_dropout", flat,
              [("dropout", 48, sizes(48), range(48))]),
        Panel("channels: Dropout2d", "channels(2, 4, 9): N, C, H·W", channels,
              [("dropout_channels", 72, sizes(2, 4, 9), [i // 9 for i in range(72)])]),
        Panel("channels last", "channels_last(2, 4, 8): N, H·W, C", last,
              [("dropout_channels_last", 64, sizes(2, 4, 8),
                [i // 32 * 8 + i % 8 for i in range(64)])]),
        Panel("locked, time downwards", "channels_last(1, 6, 2·4): T, B·F", locked,
              [("dropout_channels_last", 48, sizes(1, 6, 8), [i % 8 for i in range(48)])]),
        Panel("DropPath", "drop_path(4, 8): N, size", path,
              [("drop_path", 32, [*sizes(4, 8), ctypes.c_int32(1)], [i // 8 for i in range(32)])]),
        Panel("embedding, 6 words", "channels(1, 6, 8): V, F", words,
              [("dropout_channels", 48, sizes(1, 6, 8), [i // 8 for i in range(48)])]),
    ]  # fmt: skip
    return ("Which elements share a draw: channels, places, time steps, samples, words",
                   "a rectangle is one draw, and its number which; blue: kept; empty: +0",
                   panels, 3, 236)  # fmt: skip


# --- alpha dropout, attention ---------------------------------------------------------------------


def draw_noise():
    alpha = [(i, t, 1, 1, t * 8 + i, "c0", "") for t in range(6) for i in range(8)]
    feature = [(*image(c, s), s * 4 + c, "c0", s * 4 + c) for s in range(2) for c in range(4)]
    panels = [
        Panel("alpha", "simdrop_alpha_dropout", alpha,
              [("alpha_dropout", 48, sizes(48), range(48))], "floor"),
        Panel("feature alpha", "(2, 4, 9): N, C, H·W", feature,
              [("feature_alpha_dropout", 72, sizes(2, 4, 9), [i // 9 for i in range(72)])],
              "floor"),
    ]  # fmt: skip
    return ("Alpha dropout by element and by channel",
                   "blue: a x + b; red: dropped, a α' + b", panels, 2, 236)  # fmt: skip


def draw_attention():
    n = 8
    calls = []
    groups = []
    for head in range(2):
        for q in range(n):
            for k in range(n):
                draw = (head * n + q) * n + k if k <= q else None
                groups.append((head * (n + GAPPED) + k, q, 1, 1, draw, "c0", ""))
    draws = [i if i % n <= i // n % n else None for i in range(2 * n * n)]
    rows, config = Rows(2 * n, n), SoftmaxConfig(causal=1, queries=n)
    calls.append(("softmax_dropout", 2 * n * n, [ctypes.byref(rows), ctypes.byref(config)], draws))
    panel = Panel("attention, causal", "2 heads of 8 queries (down) and 8 keys (across)",
                  groups, calls)  # fmt: skip
    return ("Attention's probabilities: hidden by the causal mask, dropped, kept",
                   "blue: kept; empty: dropped; dotted: hidden, of no effect on the draws",
                   [panel], 1, 400)  # fmt: skip


PICTURES = {"pieces.svg": draw_pieces, "broadcast.svg": draw_broadcast,
            "noise.svg": draw_noise, "attention.svg": draw_attention}  # fmt: skip


def main(arguments):
    only_check = arguments[:1] == ["--check"]
    arguments = arguments[only_check:]
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    folder, wrong = pathlib.Path(arguments[0]), 0
    for name, draw in PICTURES.items():
        label, legend, panels, columns, pitch = draw()
        svg = picture(label, legend, panels, columns, pitch).encode()
        if len(arguments) == 2:
            for panel in panels:
                check_panel(Library(arguments[1]), panel)
        if not only_check:
            (folder / name).write_bytes(svg)
        elif (folder / name).read_bytes() != svg:
            wrong += 1
            print(f"{folder / name} is not what {sys.argv[0]} draws: run it")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
