"""The last words of conversations, and how many messages of the customer came after a turn, for rows of a list.

One round trip for all rows of a page: three ranges of the indexes `history` per conversation, which are known because
the conversation's state has its latest turn (docs/decisions/0060-inbox-without-a-read-model.md).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from shared.messages.dead_letters import DeadLetterReason
from shared.repositories import inbound, outbound
from shared.repositories.outbound_views import OutboundState
from shared.storage.documents import from_document
from shared.storage.mongo import Document, Find, Mongo

CUSTOMER = "customer"
UNREAD_LIMIT = 100
"""Counts of unread messages stop here: more is shown as `99+`."""
_INBOUND: Document = dict.fromkeys(("conversation_id", "turn", "content", "received_at", "taken_back_at"), 1)
_OUTBOUND: Document = dict.fromkeys(
    ("conversation_id", "turn", "index", "text", "author", "created_at", "state", "reason"), 1
)
_COUNTED: Document = {"conversation_id": 1, "_id": 0}
_MOST_TURNS = 300  # of a conversation in which unread messages are counted
_MOST_OF_A_TURN = 20  # messages of ours


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The last message of a conversation. author: `customer`, or as in `shared.messages.outbound.Author`. failed: it is
    ours and was given up. in_doubt: then nobody knows whether the customer has it.
    """

    author: str
    text: str
    at: datetime
    failed: bool = False
    in_doubt: bool = False


class RowDetails(msgspec.Struct, frozen=True, kw_only=True):
    """The details of a conversation in a list. unread: the customer's messages after the given turn, at most
    `UNREAD_LIMIT`.
    """

    preview: Preview | None = None
    unread: int = 0


class RowNeed(msgspec.Struct, frozen=True, kw_only=True):
    """A request for the preview of a conversation. turn: its latest one. seen: the last turn that the reader has
    seen."""

    id: str
    turn: int
    seen: int = 0


class Previews:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._mongo = mongo
        self._workspace = workspace

    async def of(self, needs: Sequence[RowNeed]) -> dict[str, RowDetails]:
        """Return the details of conversations; only those of the latest turn, which nearly always has a message."""
        if not needs:
            return {}
        theirs, ours, unread = await self._mongo.find_each(self._finds(needs))
        inbound_of = {item["conversation_id"]: item for item in theirs}
        outbound_of: dict[str, Document] = {}
        for item in ours:
            last = outbound_of.setdefault(item["conversation_id"], item)
            if item["index"] > last["index"]:
                outbound_of[item["conversation_id"]] = item
        counted = Counter(item["conversation_id"] for item in unread)
        return {
            need.id: RowDetails(
                preview=_preview(inbound_of.get(need.id), outbound_of.get(need.id)),
                unread=min(UNREAD_LIMIT, counted[need.id]),
            )
            for need in needs
        }

    def _finds(self, needs: Sequence[RowNeed]) -> list[Find]:
        latest: list[Document] = [{"conversation_id": need.id, "turn": need.turn} for need in needs]
        unread: list[Document] = [
            {"conversation_id": need.id, "turn": {"$gt": max(need.seen, need.turn - _MOST_TURNS), "$lte": need.turn}}
            for need in needs
            if need.seen < need.turn
        ]
        return [
            self._find(inbound.COLLECTION, latest, _INBOUND, len(needs)),
            self._find(outbound.COLLECTION, latest, _OUTBOUND, _MOST_OF_A_TURN * len(needs)),
            self._find(inbound.COLLECTION, unread or [{"conversation_id": ""}], _COUNTED, _MOST_TURNS * len(needs)),
        ]

    def _find(self, collection: str, either: list[Document], fields: Document, limit: int) -> Find:
        # The workspace is in each alternative, so that each is one range of the index.
        mine = [{"workspace": self._workspace, **one} for one in either]
        return Find(collection=collection, query={"$or": mine}, fields=fields, limit=limit)


def _preview(theirs: Document | None, ours: Document | None) -> Preview | None:
    if ours is not None:
        failed = ours["state"] == OutboundState.FAILED.value
        in_doubt = failed and ours.get("reason") == DeadLetterReason.IN_DOUBT.value
        return Preview(
            author=ours["author"], text=ours["text"], at=ours["created_at"], failed=failed, in_doubt=in_doubt
        )
    if theirs is None:
        return None
    words = from_document({**theirs, "id": theirs["_id"], "text": ""}, inbound.StoredInbound).words
    return Preview(author=CUSTOMER, text=words, at=theirs["received_at"])
