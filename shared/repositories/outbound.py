"""Messages of ours and what became of them. One writer: delivery.

A document is made, as `sending`, before the provider is called: it is the claim. From then on its state tells a second
delivery of the same record what to do:

    sending    somebody calls the provider now, or did when it crashed: in doubt until a status or the grace period says
    waiting    a try failed; the next one is on `outbound.retry`
    sent       the provider accepted it; `status` says how far it got
    failed     it will not be sent
"""

from datetime import datetime
from enum import StrEnum

import msgspec
from pymongo import IndexModel

from shared.errors import Conflict
from shared.messages.inbound import InboundStatus, ProviderError, Status
from shared.messages.outbound import OutboundMessage, rank
from shared.repositories.documents import from_document, plain
from shared.repositories.mongo import Document, Duplicate, Mongo
from shared.repositories.scoped import Scoped

COLLECTION = "outbound"
INDEXES = [
    IndexModel([("workspace", 1), ("conversation_id", 1), ("turn", -1), ("index", -1)], name="history"),
    IndexModel([("provider_message_id", 1)], name="provider_id", sparse=True),
    IndexModel([("correlation_id", 1)], name="correlation"),
    IndexModel(
        [("workspace", 1), ("conversation_id", 1)], name="waiting", partialFilterExpression={"state": "waiting"}
    ),
]
_HISTORY = 40  # attempts and statuses kept


class State(StrEnum):
    SENDING = "sending"
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What delivery needs to know of a message that was claimed before. claim: who took it, and for which attempt."""

    id: str
    state: State
    claimed_at: datetime
    claim: str = ""
    attempt: int = 1
    possible_duplicate: bool = False
    provider_message_id: str | None = None
    not_before: datetime | None = None
    error: dict[str, str] = {}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ours as the history has it."""

    id: str
    turn: int
    index: int
    text: str
    author: str


class StatusOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a status did. advanced: the message's status is now this one."""

    id: str
    conversation_id: str
    correlation_id: str
    advanced: bool


