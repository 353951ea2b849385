"""Reads the copies of live events from MongoDB: rows as lists have them, messages as timelines have them."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from services.console.live.copies import Data, Row
from shared.operations.inbox.customers import shown_number
from shared.operations.inbox.rows import InboxReader, InboxRow, InboxRows
from shared.operations.timeline.entries import TimelineEntry, inbound_entry, outbound_entry
from shared.repositories.live_messages import LiveMessages
from shared.storage.mongo import Document, Mongo

_EVERYBODY = InboxReader(user="", numbers=True)
_HIDDEN = frozenset({"edit", "revoke"})  # contents that only change another message


class MongoReads:
    """Implements `LiveReads`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo

    async def rows(self, workspace: str, conversations: Collection[str]) -> Mapping[str, Row]:
        """See the port."""
        found = await InboxRows(self._mongo, workspace).by_id(list(conversations), _EVERYBODY)
        return {one.id: _row(one) for one in found}

    async def customer_messages(self, workspace: str, ids: Collection[str]) -> Mapping[str, Data]:
        """See the port."""
        found = await LiveMessages(self._mongo, workspace).inbound(ids)
        return {item["_id"]: _customer_message(item) for item in found}

    async def our_messages(self, workspace: str, ids: Collection[str]) -> Mapping[str, Data]:
        """See the port."""
        found = await LiveMessages(self._mongo, workspace).outbound(ids)
        return {item["_id"]: _our_message(item) for item in found}


def _row(row: InboxRow) -> Row:
    data: dict[str, Any] = msgspec.to_builtins(row)
    del data["unread"]  # each person's own
    masked = shown_number(row.customer.number, in_full=False)
    return Row(
        data=data,
        masked={**data, "customer": {**data["customer"], "number": masked}},
        channel=row.channel,
        assigned_to=row.assigned_to,
    )


def _customer_message(document: Document) -> Data:
    if document["content"].get("type") in _HIDDEN:
        return {"id": document["_id"], "hidden": True}
    if (document.get("context") or {}).get("reply_to") or document["content"].get("type") == "reaction":
        return _partial(document)
    return _plain(inbound_entry(document))


def _our_message(document: Document) -> Data:
    about = {"status": document["status"], "rank": document["rank"]}
    if document.get("reply_to") or document["body"].get("type") == "reaction":
        return {**_partial(document), **about, "delivery": _plain(outbound_entry(document))["delivery"]}
    return {**_plain(outbound_entry(document)), **about}


def _partial(document: Document) -> dict[str, Any]:
    """Return a message that refers to another one, which only the timeline looks up."""
    return {"id": document["_id"], "turn": document["turn"], "partial": True}


def _plain(entry: TimelineEntry) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(entry)
    return found
