"""What became of a check. A check that could not be made is never taken for one that passed."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass


class Unavailable(Exception):
    """A check cannot be made here; the message says why."""


class Broken(Exception):
    """A check found something; a line for each finding."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """status: passed, FAILED or SKIPPED. detail: what was looked at, what was found, or why nothing was."""

    name: str
    status: str
    detail: str
    seconds: float

    def line(self) -> str:
        """For people."""
        return f"{self.status:8}{self.name:34}{self.seconds:6.1f} s  {self.detail}"


def outcome_of(name: str, check: Callable[[], str]) -> Outcome:
    """Make one check. `check` returns what it looked at, or raises Broken or Unavailable."""
    began = time.monotonic()
    try:
        status, detail = "passed", check()
    except Broken as found:
        status, detail = "FAILED", str(found)
    except subprocess.TimeoutExpired as late:
        status, detail = "FAILED", f"no end within {late.timeout:g} s: {late.cmd}"
    except Unavailable as reason:
        status, detail = "SKIPPED", str(reason)
    return Outcome(name, status, detail, time.monotonic() - began)


def summary(outcomes: list[Outcome]) -> str:
    """The last lines. What was skipped stands by itself, so that nobody overlooks it."""
    skipped = [one for one in outcomes if one.status == "SKIPPED"]
    failed = [one for one in outcomes if one.status == "FAILED"]
    lines = [f"NOT CHECKED: {one.name}: {one.detail}" for one in skipped]
    passed = len(outcomes) - len(skipped) - len(failed)
    return "\n".join([*lines, f"verify-deploy: {passed} passed, {len(failed)} failed, {len(skipped)} skipped"])