class OutboundMessages:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def claim(self, message: OutboundMessage, claim: str, at: datetime) -> Sent | None:
        """Make the document; None when that is done, otherwise what was there before.

        Raises Conflict when the id is another workspace's: None would look like a claim.
        """
        try:
            await self._collection.insert(_document(message, claim, at))
        except Duplicate:
            before = await self.get(message.id)
            if before is None:
                raise Conflict(message.id) from None
            return before
        return None

    async def get(self, message_id: str) -> Sent | None:
        """The state of a message."""
        found = await self._collection.find_one(
            {"_id": message_id},
            {
                "state": 1,
                "claim": 1,
                "claimed_at": 1,
                "attempt": 1,
                "possible_duplicate": 1,
                "provider_message_id": 1,
                "not_before": 1,
                "error": 1,
            },
        )
        return from_document({**found, "id": found["_id"]}, Sent) if found else None

    async def reclaim(self, before: Sent, claim: str, at: datetime, *, possible_duplicate: bool) -> bool:
        """Take a message that waits, or is in doubt, for a further try; False when somebody else was quicker."""
        matched = await self._collection.update(
            {"_id": before.id, "state": before.state.value, "claim": before.claim},
            {
                "$set": {
                    "state": State.SENDING.value,
                    "claim": claim,
                    "claimed_at": at,
                    "possible_duplicate": possible_duplicate or before.possible_duplicate,
                },
                "$inc": {"attempt": 1},
            },
        )
        return matched == 1

    async def accepted(self, message_id: str, claim: str, provider_message_id: str, at: datetime) -> None:
        """The provider has it. A status that came first is not undone."""
        await self._collection.update(
            {"_id": message_id},
            [
                {
                    "$set": {
                        "state": State.SENT.value,
                        "sent_at": {"$ifNull": ["$sent_at", at]},
                        "provider_message_id": {"$literal": provider_message_id},
                        "attempts": _appended("$attempts", {"at": at, "claim": claim, "outcome": "accepted"}),
                    }
                }
            ],
        )

    async def wait(self, message_id: str, claim: str, error: ProviderError, not_before: datetime, at: datetime) -> None:
        """A try failed; the next one is not before `not_before`."""
        await self._collection.update(
            {"_id": message_id, "claim": claim, "state": State.SENDING.value},
            {
                "$set": {"state": State.WAITING.value, "not_before": not_before, "error": plain(error)},
                "$push": _push("attempts", {"at": at, "claim": claim, "outcome": "failed", "error": plain(error)}),
            },
        )

    async def hold(self, message_id: str, claim: str, not_before: datetime) -> None:
        """A claimed message is to wait for an earlier one of its conversation; no try was made."""
        await self._collection.update(
            {"_id": message_id, "claim": claim, "state": State.SENDING.value},
            {"$set": {"state": State.WAITING.value, "not_before": not_before}, "$inc": {"attempt": -1}},
        )

    async def waiting_before(self, conversation_id: str, turn: int, index: int) -> datetime | None:
        """When the next try of an earlier message of the conversation is due, if one waits."""
        found = await self._collection.find(
            {
                "conversation_id": conversation_id,
                "state": State.WAITING.value,
                "$or": [{"turn": {"$lt": turn}}, {"turn": turn, "index": {"$lt": index}}],
            },
            fields={"not_before": 1},
            sort=[("not_before", -1)],
            limit=1,
        )
        return found[0]["not_before"] if found else None

    async def failed(self, message_id: str, claim: str, error: ProviderError, at: datetime) -> None:
        """It will not be sent."""
        await self._collection.update(
            {"_id": message_id, "claim": claim, "state": State.SENDING.value},
            {
                "$set": {
                    "state": State.FAILED.value,
                    "status": Status.FAILED.value,
                    "rank": rank(Status.FAILED),
                    "failed_at": at,
                    "error": plain(error),
                },
                "$push": _push("attempts", {"at": at, "claim": claim, "outcome": "failed", "error": plain(error)}),
            },
        )

    async def reopen(self, message_id: str) -> bool:
        """Have a failed message tried again when its record is replayed; for operators. False: it had not failed."""
        matched = await self._collection.update(
            {"_id": message_id, "state": State.FAILED.value},
            {"$set": {"state": State.WAITING.value, "status": Status.QUEUED.value, "rank": rank(Status.QUEUED)}},
        )
        return matched == 1

    async def status(self, status: InboundStatus) -> StatusOutcome | None:
        """Apply a status in one operation; it never goes back to a lower rank. None when the message is not known."""
        new_rank = rank(status.status)
        entry = {
            "$literal": {
                "id": status.id,
                "status": status.status.value,
                "at": status.occurred_at,
                "received_at": status.created_at,
                "errors": plain(status.errors),
            }
        }
        higher = {"$gt": [new_rank, "$rank"]}
        change: Document = {
            "status": {"$cond": [higher, status.status.value, "$status"]},
            "rank": {"$max": ["$rank", new_rank]},
            "statuses": {
                "$cond": [
                    {"$in": [status.id, "$statuses.id"]},
                    "$statuses",
                    _appended("$statuses", entry),
                ]
            },
            # Only what was accepted has a status: whatever we believed, it was sent.
            "state": State.SENT.value,
            "sent_at": {"$ifNull": ["$sent_at", status.occurred_at]},
            "provider_message_id": {"$ifNull": ["$provider_message_id", {"$literal": status.provider_message_id}]},
        }
        if status.errors:
            change["error"] = {"$cond": [higher, {"$literal": plain(status.errors[0])}, "$error"]}
        wanted = {"_id": status.outbound_id} if status.outbound_id else _by_provider(status)
        before = await self._collection.find_and_update(
            wanted, [{"$set": change}], fields={"rank": 1, "conversation_id": 1, "correlation_id": 1}
        )
        if before is None:
            return None
        return StatusOutcome(
            id=before["_id"],
            conversation_id=before["conversation_id"],
            correlation_id=before["correlation_id"],
            advanced=new_rank > before["rank"],
        )

    async def last(self, conversation_id: str, *, before_turn: int, limit: int) -> list[Said]:
        """The last `limit` messages of turns before `before_turn`, oldest first; what failed was not said."""
        found = await self._collection.find(
            {"conversation_id": conversation_id, "turn": {"$lt": before_turn}, "state": {"$ne": State.FAILED.value}},
            fields={"turn": 1, "index": 1, "text": 1, "author": 1},
            sort=[("turn", -1), ("index", -1)],
            limit=limit,
        )
        return [from_document({**item, "id": item["_id"]}, Said) for item in reversed(found)]


def _by_provider(status: InboundStatus) -> Document:
    return {"provider_message_id": status.provider_message_id, "provider": status.provider.value}


def _appended(array: str, entry: Document) -> Document:
    return {"$slice": [{"$concatArrays": [array, [entry]]}, -_HISTORY]}


def _push(array: str, entry: Document) -> Document:
    return {array: {"$each": [entry], "$slice": -_HISTORY}}


def _document(message: OutboundMessage, claim: str, at: datetime) -> Document:
    body = plain(message.body)
    return {
        "_id": message.id,
        "workspace": message.workspace,
        "conversation_id": message.conversation_id,
        "customer_id": message.customer_id,
        "correlation_id": message.correlation_id,
        "cause": message.cause,
        "channel": message.channel,
        "provider": message.provider.value,
        "author": message.author.value,
        "turn": message.turn,
        "index": message.index,
        "body": body,
        "text": body.get("body", ""),
        "created_at": message.created_at,
        "state": State.SENDING.value,
        "claim": claim,
        "claimed_at": at,
        "first_claimed_at": at,
        "attempt": 1,
        "attempts": [],
        "status": Status.QUEUED.value,
        "rank": rank(Status.QUEUED),
        "statuses": [],
    }
