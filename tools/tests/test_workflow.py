# SPDX-License-Identifier: MIT
"""The workflow file of docs/ is YAML, and the scripts and formats that it names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simdrop_bench import export

ROOT = Path(__file__).resolve().parent.parent.parent


def test_workflow():
    yaml = pytest.importorskip("yaml")
    text = (ROOT / "docs" / "workflows" / "benchmark.yml").read_text()
    made = yaml.safe_load(text)
    assert set(made["jobs"]) == {"compare", "chart"}
    assert all(job["steps"] for job in made["jobs"].values())
    for script in re.findall(r"scripts/[a-z]+", text):
        assert (ROOT / script).is_file()
    assert set(re.findall(r"scripts/export (\S+)", text)) <= set(export.FORMATS)
