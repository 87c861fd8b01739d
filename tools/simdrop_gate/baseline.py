# SPDX-License-Identifier: MIT
"""Tables of figures: written, read and compared. Smaller is better, but in loops unclear."""

LIMIT = 0.005  # more than this much larger is worse, and of a loop smaller too
HEAD = """\
# What the deterministic gate compares with: docs/benchmarking.md. Made by scripts/gate --refresh.
"""


class Table:
    """Rows of figures under names: {(isa, kernel, ...): {column: figure}}, with columns in order,
    of which the first `keys` are the names."""

    def __init__(self, keys, columns, rows):
        self.keys, self.columns, self.rows = keys, tuple(columns), rows

    @property
    def isas(self):
        """The instruction sets that have rows."""
        return {key[0] for key in self.rows}

    def lines(self):
        """The table as aligned text."""
        cells = [self.columns]
        for key, row in self.rows.items():
            cells.append(
                key
                + tuple(
                    f"{row[column]:.4f}" if column == "per_element" else f"{row[column]:g}"
                    for column in self.columns[self.keys :]
                )
            )
        widths = [max(len(line[i]) for line in cells) for i in range(len(self.columns))]
        for line in cells:
            padded = [
                cell.ljust(width) if i < self.keys else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(line, widths))
            ]
            yield "  ".join(padded).rstrip()


def write(path, facts, tables):
    """Writes a baseline: facts that it holds for, then tables."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEAD)
        for name, value in facts.items():
            file.write(f"{name}: {value}\n")
        for table in tables.values():
            file.write("\n" + "\n".join(table.lines()) + "\n")


def read(path):
    """What write() wrote: (facts, {name of the table: Table})."""
    facts, tables, current = {}, {}, None
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if not words or line.startswith("#"):
                continue
            if words[0].endswith(":"):
                facts[words[0][:-1]] = line.split(":", 1)[1].strip()
            elif words[0] == "isa":
                keys = 3 if words[2] == "loop" else 2
                current = Table(keys, words, {})
                tables["loops" if keys == 3 else "counts"] = current
            else:
                figures = [float(word) for word in words[current.keys :]]
                current.rows[tuple(words[: current.keys])] = dict(
                    zip(current.columns[current.keys :], figures, strict=True)
                )
    return facts, tables


class Change:
    """A figure that differs from the baseline's; None is no figure at all. `stores`: a pass of the
    loop stores more or less than in the baseline."""

    def __init__(self, key, column, old, new, stores=False):
        self.key, self.column, self.old, self.new, self.stores = key, column, old, new, stores

    @property
    def growth(self):
        """The part by which it grew: 0.01 is one per cent."""
        if self.old is None or self.new is None:
            return 0.0
        return self.new / self.old - 1 if self.old else float("inf")

    @property
    def kind(self):
        """worse, grew (within the limit), better; new or gone, if one side has no such row; stores
        and less, if the passes of a loop can't be compared."""
        if self.old is None:
            return "new"
        if self.new is None:
            return "gone"
        if self.stores:
            return "stores"
        if self.growth > LIMIT + 1e-9:
            return "worse"
        if self.in_loop and self.growth < -LIMIT - 1e-9:
            return "less"
        return "grew" if self.growth > 0 else "better"

    @property
    def in_loop(self):
        """Whether it is of one loop's pass."""
        return len(self.key) == 3

    @property
    def figure(self):
        """Its name within the kernel: "loop 1.1 instructions"."""
        return f"loop {self.key[2]} {self.column}" if self.in_loop else self.column

    @property
    def fails(self):
        """What the baseline doesn't have nobody has reviewed; what it alone has isn't watched. A
        loop unrolled differently can hide stores too many, so any other pass is to be looked at."""
        return self.kind not in ("grew", "better")


def compare(old, new):
    """The changes from one table to another, worst first."""
    changes = []
    for key in {**old.rows, **new.rows}:
        was, now = old.rows.get(key, {}), new.rows.get(key, {})
        if not was or not now:
            changes.append(Change(key, "row", 0 if was else None, 0 if now else None))
            continue
        stores = was.get("stored") != now.get("stored")
        for column in dict.fromkeys(old.columns[old.keys :] + new.columns[new.keys :]):
            change = Change(key, column, was.get(column), now.get(column), stores)
            if change.old != change.new:
                changes.append(change)
    order = ("worse", "stores", "less", "gone", "new", "grew", "better")
    return sorted(changes, key=lambda change: (order.index(change.kind), -change.growth))


def report(changes):
    """The changes as lines of a table."""
    rows = [("", "isa", "kernel", "figure", "baseline", "now", "change")]
    for change in changes:
        figures = ("", "", "")
        if change.kind not in ("new", "gone"):
            figures = (
                f"{change.old:g}",
                f"{change.new:g}",
                f"{100 * change.growth:+.2f} %" if change.old else "",
            )
        rows.append((change.kind, *change.key[:2], change.figure, *figures))
    widths = [max(len(row[i]) for row in rows) for i in range(7)]
    for row in rows:
        cells = [
            cell.ljust(width) if i < 4 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths))
        ]
        yield "  ".join(cells).rstrip()
