"""Messages to customers, and how far they are. One writer: delivery.

The document is stored as `sending` before the provider is called: it is the claim of the first attempt. From then on
its state decides what a redelivered record leads to (the table: `services.delivery.sending.states`):

    sending    an attempt runs, or its process crashed: in doubt until a status or the grace period ends it
    waiting    an attempt failed, or may not be made yet; the next one is on `outbound.retry`
    held       its channel is stopped; `services.delivery.channels.release` releases it
    sent       the provider accepted it; `status` is the highest that it reported
    failed     it will not be sent, or a status reported that it failed

A failed status can lead to another attempt. The provider's id of the failed one is then kept in `superseded`: later
statuses of that id are stored in the history and change nothing else.
"""

from collections.abc import Sequence
from datetime import datetime

from pymongo import IndexModel

from shared.errors import Conflict
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import InboundStatus, ProviderError, Status
from shared.messages.outbound import Body, OnPhoneBody, OutboundMessage, body_text, status_rank
from shared.repositories import outbound_documents, outbound_pipelines
from shared.repositories.outbound_documents import message_of, outbound_document, stored_outbound
from shared.repositories.outbound_order import INDEX as ORDER_INDEX
from shared.repositories.outbound_order import OutboundOrder, PlaceTaken
from shared.repositories.outbound_statuses import STATUS_FIELDS, apply_together, outcome_of
from shared.repositories.outbound_views import HeldMessage, OutboundState, StatusOutcome, StoredOutbound
from shared.storage.documents import plain
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = outbound_documents.COLLECTION
HELD_INDEX = "held_messages"
INDEXES = [
    IndexModel([("workspace", 1), ("conversation_id", 1), ("turn", -1), ("index", -1)], name="history"),
    IndexModel([("workspace", 1), ("created_at", -1), ("_id", -1)], name="newest"),
    IndexModel([("provider_message_id", 1)], name="provider_id", sparse=True),
    IndexModel([("correlation_id", 1)], name="correlation"),
    IndexModel(
        [("workspace", 1), ("channel", 1), ("first_claimed_at", 1), ("state", 1)],  # with the state it covers counts
        name=HELD_INDEX,
        partialFilterExpression={"state": "held"},
    ),
    ORDER_INDEX,
]
HISTORY = 40  # attempts and statuses kept

_STORED_FIELDS: Document = {name: 1 for name in StoredOutbound.__struct_fields__ if name != "id"}


