# SPDX-License-Identifier: MIT
"""More than one worker, each a process of its own, over gloo."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "examples" / "gpt_workers.py"


# Seldom, once in some dozens of runs on a loaded machine, a thread of gloo's is still there when a
# process ends, which is then aborted with these words; that says nothing of what was computed.
GLOO = "terminate called without an active exception"


@pytest.mark.parametrize("workers", (2, 4))
def test_masks(workers, tmp_path):
    command = [sys.executable, HERE / "workers.py"]
    for attempt in range(2):
        store = tmp_path / f"store{attempt}"
        processes = [
            subprocess.Popen([*command, str(rank), str(workers), store], stderr=subprocess.PIPE)
            for rank in range(workers)
        ]
        errors = [process.communicate(timeout=100)[1].decode() for process in processes]
        if not any(GLOO in error for error in errors):
            break
    for process, error in zip(processes, errors, strict=True):
        assert process.returncode == 0, error


def losses(*options):
    command = [sys.executable, EXAMPLE, "--no-progress", *options]
    for _ in range(2):
        result = subprocess.run(command, capture_output=True, text=True, timeout=100)
        if GLOO not in result.stderr:
            break
    assert result.returncode == 0, result.stderr
    return re.findall(r"loss +(\S+) +(\S+)", result.stdout)


def test_losses(tmp_path):
    """Bit for bit for 1, 2 and 4 workers, and when another number of them goes on."""
    alone = losses("--workers", "1", "--steps", "6")
    assert len(alone) == 6
    assert float(alone[-1][0]) < float(alone[0][0])
    assert losses("--workers", "2", "--steps", "6") == alone
    assert losses("--workers", "4", "--steps", "3", "--save", tmp_path / "half") == alone[:3]
    assert losses("--workers", "2", "--steps", "6", "--load", tmp_path / "half") == alone[3:]
    ddp = losses("--workers", "2", "--steps", "6", "--ddp")
    for (a, _), (b, _) in zip(ddp, alone, strict=True):
        assert abs(float(a) - float(b)) < 1e-4
