"""Checks of dashboards and alerts. Tests that need a missing tool are skipped with the reason."""

import subprocess
from pathlib import Path

import pytest

from devtools.observability import tools

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"


def tool_path(name: str) -> Path:
    """Return the path of a tool; skip the test if it is missing."""
    found = tools.find(name)
    if isinstance(found, tools.MissingTool):
        pytest.skip(f"NOT CHECKED, there is no {name}: {found.reason}")
    return found


def run_tool(name: str, *arguments: str | Path) -> str:
    """Run a tool and return its output; fail with that if the tool fails."""
    done = subprocess.run(
        [tool_path(name), *arguments], capture_output=True, text=True, timeout=110, check=False, cwd=ROOT
    )
    assert done.returncode == 0, f"{name} {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}"
    return done.stdout
