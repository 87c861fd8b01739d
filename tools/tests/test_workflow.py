# SPDX-License-Identifier: MIT
"""The workflow file of docs/: it uses what is there, and its steps do what they should."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from simdrop_bench import export

ROOT = Path(__file__).resolve().parent.parent.parent
INPUTS = {  # of each action that are used; its action.yml has them
    "actions/checkout@v6": {"fetch-depth"},
    "actions/upload-artifact@v6": {"name", "path", "if-no-files-found"},
    "benchmark-action/github-action-benchmark@v1": {
        *("tool", "output-file-path", "github-token", "auto-push")
    },
}


@pytest.fixture(name="text")
def workflow_text():
    return (ROOT / "docs" / "workflows" / "benchmark.yml").read_text()


@pytest.fixture(name="workflow")
def workflow_content(text):
    return yaml.safe_load(text)


def test_scripts_and_formats(text):
    for script in re.findall(r"scripts/[a-z]+", text):
        assert (ROOT / script).is_file()
    assert set(re.findall(r"scripts/export (\S+)", text)) <= set(export.FORMATS)


def test_inputs_of_actions(workflow):
    used = {}
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if "uses" in step:
                used.setdefault(step["uses"], set()).update(step.get("with", {}))
    assert used == INPUTS


def test_rights_and_depth(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    jobs = workflow["jobs"]
    assert {name for name in jobs if "permissions" in jobs[name]} == {"chart"}
    assert jobs["compare"]["steps"][0]["with"]["fetch-depth"] == 2  # or HEAD^1 isn't there


@pytest.mark.parametrize(("status", "expected"), [(0, 0), (1, 1), (2, 2), (3, 0)])
def test_status_of_a_comparison(workflow, tmp_path, status, expected):
    """As GitHub runs steps of `shell: bash`."""
    script = tmp_path / "scripts" / "compare"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\necho compared $*\nexit {status}\n")
    script.chmod(0o755)
    (step,) = (step for step in workflow["jobs"]["compare"]["steps"] if "run" in step)
    assert step["shell"] == "bash"
    summary = tmp_path / "summary.md"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "GITHUB_STEP_SUMMARY": str(summary)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == expected
    assert "compared HEAD^1 HEAD" in done.stdout
    assert ("::warning" in done.stdout) == (status == 3)
    assert summary.read_text() == "```\ncompared HEAD^1 HEAD\n```\n"
