"""The outcome of a run: tables for people, JSON for machines."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from devtools.chaos import analysis, checks
from devtools.chaos.evidence import InjectedFault, ProcessMemory

if TYPE_CHECKING:
    from rich.console import Console

_FINDINGS = 8  # shown of a check; the JSON has more
_SLOW = 3
_WIDTH = 230  # characters of a finding


class ChaosResult(msgspec.Struct, kw_only=True):
    """sending, draining: seconds. retried: webhooks that were not answered with 200. refused: tries of ours that the
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

    @property
    def passed(self) -> bool:
        """Whether every promise was kept."""
        return all(check.passed for check in self.checks)


def save(result: ChaosResult, folder: Path) -> Path:
    """Write the JSON file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"chaos-{result.seed}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    return path


def show(result: ChaosResult, console: "Console") -> None:
    """All tables."""
    _show_faults(result, console)
    _show_recoveries(result, console)
    _show_memory(result, console)
    _show_checks(result, console)
    rate = result.messages / result.sending if result.sending else 0.0
    end = "all quiet" if result.drained else "NOT QUIET"
    console.print(
        f"{result.messages} messages in {result.sending:.0f} s ({rate:.1f}/s), {end} after {result.draining:.0f} s "
        f"more; {result.answered} answered; {result.webhooks} webhooks, {result.repeated} of them again, "
        f"{result.retried} not answered with 200 and retried"
    )
    for line in result.slowest[:_SLOW]:
        console.print(f"slowest: {line}")
    refused = ", ".join(f"{count} × {reason}" for reason, count in sorted(result.refused.items()))
    console.print(f"tries that providers did not accept: {refused or 'none'}")
    broken = [check.name for check in result.checks if not check.passed]
    console.print(f"BROKEN: {'; '.join(broken)}" if broken else "every promise was kept")
    console.print(f"seed {result.seed}; again: {result.command}")


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
            rows.append(
                (str(fault.number), "", fault.kind, fault.target, fault.what, "", "", f"not done: {fault.note}")
            )
    _print(console, ("#", "at s", "fault", "on", "how", "for s", "recovered after s", "note"), rows)


def _show_recoveries(result: ChaosResult, console: "Console") -> None:
    found = analysis.by_kind(result.faults, lambda fault: fault.recovery)
    rows = [
        (kind, str(len(values)), f"{median(values):.1f}", f"{max(values):.1f}")
        for kind, values in sorted(found.items())
    ]
    _print(console, ("fault", "times", "recovery median s", "max s"), rows)


def _show_memory(result: ChaosResult, console: "Console") -> None:
    rows = [(one.name, f"{one.most:.0f}", f"{one.early:.0f}", f"{one.late:.0f}") for one in result.memory]
    _print(console, ("memory of", "most MB", "second quarter", "last quarter"), rows)


def _show_checks(result: ChaosResult, console: "Console") -> None:
    rows = []
    for check in result.checks:
        verdict = "ok" if check.passed else f"VIOLATED {check.wrong}×"
        rows.append((check.name, str(check.count), verdict, check.note))
    _print(console, ("promise", "looked at", "verdict", "note"), rows)
    for check in result.checks:
        for finding in check.findings[:_FINDINGS]:
            console.print(f"  {check.name}: {finding[:_WIDTH] if check.passed else finding}")
        if len(check.findings) > _FINDINGS:
            console.print(f"  {check.name}: … and {len(check.findings) - _FINDINGS} more")
    console.print()


def _print(console: "Console", head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """A table in plain columns, as wide as it needs: it is also read in logs."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        console.print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    console.print()
