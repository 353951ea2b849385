"""Reads the copies of live events from MongoDB: rows as lists have them, messages as timelines have them."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from services.console.live.copies import Message, Row
from shared.operations.inbox.rows import InboxRow, InboxRows
from shared.operations.timeline.entries import TimelineEntry, inbound_entry, masked_entry, outbound_entry
from shared.repositories.live_messages import LiveMessages
from shared.storage.mongo import Document, Mongo

_HIDDEN = frozenset({"edit", "revoke"})  # contents that only change another message


class MongoReads:
    """Implements `LiveReads`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo

    async def rows(self, workspace: str, conversations: Collection[str]) -> Mapping[str, Row]:
        """See the port."""
        found = await InboxRows(self._mongo, workspace).full_and_masked(list(conversations))
        return {full.id: row_of(full, masked) for full, masked in found}

    async def customer_messages(self, workspace: str, ids: Collection[str]) -> Mapping[str, Message]:
        """See the port."""
        found = await LiveMessages(self._mongo, workspace).inbound(ids)
        return {item["_id"]: customer_message(item) for item in found}

    async def our_messages(self, workspace: str, ids: Collection[str]) -> Mapping[str, Message]:
        """See the port."""
        found = await LiveMessages(self._mongo, workspace).outbound(ids)
        return {item["_id"]: our_message(item) for item in found}


def row_of(full: InboxRow, masked: InboxRow) -> Row:
    """Return the copies of a row, which is given with phone numbers and without."""
    return Row(data=_row_data(full), masked=_row_data(masked), channel=full.channel, assigned_to=full.assigned_to)


def customer_message(document: Document) -> Message:
    """Return the copies of a customer's message."""
    if document["content"].get("type") in _HIDDEN:
        return _same({"id": document["_id"]}, hidden=True)
    if (document.get("context") or {}).get("reply_to") or document["content"].get("type") == "reaction":
        return _same(_partial(document))
    entry = inbound_entry(document)
    return Message(_plain(entry), _plain(masked_entry(entry)))


def our_message(document: Document) -> Message:
    """Return the copies of a message to a customer."""
    about = {"status": document["status"], "rank": document["rank"]}
    entry = outbound_entry(document)
    full, masked = _plain(entry), _plain(masked_entry(entry))
    if document.get("reply_to") or document["body"].get("type") == "reaction":
        about |= _partial(document)
        full, masked = ({"delivery": one["delivery"]} for one in (full, masked))
    return Message({**full, **about}, {**masked, **about})


def _row_data(row: InboxRow) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(row)
    del data["unread"]  # each person's own
    return data


def _partial(document: Document) -> dict[str, Any]:
    """Return a message that refers to another one, which only the timeline looks up."""
    return {"id": document["_id"], "turn": document["turn"], "partial": True}


def _same(data: dict[str, Any], *, hidden: bool = False) -> Message:
    return Message(data, data, hidden)


def _plain(entry: TimelineEntry) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(entry)
    return found
