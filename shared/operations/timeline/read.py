"""Reads the timeline of a conversation, page by page in both directions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from shared.domain.conversation import Conversation
from shared.domain.timeline import TimelinePosition
from shared.kafka.codec import Undecodable, decode
from shared.kafka.records import Record
from shared.messages.outbound import OutboundMessage, Presence
from shared.operations.timeline.entries import (
    UNKNOWN_ORIGIN,
    EntryReaction,
    Quote,
    TimelineEntry,
    event_entry,
    inbound_entry,
    note_entry,
    order_of,
    origins_of,
    outbound_entry,
    unsent_entry,
)
from shared.repositories.outbound_views import OutboundState
from shared.repositories.timeline import ReferredMessages, Timeline, TimelinePart
from shared.storage.mongo import Mongo

Document = dict[str, Any]
_MOST_AT_ONCE = 20  # entries of one position, such as the changes of one decision; a page has all of them or none


class TimelinePage(msgspec.Struct, frozen=True, kw_only=True):
    """Entries, oldest first. before, after: positions for the pages on both sides; None: there are no more entries.

    archived: older messages have been archived (`parley archive`), so they are not in the timeline; archived_before:
    the time of the oldest one that is left. compared: the number of entries that were searched for words, from the
    newest on; None: it was no search. all_compared: whether these are all entries.
    """

    entries: list[TimelineEntry]
    before: str | None
    after: str | None
    archived: bool = False
    archived_before: datetime | None = None
    compared: int | None = None
    all_compared: bool | None = None


@dataclass(frozen=True, slots=True)
class TimelineReader:
    """The timelines of one workspace. All methods raise DependencyAway."""

    mongo: Mongo
    workspace: str

    async def latest(self, conversation: Conversation, limit: int) -> TimelinePage:
        """Return the last entries."""
        return await self._older(conversation, None, limit)

    async def before(self, conversation: Conversation, position: TimelinePosition, limit: int) -> TimelinePage:
        """Return the entries before a position."""
        return await self._older(conversation, position, limit)

    async def after(self, conversation: Conversation, position: TimelinePosition, limit: int) -> TimelinePage:
        """Return the entries after a position."""
        entries, more = await self._later(conversation, position, limit)
        return TimelinePage(
            entries=entries,
            before=entries[0].position if entries else str(position),
            after=entries[-1].position if more and entries else None,
        )

    async def around(self, conversation: Conversation, position: TimelinePosition, limit: int) -> TimelinePage:
        """Return the entry at a position with those on both sides."""
        older = await self._older(conversation, position, limit // 2)
        just_before = TimelinePosition(position.turn, position.place - 1)
        later, more = await self._later(conversation, just_before, limit - limit // 2)
        return msgspec.structs.replace(
            older, entries=[*older.entries, *later], after=later[-1].position if more and later else None
        )

    async def _older(self, conversation: Conversation, position: TimelinePosition | None, limit: int) -> TimelinePage:
        part = await Timeline(self.mongo, self.workspace).before(conversation.id, position, limit + 1 + _MOST_AT_ONCE)
        every = [entry for entry in await self._entries(part) if position is None or order_of(entry) < position]
        cut = max(0, len(every) - limit)
        while limit and cut and order_of(every[cut - 1]) == order_of(every[cut]):
            cut -= 1
        entries, more = every[cut:] if limit else [], cut > 0
        page = TimelinePage(
            entries=await self._with_references(conversation.id, entries, part),
            before=entries[0].position if more and entries else None,
            after=None if position is None else str(position),
        )
        return page if more else _with_archive_notice(page)

    async def _later(
        self, conversation: Conversation, position: TimelinePosition, limit: int
    ) -> tuple[list[TimelineEntry], bool]:
        part = await Timeline(self.mongo, self.workspace).after(conversation.id, position, limit + 1 + _MOST_AT_ONCE)
        every = [entry for entry in await self._entries(part) if order_of(entry) > position]
        cut = min(limit, len(every))
        while 0 < cut < len(every) and order_of(every[cut - 1]) == order_of(every[cut]):
            cut += 1
        return await self._with_references(conversation.id, every[:cut], part), len(every) > cut

    async def _entries(self, part: TimelinePart) -> list[TimelineEntry]:
        origins = origins_of(part.decisions, part.calls)
        entries = [
            *(inbound_entry(item) for item in part.inbound),
            *(outbound_entry(item, origins.get(item["cause"], UNKNOWN_ORIGIN)) for item in part.outbound),
            *(note_entry(item) for item in part.notes),
            *(entry for item in part.changes if (entry := event_entry(item)) is not None),
            *(
                unsent_entry(message, origins.get(message.cause, UNKNOWN_ORIGIN))
                for message in await self._unsent(part)
            ),
        ]
        return sorted(entries, key=order_of)

    async def _unsent(self, part: TimelinePart) -> list[OutboundMessage]:
        """Return the messages that are decided but have not reached delivery."""
        there = {item["_id"] for item in part.outbound}
        decided = {message.id: message for output in part.unsent if (message := _message(output)) is not None}
        missing = [id_ for id_ in decided if id_ not in there]
        if not missing:
            return []
        sent = await Timeline(self.mongo, self.workspace).sent_ids(missing)
        return [decided[id_] for id_ in missing if id_ not in sent]

    async def _with_references(
        self, conversation_id: str, entries: Sequence[TimelineEntry], part: TimelinePart
    ) -> list[TimelineEntry]:
        """Return the entries with the messages that they quote, and reactions at what they react to."""
        references = _References(part)
        wanted = references.missing(entries)
        references.add(await Timeline(self.mongo, self.workspace).referred(conversation_id, wanted))
        return references.resolve(entries)


class _References:
    """The messages of a page by provider id, with the older ones that they refer to."""

    def __init__(self, part: TimelinePart) -> None:
        self._documents = {item["_id"]: item for item in (*part.inbound, *part.outbound)}
        self._by_provider_id: dict[str, TimelineEntry] = {}
        self._add(part.inbound, part.outbound)

    def missing(self, entries: Iterable[TimelineEntry]) -> list[str]:
        """Return the provider ids that entries refer to and that are not known yet."""
        wanted = {id_ for entry in entries for id_ in (self._replies_to(entry), _reacts_to(entry)) if id_}
        return sorted(wanted - self._by_provider_id.keys())

    def add(self, found: ReferredMessages) -> None:
        """Add older messages."""
        self._add(found.inbound.values(), found.outbound.values())

    def resolve(self, entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
        """Return the entries with quotes and reactions."""
        entries = list(entries)
        reactions: dict[str, dict[str, str]] = {}
        for entry in entries:
            target = self._by_provider_id.get(_reacts_to(entry))
            if target is not None and not _has_failed(entry):
                emojis = reactions.setdefault(target.id, {})
                emojis["customer" if entry.author == "customer" else "agent"] = str(entry.content.get("emoji") or "")
        return [self._resolved(entry, reactions.get(entry.id, {})) for entry in entries]

    def _resolved(self, entry: TimelineEntry, emojis: dict[str, str]) -> TimelineEntry:
        quoted = self._by_provider_id.get(self._replies_to(entry))
        reacted = self._by_provider_id.get(_reacts_to(entry))
        if quoted is None and reacted is None and not emojis:
            return entry
        return msgspec.structs.replace(
            entry,
            quote=Quote(id=quoted.id, author=quoted.author, text=quoted.text[:200]) if quoted else None,
            reacts_to=reacted.id if reacted else "",
            reactions=tuple(EntryReaction(author=who, emoji=emoji) for who, emoji in emojis.items() if emoji),
        )

    def _add(self, theirs: Iterable[Document], ours: Iterable[Document]) -> None:
        known = [(item, inbound_entry(item)) for item in theirs] + [(item, outbound_entry(item)) for item in ours]
        self._by_provider_id |= {id_: entry for item, entry in known if (id_ := item.get("provider_message_id"))}

    def _replies_to(self, entry: TimelineEntry) -> str:
        document = self._documents.get(entry.id, {})
        return str((document.get("context") or {}).get("reply_to") or document.get("reply_to") or "")


def _reacts_to(entry: TimelineEntry) -> str:
    return str(entry.content.get("provider_message_id", "")) if entry.content.get("type") == "reaction" else ""


def _has_failed(entry: TimelineEntry) -> bool:
    return entry.delivery is not None and entry.delivery.state == OutboundState.FAILED.value


def _with_archive_notice(page: TimelinePage) -> TimelinePage:
    """Return the first page of a conversation, with a notice if it does not begin with the first turn."""
    messages = [entry for entry in page.entries if entry.kind == "message"]
    if not messages or messages[0].turn <= 1:
        return page
    return msgspec.structs.replace(page, archived=True, archived_before=messages[0].at)


def _message(output: Document) -> OutboundMessage | None:
    """Return the message in a record of a decision; None for other records, and for those that show nothing."""
    record = Record(topic=output["topic"], partition=-1, offset=-1, key=b"", value=bytes(output["value"]))
    try:
        message = decode(record)
    except (Undecodable, KeyError):
        return None
    shown = isinstance(message, OutboundMessage) and not isinstance(message.body, Presence)
    return message if shown else None
