# SPDX-License-Identifier: MIT
"""Tests of how figures are compared."""

import os
import tempfile
import unittest

from simdrop_gate import baseline, counts, loops


class Baselines(unittest.TestCase):
    """Figures compared."""

    def table(self, **figures):
        return baseline.Table(
            2,
            counts.COLUMNS,
            {
                ("avx2", kernel): {"per_element": figure, "call_of_64": 100}
                for kernel, figure in figures.items()
            },
        )

    def kinds(self, old, new):
        return {
            c.key[1]: (c.kind, c.fails)
            for c in baseline.compare(self.table(**old), self.table(**new))
        }

    def test_half_a_per_cent(self):
        self.assertEqual(
            self.kinds(
                {"a": 2.0, "b": 2.0, "c": 2.0, "d": 2.0, "e": 0.0, "f": 3.0},
                {"a": 2.0, "b": 2.01, "c": 2.0101, "d": 1.9, "e": 0.1, "f": 3.015},
            ),
            {
                "b": ("grew", False),
                "c": ("worse", True),
                "d": ("better", False),
                "e": ("worse", True),
                "f": ("grew", False),
            },
        )

    def test_unreviewed_rows(self):
        self.assertEqual(
            self.kinds({"a": 1.0, "old": 1.0}, {"a": 1.0, "new": 1.0}),
            {"old": ("gone", True), "new": ("new", True)},
        )

    def test_columns(self):
        def table(*columns):
            return baseline.Table(
                2, ("isa", "kernel") + columns, {("avx2", "a"): dict.fromkeys(columns, 1.0)}
            )

        changes = baseline.compare(table("kept", "old"), table("kept", "added"))
        self.assertEqual(
            [(c.column, c.kind, c.fails) for c in changes],
            [("old", "gone", True), ("added", "new", True)],
        )

    def test_order(self):
        changes = baseline.compare(
            self.table(a=1.0, b=1.0, c=1.0, d=1.0, e=1000.0, f=1000.0, old=1.0),
            self.table(a=0.8, b=0.9, c=1.1, d=1.2, e=1001.0, f=1002.0, new=1.0),
        )
        self.assertEqual([c.key[1] for c in changes], ["d", "c", "old", "new", "f", "e", "b", "a"])

    def test_order_of_loops(self):
        def table(**rows):
            return baseline.Table(
                3,
                loops.KEYS + ("stored", "instructions"),
                {
                    ("neon", kernel, "1"): dict(zip(("stored", "instructions"), row))
                    for kernel, row in rows.items()
                },
            )

        changes = baseline.compare(
            table(less=(16, 10), stores=(16, 10), worse=(16, 10), gone=(16, 10)),
            table(less=(16, 9), stores=(32, 10), worse=(16, 11)),
        )
        self.assertEqual([c.kind for c in changes], ["worse", "stores", "less", "gone"])

    def test_loops(self):
        def loop(stored, instructions):
            return baseline.Table(
                3,
                loops.KEYS + ("stored", "instructions"),
                {("neon", "a", "1"): {"stored": stored, "instructions": instructions}},
            )

        for old, new, kinds in (
            ((16, 10), (16, 11), {"instructions": "worse"}),
            ((16, 1000), (16, 1005), {"instructions": "grew"}),
            ((16, 1000), (16, 995), {"instructions": "better"}),
            ((16, 1000), (16, 994), {"instructions": "less"}),
            ((0, 10), (0, 9), {"instructions": "less"}),
            ((16, 10), (17, 10), {"stored": "stores"}),
            ((16, 10), (32, 11), {"stored": "stores", "instructions": "stores"}),
            ((16, 10), (32, 20), {"stored": "stores", "instructions": "stores"}),
            ((32, 10), (16, 9), {"stored": "stores", "instructions": "stores"}),
            ((0, 999), (8, 1000), {"stored": "stores", "instructions": "stores"}),
            ((8, 1000), (0, 999), {"stored": "stores", "instructions": "stores"}),
        ):
            changes = baseline.compare(loop(*old), loop(*new))
            self.assertEqual({c.column: c.kind for c in changes}, kinds)
            self.assertEqual(
                {c.column: c.fails for c in changes},
                {column: kind not in ("grew", "better") for column, kind in kinds.items()},
            )
            self.assertEqual(len(list(baseline.report(changes))), 1 + len(kinds))

    def test_files(self):
        facts = {"compiler": "gcc (Debian 12.2.0-14) 12.2.0", "llvm-mca": "19"}
        rows = {("neon", "a", "1.1"): {"instructions": 7, "neoverse-v2_cycles": 1.75}}
        tables = {
            "counts": self.table(a=1.5, b=0.0625),
            "loops": baseline.Table(3, loops.KEYS + ("instructions", "neoverse-v2_cycles"), rows),
        }
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "baseline")
            baseline.write(path, facts, tables)
            read_facts, read_tables = baseline.read(path)
        self.assertEqual(read_facts, facts)
        for kind, table in tables.items():
            self.assertEqual(read_tables[kind].rows, table.rows)
            self.assertEqual(baseline.compare(table, read_tables[kind]), [])

    def test_report(self):
        changes = baseline.compare(self.table(a=2.0), self.table(a=2.1))
        self.assertIn(
            "worse  avx2  a       per_element         2  2.1  +5.00 %",
            list(baseline.report(changes)),
        )
