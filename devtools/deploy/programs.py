"""Run other programs and capture their output."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools.deploy.check_result import CheckFailed


def exit_on_sigterm() -> None:
    """Exit as after an exception when this process gets SIGTERM, so that it stops what it started."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))


def run_checked(
    command: Sequence[str],
    name: str,
    *,
    timeout: float,
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> str:
    """Run a command and return its output, warnings included. name: of the command in an error. stdin: its input; None:
    an empty one. Raises CheckFailed with the end of its error, subprocess.TimeoutExpired.
    """
    done = subprocess.run(
        command, timeout=timeout, cwd=cwd, env=env, input=stdin or "", check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise CheckFailed(f"{name}: {(done.stderr + done.stdout).strip()[-1500:]}")
    return done.stdout + done.stderr


def run(
    command: Sequence[str], *, timeout: float, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command and return its exit code and output. Raises subprocess.TimeoutExpired."""
    return subprocess.run(command, timeout=timeout, cwd=cwd, env=env, check=False, capture_output=True, text=True)
