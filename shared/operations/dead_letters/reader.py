"""The dead letters that Kafka holds, each once, however often it was written.

The topic may hold very many, with a whole record in each: while it is read only what tells them apart is kept, and the
letters themselves are fetched one by one, where they are shown or replayed.
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

_LEAST_PREFIX = 8
_TIMES_KEPT = 50


@dataclass(slots=True)
class DeadLetterEntry:
    """A letter as it was written last, without what it holds. written: when, the last fifty times; partition, offset:
    where it stands.
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
        """When it was written last."""
        return self.written[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterFilter:
    """Which letters are wanted; empty matches all. id: its beginning. contains: in the detail, in whatever case."""

    reason: str = ""
    workspace: str = ""
    service: str = ""
    topic: str = ""
    since: datetime | None = None
    id: str = ""
    contains: str = ""

    def takes(self, letter: DeadLetter) -> bool:
        return (
            (not self.reason or letter.reason == self.reason)
            and (not self.workspace or letter.workspace == self.workspace)
            and (not self.service or letter.origin.service == self.service)
            and (not self.topic or letter.origin.topic == self.topic)
            and (self.since is None or letter.created_at >= self.since)
            and letter.id.startswith(self.id)
            and self.contains.casefold() in letter.detail.casefold()
        )

    def __bool__(self) -> bool:
        """Whether anything is wished at all."""
        return self != DeadLetterFilter()


@dataclass(frozen=True, slots=True)
class DeadLetterList:
    """entries: those wanted, oldest first. unreadable: records of the topic that are no letters."""

    entries: list[DeadLetterEntry]
    unreadable: int

    def find(self, reference: str) -> DeadLetterEntry:
        """The letter of an id, or of at least 8 characters of its beginning. Raises NotFound."""
        found = [entry for entry in self.entries if entry.id == reference]
        if not found and len(reference) >= _LEAST_PREFIX:
            found = [entry for entry in self.entries if entry.id.startswith(reference)]
        if len(found) > 1:
            raise NotFound(f"{len(found)} dead letters begin with {reference}; give more of the id")
        if not found:
            raise NotFound(f"there is no dead letter {reference}; `parley dlq list` shows all of them")
        return found[0]


async def read_dead_letters(brokers: Brokers, wish: DeadLetterFilter | None = None) -> DeadLetterList:
    """Read the whole topic. Raises DependencyAway. Memory: some 600 bytes for each letter, whatever it holds."""
    wanted = wish or DeadLetterFilter()
    entries: dict[str, DeadLetterEntry] = {}
    unreadable = 0
    async with contextlib.aclosing(read_all(brokers, DEAD_LETTERS.name)) as records:
        async for record in records:
            letter = _letter(record)
            if letter is None:
                unreadable += 1
                continue
            _take(entries, record, letter, wanted)
    found = [entry for entry in entries.values() if entry.wanted]
    return DeadLetterList(sorted(found, key=lambda entry: entry.at), unreadable)


async def fetch_dead_letters(
    brokers: Brokers, entries: Collection[DeadLetterEntry]
) -> AsyncGenerator[tuple[DeadLetterEntry, DeadLetter], None]:
    """The letters of these entries with what they hold, one after another, in the order of the topic.

    One that has left the topic meanwhile is left out. Raises DependencyAway.
    """
    places = {(entry.partition, entry.offset): entry for entry in entries}
    async with contextlib.aclosing(read_at(brokers, DEAD_LETTERS.name, places)) as records:
        async for record in records:
            letter = _letter(record)
            if letter is not None:
                yield places[record.partition, record.offset], letter


def _letter(record: Record) -> DeadLetter | None:
    try:
        letter: DeadLetter = decode(record)
    except Undecodable:
        return None
    return letter


def _take(entries: dict[str, DeadLetterEntry], record: Record, letter: DeadLetter, wish: DeadLetterFilter) -> None:
    """What was written last counts: a letter may have been written for another reason before."""
    entry = entries.get(letter.id)
    if entry is None:
        entry = entries[letter.id] = DeadLetterEntry(letter.id, "", "", "", "")
    entry.reason = letter.reason.value
    entry.workspace = intern(letter.workspace)
    entry.service = intern(letter.origin.service)
    entry.topic = intern(letter.origin.topic or "")
    entry.partition, entry.offset = record.partition, record.offset
    entry.count += 1
    entry.written = (*entry.written[1 - _TIMES_KEPT :], letter.created_at)
    entry.wanted = wish.takes(letter)


def detail_of(letter: DeadLetter, *, raw: bool = False) -> str:
    """Why, in words. The number that nobody owns is a business's and stays readable: it says what to apply."""
    return letter.detail if raw or letter.reason is DeadLetterReason.UNKNOWN_RECIPIENT else masked_text(letter.detail)


def payload_of(letter: DeadLetter, *, raw: bool = False) -> str:
    """The payload as people read it: JSON with indentation, a form line by line, or text."""
    text = letter.payload.decode(errors="replace")
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = dict(parse_qsl(text, keep_blank_values=True)) if "=" in text and "\n" not in text else None
    if isinstance(value, dict | list):
        return json.dumps(value if raw else masked(_opened(value)), indent=2, ensure_ascii=False)
    return text if raw else masked_text(text)


def _opened(value: Any) -> Any:
    """With the provider's own item, base64 in items of ingress, made readable: its numbers are to be masked too."""
    if isinstance(value, list):
        return [_opened(item) for item in value]
    if isinstance(value, dict) and isinstance(value.get("raw"), str):
        with contextlib.suppress(ValueError):
            return value | {"raw": json.loads(base64.b64decode(value["raw"]))}
    return value
