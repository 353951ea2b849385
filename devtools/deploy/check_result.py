"""Results of checks. A check that cannot run is reported as skipped, never as passed."""

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass


class ToolUnavailable(Exception):
    """Raised when a tool that a check needs is not available. The message is the reason."""


class CheckFailed(Exception):
    """Raised when a check fails. The message has a line for each finding."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check. status: passed, FAILED or SKIPPED. detail: the scope of the check, its findings, or why
    it was skipped.
    """

    name: str
    status: str
    detail: str
    seconds: float

    def line(self) -> str:
        """Return the result as a line of the report."""
        return f"{self.status:8}{self.name:34}{self.seconds:6.1f} s  {self.detail}"


def real_checks_demanded() -> bool:
    """Return whether REAL_CHECKS asks for an engine and a cluster, so that leaving one out is a failure."""
    return os.environ.get("REAL_CHECKS", "0") not in ("", "0")


def report_skipped(text: str) -> int:
    """Print that something was not checked, and return the exit code: 1 if it was demanded, otherwise 0."""
    if real_checks_demanded():
        print(f"FAILED  NOT CHECKED, and REAL_CHECKS demands it: {text}")
        return 1
    print(f"NOT CHECKED: {text}")
    return 0


def run_check(name: str, check: Callable[[], str]) -> CheckResult:
    """Run one check. `check` returns its scope, or raises CheckFailed or ToolUnavailable."""
    start = time.monotonic()
    try:
        status, detail = "passed", check()
    except CheckFailed as error:
        status, detail = "FAILED", str(error)
    except subprocess.TimeoutExpired as error:
        status, detail = "FAILED", f"timed out after {error.timeout:g} s: {error.cmd}"
    except ToolUnavailable as reason:
        status, detail = "SKIPPED", str(reason)
    return CheckResult(name, status, detail, time.monotonic() - start)


def summary(results: list[CheckResult]) -> str:
    """Return the last lines of the report: each skipped check, and the counts."""
    skipped = [one for one in results if one.status == "SKIPPED"]
    failed = [one for one in results if one.status == "FAILED"]
    lines = [f"NOT CHECKED: {one.name}: {one.detail}" for one in skipped]
    passed = len(results) - len(skipped) - len(failed)
    return "\n".join([*lines, f"verify-deploy: {passed} passed, {len(failed)} failed, {len(skipped)} skipped"])
