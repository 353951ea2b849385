"""Reads dead letters from their topic, each once, however often it was written.

The topic may hold very many, with a whole record in each: only what is needed to select them is kept in memory, and the
dead letters themselves are fetched one by one.
"""

import base64
import contextlib
import json
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import Any
from urllib.parse import parse_qsl

from shared.kafka.brokers import Brokers
from shared.kafka.codec import Undecodable, decode
from shared.kafka.records import Record
from shared.kafka.topic_reader import read_all, read_at
from shared.messages.dead_letters import DeadLetter, DeadLetterReason
from shared.operations.errors import NotFound
from shared.operations.masking import masked, masked_text
from shared.topics import DEAD_LETTERS

_MIN_PREFIX = 8
_MAX_TIMES = 50


class DeadLetterNotFound(NotFound):
    """Raised when no dead letter has the given id."""


@dataclass(slots=True)
class DeadLetterEntry:
    """The last version of a dead letter, without its payload.

    written: the last fifty times at which it was written. wanted: whether the filter matches it.
    """

    id: str
    reason: str
    workspace: str
    service: str
    topic: str
    partition: int = -1
    offset: int = -1
    count: int = 0
    written: tuple[datetime, ...] = ()
    wanted: bool = False

    @property
    def at(self) -> datetime:
        """The last time at which it was written."""
        return self.written[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterFilter:
    """Selects dead letters; an empty field matches all. id: a prefix. contains: text in the detail, in any case."""

    reason: str = ""
    workspace: str = ""
    service: str = ""
    topic: str = ""
    since: datetime | None = None
    id: str = ""
    contains: str = ""

    def matches(self, dead_letter: DeadLetter) -> bool:
        """Return whether the filter selects the dead letter."""
        return (
            (not self.reason or dead_letter.reason == self.reason)
            and (not self.workspace or dead_letter.workspace == self.workspace)
            and (not self.service or dead_letter.origin.service == self.service)
            and (not self.topic or dead_letter.origin.topic == self.topic)
            and (self.since is None or dead_letter.created_at >= self.since)
            and dead_letter.id.startswith(self.id)
            and self.contains.casefold() in dead_letter.detail.casefold()
        )

    def __bool__(self) -> bool:
        """Return whether any field is set."""
        return self != DeadLetterFilter()


@dataclass(frozen=True, slots=True)
class DeadLetterList:
    """The dead letters that a filter selects. entries: the selected ones, oldest first. unreadable: records of the
    topic that are no dead letters.
    """

    entries: list[DeadLetterEntry]
    unreadable: int

    def find(self, reference: str) -> DeadLetterEntry:
        """Return the dead letter of an id, or of a prefix of at least 8 characters. Raises NotFound."""
        found = [entry for entry in self.entries if entry.id == reference]
        if not found and len(reference) >= _MIN_PREFIX:
            found = [entry for entry in self.entries if entry.id.startswith(reference)]
        if len(found) > 1:
            raise NotFound(f"{len(found)} dead letters begin with {reference}; give more characters of the id")
        if not found:
            raise DeadLetterNotFound(f"there is no dead letter {reference}")
        return found[0]


async def read_dead_letters(brokers: Brokers, filter_: DeadLetterFilter | None = None) -> DeadLetterList:
    """Read the whole topic. Raises DependencyAway. Memory: about 600 bytes per dead letter, whatever its payload."""
    wanted = filter_ or DeadLetterFilter()
    entries: dict[str, DeadLetterEntry] = {}
    unreadable = 0
    async with contextlib.aclosing(read_all(brokers, DEAD_LETTERS.name)) as records:
        async for record in records:
            dead_letter = _decode(record)
            if dead_letter is None:
                unreadable += 1
                continue
            _add(entries, record, dead_letter, wanted)
    found = [entry for entry in entries.values() if entry.wanted]
    return DeadLetterList(sorted(found, key=lambda entry: entry.at), unreadable)


async def fetch_dead_letters(
    brokers: Brokers, entries: Collection[DeadLetterEntry]
) -> AsyncGenerator[tuple[DeadLetterEntry, DeadLetter], None]:
    """Yield the dead letters of these entries, one by one, in the order of the topic.

    Those that retention has deleted meanwhile are left out. Raises DependencyAway.
    """
    places = {(entry.partition, entry.offset): entry for entry in entries}
    async with contextlib.aclosing(read_at(brokers, DEAD_LETTERS.name, places)) as records:
        async for record in records:
            dead_letter = _decode(record)
            if dead_letter is not None:
                yield places[record.partition, record.offset], dead_letter


def _decode(record: Record) -> DeadLetter | None:
    try:
        dead_letter: DeadLetter = decode(record)
    except Undecodable:
        return None
    return dead_letter


def _add(
    entries: dict[str, DeadLetterEntry], record: Record, dead_letter: DeadLetter, wanted: DeadLetterFilter
) -> None:
    """Update the entry: the last version counts, because an earlier one may have another reason."""
    entry = entries.get(dead_letter.id)
    if entry is None:
        entry = entries[dead_letter.id] = DeadLetterEntry(dead_letter.id, "", "", "", "")
    entry.reason = dead_letter.reason.value
    entry.workspace = intern(dead_letter.workspace)
    entry.service = intern(dead_letter.origin.service)
    entry.topic = intern(dead_letter.origin.topic or "")
    entry.partition, entry.offset = record.partition, record.offset
    entry.count += 1
    entry.written = (*entry.written[1 - _MAX_TIMES :], dead_letter.created_at)
    entry.wanted = wanted.matches(dead_letter)


def detail_of(dead_letter: DeadLetter, *, raw: bool = False) -> str:
    """Return the detail with numbers masked, except the number of an unknown recipient: the operator must apply it."""
    unmasked = raw or dead_letter.reason is DeadLetterReason.UNKNOWN_RECIPIENT
    return dead_letter.detail if unmasked else masked_text(dead_letter.detail)


def payload_of(dead_letter: DeadLetter, *, raw: bool = False) -> str:
    """Return the payload in readable form: indented JSON, form fields as JSON, or text."""
    text = dead_letter.payload.decode(errors="replace")
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = dict(parse_qsl(text, keep_blank_values=True)) if "=" in text and "\n" not in text else None
    if isinstance(value, dict | list):
        return json.dumps(value if raw else masked(_opened(value)), indent=2, ensure_ascii=False)
    return text if raw else masked_text(text)


def _opened(value: Any) -> Any:
    """Decode the provider's own item, base64 in items of ingress, so that its numbers are masked too."""
    if isinstance(value, list):
        return [_opened(item) for item in value]
    if isinstance(value, dict) and isinstance(value.get("raw"), str):
        with contextlib.suppress(ValueError):
            return value | {"raw": json.loads(base64.b64decode(value["raw"]))}
    return value
