"""Run other programs and capture their output."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def exit_on_sigterm() -> None:
    """Exit as after an exception when this process gets SIGTERM, so that it stops what it started."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))


def run(
    command: Sequence[str], *, timeout: float, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command and return its exit code and output. Raises subprocess.TimeoutExpired."""
    return subprocess.run(command, timeout=timeout, cwd=cwd, env=env, check=False, capture_output=True, text=True)
