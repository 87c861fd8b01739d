# SPDX-License-Identifier: MIT
"""Ends with what was measured: for each operation the greatest error, and PyTorch's own."""

import compare


def pytest_terminal_summary(terminalreporter):
    if not compare.worst:
        return
    write = terminalreporter.write_line
    write("greatest errors in ulp, simdrop's (PyTorch's in the type itself), and the reference")
    write(f"{'':<24}" + "".join(f"{name:>20}" for name in ("f32", "f64", "bf16")))
    for operation, (kind, *_) in compare.BOUNDS.items():
        cells = [compare.worst.get((operation, dtype)) for dtype in compare.DTYPES]
        if any(cells):
            row = [f"{cell[0]:.3g} ({cell[1]:.3g})" if cell else "" for cell in cells]
            write(f"{operation:<24}" + "".join(f"{cell:>20}" for cell in row) + f"  {kind}")