class OutboundMessages:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)
        self.order = OutboundOrder(mongo, workspace)

    async def claim(
        self,
        message: OutboundMessage,
        claim: str,
        at: datetime,
        *,
        state: OutboundState = OutboundState.SENDING,
        not_before: datetime | None = None,
        follows: str = "",
    ) -> StoredOutbound | None:
        """Store a message for the first time and return None, or return the state that is stored already.

        state: `waiting` (until `not_before`) or `held` where no attempt is to be made now. follows: see
        `outbound_order`. Raises PlaceTaken when another message follows the same one. Raises Conflict when the id is
        another workspace's: None would look like a claim.
        """
        try:
            await self._collection.insert(outbound_document(message, claim, at, state, not_before, follows))
        except Duplicate:
            before = await self.get(message.id)
            if before is None:
                raise PlaceTaken(follows) if follows else Conflict(message.id) from None
            return before
        return None

    async def written_on_phone(self, message: OutboundMessage, body: OnPhoneBody, at: datetime) -> bool:
        """Store a message that the business sent from its own phone; return False when it is stored already."""
        sent = {
            "provider_message_id": body.provider_message_id,
            "status": Status.SENT.value,
            "rank": status_rank(Status.SENT),
            "created_at": body.sent_at,
        }
        try:
            await self._collection.insert(outbound_document(message, "", at, OutboundState.SENT, None) | sent)
        except Duplicate:
            return False
        return True

    async def get(self, message_id: str) -> StoredOutbound | None:
        """Return the state of a message."""
        found = await self._collection.find_one({"_id": message_id}, _STORED_FIELDS)
        return stored_outbound(found) if found else None

    async def reclaim(self, before: StoredOutbound, claim: str, at: datetime, *, possible_duplicate: bool) -> bool:
        """Claim a stored message for another attempt; return False when it has changed since `before`."""
        matched = await self._collection.update(
            {"_id": before.id, "state": before.state.value, "claim": before.claim},
            {
                "$set": {
                    "state": OutboundState.SENDING.value,
                    "claim": claim,
                    "claimed_at": at,
                    "possible_duplicate": possible_duplicate or before.possible_duplicate,
                },
                "$inc": {"attempt": 1},
            },
        )
        return matched == 1

    async def put_aside(
        self,
        before: StoredOutbound,
        claim: str,
        state: OutboundState,
        not_before: datetime | None,
        *,
        possible_duplicate: bool,
    ) -> bool:
        """Store a message without an attempt as `waiting` until `not_before`, or as `held`; return False when it has
        changed since `before`.
        """
        matched = await self._collection.update(
            {"_id": before.id, "state": before.state.value, "claim": before.claim},
            {
                "$set": {
                    "state": state.value,
                    "claim": claim,
                    "not_before": not_before,
                    "possible_duplicate": possible_duplicate or before.possible_duplicate,
                }
            },
        )
        return matched == 1

    async def record_accepted(
        self, message_id: str, claim: str, provider_message_id: str, at: datetime, *, text: str = ""
    ) -> None:
        """Record that the provider accepted a message. A status that came first is not undone. text: as the customer
        reads it, where that is known only now.
        """
        shown = [{"$set": {"text": {"$literal": text}}}] if text else []
        await self._collection.write(
            {"_id": message_id},
            [
                *outbound_pipelines.record_accepted(
                    provider_message_id, at, {"at": at, "claim": claim, "outcome": "accepted"}
                ),
                *shown,
            ],
        )

    async def record_retry(
        self,
        message_id: str,
        claim: str,
        error: ProviderError,
        not_before: datetime,
        at: datetime,
        *,
        charged: bool = True,
        window_closed: bool = False,
    ) -> StoredOutbound | None:
        """Store a failed attempt; the next one is not before `not_before`. charged, window_closed: see
        `StoredOutbound`. None: the claim was lost.
        """
        found = await self._collection.find_and_update(
            {"_id": message_id, "claim": claim, "state": OutboundState.SENDING.value},
            {
                "$set": {
                    "state": OutboundState.WAITING.value,
                    "not_before": not_before,
                    "error": plain(error),
                    **({"window_closed": True} if window_closed else {}),
                },
                "$inc": {"charged": int(charged)},
                "$push": _failed_attempt(claim, error, at),
            },
            fields=_STORED_FIELDS,
            after=True,
        )
        return stored_outbound(found) if found else None

    async def record_hold(self, message_id: str, claim: str, error: ProviderError, at: datetime) -> None:
        """Record an attempt whose channel was refused; the message is held until the channel is resumed."""
        await self._collection.update(
            {"_id": message_id, "claim": claim, "state": OutboundState.SENDING.value},
            {
                "$set": {"state": OutboundState.HELD.value, "not_before": None, "error": plain(error)},
                "$push": _failed_attempt(claim, error, at),
            },
        )

    async def record_replacement(self, message_id: str, claim: str, body: Body, *, replaced: bool) -> None:
        """Record before the call which body is sent. replaced: it is not the message's own."""
        await self._collection.update(
            {"_id": message_id, "claim": claim},
            {"$set": {"instead": plain(body) if replaced else None, "text": body_text(body)}},
        )

    async def was_replaced_by(self, conversation_id: str, template: str, since: datetime, *, but: str) -> bool:
        """Return whether a template replaced another message of the conversation than `but` since then."""
        query: Document = {
            "conversation_id": conversation_id,
            "_id": {"$ne": but},
            "instead.name": template,
            "claimed_at": {"$gte": since},
            "state": {"$ne": OutboundState.FAILED.value},
        }
        return await self._collection.find_one(query, {"_id": 1}) is not None

    async def held_for(self, channel: str, *, limit: int) -> list[HeldMessage]:
        """Return the messages held for a channel, in the order of their first claims."""
        found = await self._collection.find(
            {"channel": channel, "state": OutboundState.HELD.value}, sort=[("first_claimed_at", 1)], limit=limit
        )
        return [HeldMessage(message=message_of(document), claim=document["claim"]) for document in found]

    async def release(self, held: HeldMessage, at: datetime) -> bool:
        """Store a held message, whose retry has been published, as `waiting`. Return False when it was held anew
        meanwhile, because its record was read before: then it is to be released once more.
        """
        matched = await self._collection.update(
            {"_id": held.message.id, "state": OutboundState.HELD.value, "claim": held.claim},
            {"$set": {"state": OutboundState.WAITING.value, "not_before": at, "since": at}},
        )
        return matched == 1

    async def message(self, message_id: str) -> OutboundMessage | None:
        """Return the message itself, as its next record has it."""
        found = await self._collection.find_one({"_id": message_id})
        return message_of(found) if found else None

    async def record_failure(
        self, message_id: str, claim: str, error: ProviderError, reason: DeadLetterReason, at: datetime
    ) -> bool:
        """Record that a message is given up; return False when the claim was lost. A later status overrules it."""
        matched = await self._collection.update(
            {"_id": message_id, "claim": claim, "state": OutboundState.SENDING.value},
            {
                "$set": {
                    "state": OutboundState.FAILED.value,
                    "status": Status.FAILED.value,
                    "failed_at": at,
                    "error": plain(error),
                    "reason": reason.value,
                },
                "$push": _failed_attempt(claim, error, at),
            },
        )
        return matched == 1

    async def reopen(self, message_id: str) -> bool:
        """Make a failed message ready for the replay of its record; return False when it had not failed."""
        return await self._reopen(
            {"_id": message_id, "state": OutboundState.FAILED.value},
            {"charged": 0, "not_before": None, "window_closed": False},
        )

    async def _reopen(self, query: Document, changes: Document) -> bool:
        try:
            matched = await self._collection.update(query, outbound_pipelines.reopen(changes, followed=False))
        except Duplicate:  # the next message is stored: it does not wait for this one
            matched = await self._collection.update(query, outbound_pipelines.reopen(changes, followed=True))
        return matched == 1

    async def retry_failed(
        self,
        message_id: str,
        provider_message_id: str,
        error: ProviderError,
        not_before: datetime | None,
        at: datetime,
        *,
        charged: bool,
        possible_duplicate: bool,
        window_closed: bool = False,
    ) -> bool:
        """Store a message that a status reported as failed as `waiting`, or with `not_before` None as `held`.

        window_closed: that was the reason. possible_duplicate: another attempt was in flight when the status came.
        Return False when it is in another state: it waits already, or was delivered after all.
        """
        state = OutboundState.WAITING if not_before else OutboundState.HELD
        entry = {"at": at, "claim": "", "outcome": "failed", "error": plain(error)}
        return await self._reopen(
            {"_id": message_id, "state": OutboundState.FAILED.value, "provider_message_id": provider_message_id},
            {
                "state": state.value,
                "not_before": not_before,
                "possible_duplicate": {"$or": ["$possible_duplicate", possible_duplicate]},
                "charged": {"$add": [{"$ifNull": ["$charged", 0]}, int(charged)]},
                "attempts": outbound_pipelines.append("$attempts", {"$literal": entry}, HISTORY),
                **({"window_closed": True} if window_closed else {}),
            },
        )

    async def status(self, status: InboundStatus) -> StatusOutcome | None:
        """Apply a status, never going back to a lower rank, and return what it changed; None: the message is unknown.

        The result is computed from the document read just before, except for a failed status, which can lead to another
        attempt, and for an unknown message: those are computed from the document that the update itself returns.
        """
        wanted = {"_id": status.outbound_id} if status.outbound_id else _by_provider_id(status)
        change = outbound_pipelines.apply_status(status, HISTORY)
        is_exact = status.status is Status.FAILED
        before = None if is_exact else await self._collection.look_up(wanted, STATUS_FIELDS)
        if before is not None:
            await self._collection.write({"_id": before["_id"]}, change)
        else:
            before = await self._collection.find_and_update(wanted, change, fields=dict.fromkeys(STATUS_FIELDS, 1))
        return outcome_of(before, status) if before else None

    async def apply_statuses(self, statuses: Sequence[InboundStatus]) -> list[StatusOutcome | None]:
        """Apply statuses of many messages at once; see `outbound_statuses.apply_together`."""
        return await apply_together(self._collection, statuses, history=HISTORY)


def _by_provider_id(status: InboundStatus) -> Document:
    return {"provider_message_id": status.provider_message_id, "provider": status.provider.value}


def _failed_attempt(claim: str, error: ProviderError, at: datetime) -> Document:
    entry = {"at": at, "claim": claim, "outcome": "failed", "error": plain(error)}
    return {"attempts": {"$each": [entry], "$slice": -HISTORY}}
