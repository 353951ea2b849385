"""Runs other programs and hears what they say; what their exit code means is for the caller to judge."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def run(
    command: Sequence[str], *, timeout: float, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Raises subprocess.TimeoutExpired."""
    return subprocess.run(command, timeout=timeout, cwd=cwd, env=env, check=False, capture_output=True, text=True)
