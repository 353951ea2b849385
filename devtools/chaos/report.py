"""Report a run as tables and as JSON."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from devtools.chaos import analysis, checks
from devtools.chaos.evidence import InjectedFault, ProcessMemory, WorkspaceWaits

if TYPE_CHECKING:
    from rich.console import Console

_FINDINGS = 8  # printed per check; the JSON has more
_SLOW = 3
_WIDTH = 230  # characters of a finding


class ChaosResult(msgspec.Struct, kw_only=True):
    """The result of a run. sending, draining: seconds. retried: webhooks not answered with 200. refused: sends that
    providers did not accept, by reason.
    """

    command: str
    seed: int
    messages: int
    accepted: int
    answered: int
    webhooks: int
    repeated: int
    retried: int
    sending: float
    draining: float
    drained: bool
    began: float
    refused: dict[str, int]
    faults: list[InjectedFault]
    checks: list[checks.GuaranteeCheck]
    memory: list[ProcessMemory]
    slowest: list[str] = []
    waits: list[WorkspaceWaits] = []

    @property
    def passed(self) -> bool:
        """Return True if every guarantee held."""
        return all(check.passed for check in self.checks)


def save(result: ChaosResult, folder: Path) -> Path:
    """Write the JSON file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"chaos-{result.seed}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    return path


def show(result: ChaosResult, console: "Console") -> None:
    """Print all tables."""
    _show_faults(result, console)
    _show_recoveries(result, console)
    _show_waits(result, console)
    _show_memory(result, console)
    _show_checks(result, console)
    rate = result.messages / result.sending if result.sending else 0.0
    end = "everything processed" if result.drained else "NOT EVERYTHING PROCESSED"
    console.print(
        f"{result.messages} messages in {result.sending:.0f} s ({rate:.1f}/s), {end} after {result.draining:.0f} s "
        f"more; {result.answered} answered; {result.webhooks} webhooks, {result.repeated} of them repetitions, "
        f"{result.retried} not answered with 200 and retried"
    )
    for line in result.slowest[:_SLOW]:
        console.print(f"slowest: {line}")
    refused = ", ".join(f"{count} × {reason}" for reason, count in sorted(result.refused.items()))
    console.print(f"sends that providers did not accept: {refused or 'none'}")
    broken = [check.name for check in result.checks if not check.passed]
    console.print(f"BROKEN: {'; '.join(broken)}" if broken else "every guarantee held")
    console.print(f"seed {result.seed}; repeat with: {result.command}")


def _show_faults(result: ChaosResult, console: "Console") -> None:
    rows = []
    for fault in result.faults:
        recovery = "never" if fault.recovery is None else f"{fault.recovery:.1f}"
        if fault.done:
            rows.append(
                (
                    str(fault.number),
                    f"{fault.begun - result.began:.1f}",
                    fault.kind,
                    fault.target,
                    fault.what,
                    f"{fault.lasted:.1f}",
                    recovery,
                    fault.note,
                )
            )
        else:
            rows.append((str(fault.number), "", fault.kind, fault.target, fault.what, "", "", f"skipped: {fault.note}"))
    _print(console, ("#", "start s", "fault", "target", "details", "duration s", "recovered after s", "note"), rows)


def _show_recoveries(result: ChaosResult, console: "Console") -> None:
    found = analysis.values_by_kind(result.faults, lambda fault: fault.recovery)
    rows = [
        (kind, str(len(values)), f"{median(values):.1f}", f"{max(values):.1f}")
        for kind, values in sorted(found.items())
    ]
    _print(console, ("fault", "times", "recovery median s", "max s"), rows)


def _show_waits(result: ChaosResult, console: "Console") -> None:
    rows = [
        (one.workspace, str(one.messages), f"{one.median:.1f}", f"{one.p95:.1f}", f"{one.most:.1f}")
        for one in result.waits
    ]
    _print(console, ("customers of", "messages", "waited median s", "p95 s", "max s"), rows)


def _show_memory(result: ChaosResult, console: "Console") -> None:
    rows = [(one.name, f"{one.most:.0f}", f"{one.early:.0f}", f"{one.late:.0f}") for one in result.memory]
    _print(console, ("memory of", "max MB", "second quarter", "last quarter"), rows)


def _show_checks(result: ChaosResult, console: "Console") -> None:
    rows = []
    for check in result.checks:
        verdict = "ok" if check.passed else f"VIOLATED {check.wrong}×"
        rows.append((check.name, str(check.count), verdict, check.note))
    _print(console, ("guarantee", "checked", "verdict", "note"), rows)
    for check in result.checks:
        for finding in check.findings[:_FINDINGS]:
            console.print(f"  {check.name}: {finding[:_WIDTH] if check.passed else finding}")
        if len(check.findings) > _FINDINGS:
            console.print(f"  {check.name}: … and {len(check.findings) - _FINDINGS} more")
    console.print()


def _print(console: "Console", head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table in plain columns, unwrapped so that it can be read in logs."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        console.print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    console.print()
