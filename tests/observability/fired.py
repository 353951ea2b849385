"""The record of alerts that fired for their real cause (`docs/alerts-fired.json`), and the page that is made from it.

Each run of tests/observability/test_alerts_fire.py replaces the entries of the alerts that it provoked without a
problem, and writes the page anew.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.observability.conftest import ROOT

RECORD = ROOT / "docs/alerts-fired.json"
PAGE = ROOT / "docs/alerts-fired.md"


@dataclass(frozen=True)
class Fired:
    """One alert. on: the date. seconds: from the cause until it fired. commands: of its runbook's diagnosis that were
    run. ended: seconds from the repair until it ended; None: not waited for. stand_in: a remark.
    """

    on: str
    cause: str
    seconds: int
    commands: int
    repair: str
    ended: int | None
    stand_in: str = ""


def read_record() -> dict[str, Fired]:
    """Return what is known, by alert."""
    return {alert: Fired(**entry) for alert, entry in json.loads(RECORD.read_text()).items()}


def add_to_record(new: Mapping[str, Fired]) -> None:
    """Replace the entries of some alerts, and write the page anew."""
    entries = read_record() | dict(new)
    text = json.dumps({alert: asdict(entries[alert]) for alert in sorted(entries)}, indent=1, ensure_ascii=False)
    RECORD.write_text(text + "\n")


def write_page(without_row: Mapping[str, str], path: Path = PAGE) -> None:
    """Write the page. without_row: alerts that have no entry, with the reason."""
    path.write_text(page(read_record(), without_row))


def page(entries: Mapping[str, Fired], without_row: Mapping[str, str]) -> str:
    """Return the page as Markdown."""
    rows = "".join(_row(alert, entries[alert]) for alert in sorted(entries))
    rest = "".join(f"| `{alert}` | {reason} |\n" for alert, reason in sorted(without_row.items()))
    missing = f"\nWithout a row:\n\n| alert | why |\n|---|---|\n{rest}" if rest else ""
    stand_ins = "".join(
        f"- `{alert}`: {entry.stand_in}.\n" for alert, entry in sorted(entries.items()) if entry.stand_in
    )
    count = f"{len(entries)} of {len(entries) + len(without_row)}"
    if stand_ins:
        stand_ins = f"\nRemarks:\n\n{stand_ins}"
    return f"""# Alerts that were provoked

{count} alerts have fired for their real cause on a local stack with Prometheus, each on the day of its row.
`ALERTS_FIRE=1 pytest tests/observability/test_alerts_fire.py` provokes all of them again,
`ALERTS_FIRE=ApiSlow,RedisAway` some. A run replaces the rows of the alerts that passed, in `alerts-fired.json`, from
which this page is made.

An alert passes when it fires with the right name in its summary, when every command of its runbook's diagnosis runs as
it stands, when their output shows the cause, and when the alert ends after the repair. Commands of kubectl are answered
by a stand-in beside the stack (`tests/observability/kubectl.py`: logs, exec, pods); the few that need a cluster are not
counted. Minutes were made seconds (`tests/observability/quick_rules.py`: `for` 2 s, windows of causes 30 s, ages 3 to
5 s), so the real delay is that of the rule's own `for` and window. Alerts on service levels end when their windows have
passed, and are not waited for ("–").

| alert | on | cause | fired after | commands run | repair | ended after |
|---|---|---|---|---|---|---|
{rows}{stand_ins}{missing}"""


def _row(alert: str, one: Fired) -> str:
    ended = "–" if one.ended is None else f"{one.ended} s"
    return (
        f"| [`{alert}`](runbooks/{alert}.md) | {one.on} | {one.cause} | {one.seconds} s | {one.commands} | "
        f"{one.repair or 'it ends by itself'} | {ended} |\n"
    )
