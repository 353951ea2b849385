"""Run other programs and capture their output."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def run(
    command: Sequence[str], *, timeout: float, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command and return its exit code and output. Raises subprocess.TimeoutExpired."""
    return subprocess.run(command, timeout=timeout, cwd=cwd, env=env, check=False, capture_output=True, text=True)
