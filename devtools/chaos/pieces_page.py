"""The page of a run in pieces: totals, one row per attempt, recovery times per kind of fault, causes of warnings."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from devtools.chaos import analysis
from devtools.chaos.pieces import PieceRecord
from devtools.chaos.report import ChaosResult

_LOST = ("every webhook was accepted in the end", "accepted is on Kafka", "each message was answered")
_DOUBLED = ("sent once, or marked",)
_MARKED = ("sent twice, and marked (allowed)",)
_ORDER = ("answers in the order of the questions",)
_UNEXPLAINED = ("each warning in the logs has a fault as its cause", "no unexpected error in the logs")
_LETTERS = ("no dead letters",)
_HEAD = (
    "piece", "began (UTC)", "commit", "load", "messages", "webhooks", "faults", "per s", "drained s", "lost", "doubled",
    "marked twice", "misordered", "unexplained lines", "dead letters", "most MB", "verdict",
)  # fmt: skip


def page(command: str, count: int, records: Sequence[PieceRecord]) -> str:
    """Return the page as Markdown. command: of the whole run. count: number of pieces planned."""
    passed = [record for record in records if record.result.passed]
    lines = [
        "# A long run of fault injection, in pieces",
        "",
        f"`{command} --pieces {count}`: {len(passed)} of {count} pieces passed so far. Made by `parley chaos` from the "
        "files beside it; the checks are those of docs/chaos.md.",
        "",
        *_table(("of all pieces that passed", ""), _totals(passed)),
        "",
        "## All attempts",
        "",
        "`lost`: accepted and not on Kafka, or not answered, or never accepted. `doubled`: sent twice without a mark. "
        "`marked twice`: sent twice and marked `possible_duplicate`, which is allowed while a send is in doubt. "
        "`dead letters`: all; those in doubt twice are allowed. `unexplained lines`: warnings and errors in the logs "
        "without a fault as their cause. `load`: average of the minute before.",
        "",
        *_table(_HEAD, [_row(record) for record in records]),
        "",
        "## Seconds until everything accepted before a fault's end was answered",
        "",
        *_table(("fault", "times", "median", "most"), _recoveries(record.result for record in passed)),
        "",
    ]
    broken = [record for record in records if not record.result.passed]
    if broken:
        lines += ["## Violations", "", *(line for record in broken for line in _violations(record)), ""]
    return "\n".join(lines)


def _totals(passed: Sequence[PieceRecord]) -> list[tuple[str, ...]]:
    results = [record.result for record in passed]
    faults = Counter(fault.kind for result in results for fault in result.faults if fault.done)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(faults.items()))
    return [
        ("messages, all answered" if results else "messages", f"{sum(result.answered for result in results):,}"),
        ("webhooks", f"{sum(result.webhooks for result in results):,}"),
        ("of them repetitions", f"{sum(result.repeated for result in results):,}"),
        ("not answered with 200 and retried", f"{sum(result.retried for result in results):,}"),
        ("faults", f"{sum(faults.values()):,}: {kinds}"),
        ("lost", str(sum(_wrong(result, _LOST) for result in results))),
        ("doubled without a mark", str(sum(_wrong(result, _DOUBLED) for result in results))),
        ("sent twice, marked", str(sum(_count(result, _MARKED) for result in results))),
        ("misordered", str(sum(_wrong(result, _ORDER) for result in results))),
        ("unexplained log lines", str(sum(_wrong(result, _UNEXPLAINED) for result in results))),
        ("hours", f"{sum(result.sending + result.draining for result in results) / 3600:.1f}"),
    ]


def _row(record: PieceRecord) -> tuple[str, ...]:
    result = record.result
    return (
        str(record.number) if record.attempt == 1 else f"{record.number} (attempt {record.attempt})",
        record.began.removesuffix("+00:00"),
        record.commit,
        f"{record.load[0]:.1f}",
        f"{result.messages:,}",
        f"{result.webhooks:,}",
        str(sum(fault.done for fault in result.faults)),
        f"{result.messages / result.sending:.0f}" if result.sending else "",
        f"{result.draining:.0f}",
        str(_wrong(result, _LOST)),
        str(_wrong(result, _DOUBLED)),
        str(_count(result, _MARKED)),
        str(_wrong(result, _ORDER)),
        str(_wrong(result, _UNEXPLAINED)),
        str(_count(result, _LETTERS)),
        f"{max((memory.most for memory in result.memory if '-' in memory.name), default=0.0):.0f}",
        "passed" if result.passed else "**violated**",
    )


def _recoveries(results: Iterable[ChaosResult]) -> list[tuple[str, ...]]:
    faults = [fault for result in results for fault in result.faults]
    found: Mapping[str, list[float]] = analysis.values_by_kind(faults, lambda fault: fault.recovery)
    return [
        (f"`{kind}`", str(len(values)), f"{median(values):.1f}", f"{max(values):.1f}")
        for kind, values in sorted(found.items())
    ]


def _violations(record: PieceRecord) -> list[str]:
    lines = [f"Piece {record.number}, attempt {record.attempt} (`{record.result.command}`):", ""]
    for check in record.result.checks:
        if not check.passed:
            lines += [f"- {check.name}: {check.wrong}", *(f"  - {finding[:700]}" for finding in check.findings)]
    return [*lines, ""]


def _wrong(result: ChaosResult, names: Sequence[str]) -> int:
    return sum(check.wrong for check in result.checks if check.name in names)


def _count(result: ChaosResult, names: Sequence[str]) -> int:
    return sum(check.count for check in result.checks if check.name in names)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
