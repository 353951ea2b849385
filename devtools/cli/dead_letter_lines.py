"""Formats dead letters: as lines, counts and a history, or as JSON."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from devtools.cli.screen import shortened
from shared.messages.dead_letters import DeadLetter
from shared.operations.dead_letters.reader import DeadLetterEntry, DeadLetterList, detail_of
from shared.operations.dead_letters.replay_state import ReplayState, replay_state
from shared.operations.masking import masked_text
from shared.repositories.dead_letter_replays import ReplayRecord
from shared.storage.mongo import Document

Replays = dict[str, ReplayRecord]


def when(at: datetime) -> str:
    """Return a time in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def line(entry: DeadLetterEntry, dead_letter: DeadLetter, replay: ReplayRecord | None) -> str:
    """Return the line of a dead letter in a list."""
    times = f" ×{entry.count}" if entry.count > 1 else ""
    head = f"{when(entry.at)}  {entry.id}  {entry.workspace:<10} {entry.reason}{times}"
    return f"{head}  {shortened(detail_of(dead_letter), 100)}{_mark(entry, replay)}"


def _mark(entry: DeadLetterEntry, replay: ReplayRecord | None) -> str:
    if replay is None:
        return ""
    again = f"{ReplayState.FAILED_AGAIN}, " if replay_state(entry, replay) is ReplayState.FAILED_AGAIN else "replayed "
    return f"  [{again}{replayed(replay)}]"


def replayed(replay: ReplayRecord) -> str:
    """Return the number of replays, and the time and user of the last one."""
    times = f"{replay.count} times, last " if replay.count > 1 else ""
    return f"{times}{when(replay.last_at)} UTC by {replay.last_by}"


def total(found: DeadLetterList, shown: int) -> str:
    """Return the last line of a list."""
    count = len(found.entries)
    if not count and not found.unreadable:
        return "No dead letters."
    hidden = f", the newest {shown} shown" if shown < count else ""
    unreadable = f"; {found.unreadable} records of the topic are not dead letters" if found.unreadable else ""
    return f"{count} dead letter{'s' * (count != 1)}{hidden}{unreadable}."


def as_json(entry: DeadLetterEntry, dead_letter: DeadLetter, replay: ReplayRecord | None) -> dict[str, Any]:
    """Return a dead letter as JSON."""
    return {
        "id": entry.id,
        "reason": entry.reason,
        "detail": detail_of(dead_letter),
        "workspace": entry.workspace,
        "service": entry.service,
        "topic": entry.topic or None,
        "path": dead_letter.origin.path,
        "written_at": entry.at.isoformat(),
        "count": entry.count,
        "replay_topic": dead_letter.replay_topic,
        "standing": replay_state(entry, replay).value,
        "replayed": replay.count if replay else 0,
        "replayed_at": replay.last_at.isoformat() if replay else None,
        "replayed_by": replay.last_by if replay else None,
    }


def summary(found: DeadLetterList, replays: Replays) -> dict[str, Any]:
    """Return counts by state, reason, workspace and service, and the oldest and newest time."""
    entries = found.entries
    states = Counter(replay_state(entry, replays.get(entry.id)).value for entry in entries)
    return {
        "count": len(entries),
        "unreadable": found.unreadable,
        "oldest": entries[0].at.isoformat() if entries else None,
        "newest": entries[-1].at.isoformat() if entries else None,
        "standing": dict(states.most_common()),
        "reason": counted(entry.reason for entry in entries),
        "workspace": counted(entry.workspace for entry in entries),
        "service": counted(entry.service for entry in entries),
    }


def summary_lines(counts: dict[str, Any]) -> list[str]:
    """Return the counts as lines."""
    if not counts["count"]:
        return ["No dead letters."]
    oldest, newest = (counts[name][:19].replace("T", " ") for name in ("oldest", "newest"))
    span = f"from {oldest} to {newest} UTC"
    lines = [f"{counts['count']} dead letter{'s' * (counts['count'] != 1)}, {span}"]
    titles = {"standing": "state", "reason": "reason", "workspace": "workspace", "service": "service"}
    for name, title in titles.items():
        lines += ["", title, *(f"{count:>8}  {value}" for value, count in counts[name].items())]
    return lines


def counted(values: Iterable[str]) -> dict[str, int]:
    """Return the number of occurrences of each value, the most frequent first."""
    return dict(Counter(values).most_common())


def history(
    entry: DeadLetterEntry, replay: ReplayRecord | None, attempts: list[Document], *, raw: bool = False
) -> list[tuple[datetime, str]]:
    """Return the history of a dead letter, oldest event first."""
    events = [(at, f"written: {entry.reason}" if at == entry.at else "written") for at in entry.written]
    events += [(at, f"replayed by {by}") for at, by in (replay.times if replay else ())]
    for attempt in attempts:
        error = attempt.get("error") or {}
        text = ": ".join(filter(None, (error.get("code", ""), error.get("title", ""), error.get("detail", ""))))
        text = " ".join((text if raw else masked_text(text)).splitlines())
        events.append((attempt["at"], f"attempt: {attempt['outcome']}" + f", {text}" * bool(text)))
    return sorted(events, key=lambda event: event[0])
