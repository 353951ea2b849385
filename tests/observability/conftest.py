"""Checks of dashboards and alerts. A tool that is not there skips what needs it, with the reason; it passes nothing."""

import subprocess
from pathlib import Path

import pytest

from devtools.observability import tools

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"


def tool_path(name: str) -> Path:
    """A program; skips the test where it is not."""
    found = tools.find(name)
    if isinstance(found, tools.Missing):
        pytest.skip(f"NOT CHECKED, there is no {name}: {found.why}")
    return found


def run_tool(name: str, *arguments: str | Path) -> str:
    """What a tool says; fails with that when the tool does."""
    done = subprocess.run(
        [tool_path(name), *arguments], capture_output=True, text=True, timeout=110, check=False, cwd=ROOT
    )
    assert done.returncode == 0, f"{name} {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}"
    return done.stdout
