"""Messages of ours and what became of them. One writer: delivery.

A document is made, as `sending`, before the provider is called: it is the claim. From then on its state tells a second
delivery of the same record what to do:

    sending    somebody calls the provider now, or did when it crashed: in doubt until a status or the grace period says
    waiting    a try failed, or its turn has not come; the next one is on `outbound.retry`
    held       its channel has been stopped; `services.delivery.channels.release` sends it on when the channel is mended
    sent       the provider accepted it; `status` says how far it got
    failed     it will not be sent, or a status said so after it was

A failure that comes as a status can be worth another try. The provider's id of the failed one is then kept in
`superseded`: what is said about that id later belongs to the history and changes nothing else.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.errors import Conflict
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import InboundStatus, ProviderError, Status
from shared.messages.outbound import Author, Body, OnPhoneBody, OutboundMessage, body_text, status_rank
from shared.repositories import outbound_pipelines
from shared.repositories.outbound_views import (
    DeliveryProgress,
    HeldMessage,
    HistoryMessage,
    OutboundState,
    PreviousMessage,
    StatusOutcome,
    StoredOutbound,
)
from shared.storage.documents import from_document, plain, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "outbound"
INDEXES = [
    IndexModel([("workspace", 1), ("conversation_id", 1), ("turn", -1), ("index", -1)], name="history"),
    IndexModel([("provider_message_id", 1)], name="provider_id", sparse=True),
    IndexModel([("correlation_id", 1)], name="correlation"),
    IndexModel(
        [("workspace", 1), ("channel", 1), ("first_claimed_at", 1)],
        name="held",
        partialFilterExpression={"state": "held"},
    ),
]
HISTORY = 40  # attempts and statuses kept


_OF_STATUS = (
    "rank",
    "state",
    "status",
    "channel",
    "conversation_id",
    "correlation_id",
    "provider_message_id",
    "superseded",
    "attempt",
    "charged",
    "since",
    "instead.name",
)
OF_SAID: Document = dict.fromkeys(("turn", "index", "text", "author", "provider_message_id"), 1)
_OF_SENT: Document = {name: 1 for name in StoredOutbound.__struct_fields__ if name != "id"}


class OutboundMessages:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def claim(
        self,
        message: OutboundMessage,
        claim: str,
        at: datetime,
        *,
        state: OutboundState = OutboundState.SENDING,
        not_before: datetime | None = None,
    ) -> StoredOutbound | None:
        """Make the document; None when that is done, otherwise what was there before.

        state: `waiting` (until `not_before`) or `held` where no try is to be made now. Raises Conflict when the id is
        another workspace's: None would look like a claim.
        """
        try:
            await self._collection.insert(_document(message, claim, at, state, not_before))
        except Duplicate:
            before = await self.get(message.id)
            if before is None:
                raise Conflict(message.id) from None
            return before
        return None

    async def written_on_phone(self, message: OutboundMessage, body: OnPhoneBody, at: datetime) -> bool:
        """Record a message that the business has sent from its own phone; False when it is there already."""
        sent = {
            "provider_message_id": body.provider_message_id,
            "status": Status.SENT.value,
            "rank": status_rank(Status.SENT),
            "created_at": body.sent_at,
        }
        try:
            await self._collection.insert(_document(message, "", at, OutboundState.SENT, None) | sent)
        except Duplicate:
            return False
        return True

    async def get(self, message_id: str) -> StoredOutbound | None:
        """The state of a message."""
        found = await self._collection.find_one({"_id": message_id}, _OF_SENT)
        return _sent(found) if found else None

    async def reclaim(self, before: StoredOutbound, claim: str, at: datetime, *, possible_duplicate: bool) -> bool:
        """Take a message that waits, or is in doubt, for a further try; False when somebody else was quicker."""
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

    async def shelve(
        self,
        before: StoredOutbound,
        claim: str,
        state: OutboundState,
        not_before: datetime | None,
        *,
        possible_duplicate: bool,
    ) -> bool:
        """Have a message that waits, or is in doubt, wait (on): `waiting` until `not_before`, or `held`. False when
        somebody else was quicker.
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

    async def accepted(
        self, message_id: str, claim: str, provider_message_id: str, at: datetime, *, text: str = ""
    ) -> None:
        """The provider has it. A status that came first is not undone. text: as the customer reads it, where that is
        known only now.
        """
        read = [{"$set": {"text": {"$literal": text}}}] if text else []
        await self._collection.write(
            {"_id": message_id},
            [
                *outbound_pipelines.accepted(
                    provider_message_id, at, {"at": at, "claim": claim, "outcome": "accepted"}
                ),
                *read,
            ],
        )

    async def wait(
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
        """A try failed; the next one is not before `not_before`. charged, window_closed: see `StoredOutbound`. None:
        the claim was lost.
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
                "$push": _failed_try(claim, error, at),
            },
            fields=_OF_SENT,
            after=True,
        )
        return _sent(found) if found else None

    async def hold(self, message_id: str, claim: str, error: ProviderError, at: datetime) -> None:
        """A try failed for the channel's sake: the message waits until the channel is mended."""
        await self._collection.update(
            {"_id": message_id, "claim": claim, "state": OutboundState.SENDING.value},
            {
                "$set": {"state": OutboundState.HELD.value, "not_before": None, "error": plain(error)},
                "$push": _failed_try(claim, error, at),
            },
        )

    async def sent_as(self, message_id: str, claim: str, body: Body, *, instead: bool) -> None:
        """Before the call: what the customer is about to be shown. instead: not what the message itself says."""
        await self._collection.update(
            {"_id": message_id, "claim": claim},
            {"$set": {"instead": plain(body) if instead else None, "text": body_text(body)}},
        )

    async def stood_in(self, conversation_id: str, template: str, since: datetime, *, but: str) -> bool:
        """Whether a template has stood in for a message of the conversation since then; but: other than this one."""
        query: Document = {
            "conversation_id": conversation_id,
            "_id": {"$ne": but},
            "instead.name": template,
            "claimed_at": {"$gte": since},
            "state": {"$ne": OutboundState.FAILED.value},
        }
        return await self._collection.find_one(query, {"_id": 1}) is not None

    async def held(self, channel: str, *, limit: int) -> list[HeldMessage]:
        """The messages that are held for a channel, in the order of their first claims."""
        found = await self._collection.find(
            {"channel": channel, "state": OutboundState.HELD.value}, sort=[("first_claimed_at", 1)], limit=limit
        )
        return [HeldMessage(message=_message(document), claim=document["claim"]) for document in found]

    async def release(self, held: HeldMessage, at: datetime) -> bool:
        """A held message has been put on its way again. False when its record was read before this and it is held
        anew: then it is to be put on its way once more.
        """
        matched = await self._collection.update(
            {"_id": held.message.id, "state": OutboundState.HELD.value, "claim": held.claim},
            {"$set": {"state": OutboundState.WAITING.value, "not_before": at, "since": at}},
        )
        return matched == 1

    async def progress(self, message_ids: Sequence[str]) -> dict[str, DeliveryProgress]:
        """How far these messages are, by id; those that have not reached delivery are left out."""
        fields = {"state": 1, "status": 1, "error": 1, "reason": 1, "attempts": 1, "provider": 1}
        found = await self._collection.find(
            {"_id": {"$in": list(message_ids)}}, fields=fields, limit=max(1, len(message_ids))
        )
        return {item["_id"]: _progress(item) for item in found}

    async def previous(self, conversation_id: str, turn: int, index: int) -> PreviousMessage | None:
        """The message of the conversation before the one at `turn` and `index`. A broadcast's is none: no reply waits
        for it.
        """
        found: list[Document] = []
        if index > 0:
            found = await self._last_of({"conversation_id": conversation_id, "turn": turn, "index": {"$lt": index}})
        if not found:
            found = await self._last_of({"conversation_id": conversation_id, "turn": {"$lt": turn}})
        return from_document(found[0], PreviousMessage) if found else None

    async def _last_of(self, query: Document) -> list[Document]:
        query["author"] = {"$ne": Author.BROADCAST.value}
        return await self._collection.find(
            query, fields={"state": 1, "claimed_at": 1, "not_before": 1}, sort=[("turn", -1), ("index", -1)], limit=1
        )

    async def reached(self, conversation_id: str, turn: int) -> bool:
        """Whether an answer of this turn has reached delivery."""
        query: Document = {"conversation_id": conversation_id, "turn": turn, "author": {"$ne": Author.BROADCAST.value}}
        return await self._collection.find_one(query, {"_id": 1}) is not None

    async def in_conversation(self, conversation_id: str, provider_message_id: str) -> bool:
        """Whether a message of ours to this conversation has the provider's id."""
        query: Document = {"conversation_id": conversation_id, "provider_message_id": provider_message_id}
        return await self._collection.find_one(query, {"_id": 1}) is not None

    async def message(self, message_id: str) -> OutboundMessage | None:
        """The message itself, as its next record says it."""
        found = await self._collection.find_one({"_id": message_id})
        return _message(found) if found else None

    async def failed(
        self, message_id: str, claim: str, error: ProviderError, reason: DeadLetterReason, at: datetime
    ) -> bool:
        """It will not be sent. Should a status come all the same, that is believed. False: the claim was lost."""
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
                "$push": _failed_try(claim, error, at),
            },
        )
        return matched == 1

    async def reopen(self, message_id: str) -> bool:
        """Have a failed message tried again when its record is replayed; for operators. False: it had not failed."""
        matched = await self._collection.update(
            {"_id": message_id, "state": OutboundState.FAILED.value},
            outbound_pipelines.reopened({"charged": 0, "not_before": None, "window_closed": False}),
        )
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
        """Have a message that a status reported as failed tried again; `not_before` None: when its channel is mended.

        window_closed: that was the reason. possible_duplicate: a further try was under way when the status came. False
        when it is not in that state: it is tried again already, or has arrived after all.
        """
        state = OutboundState.WAITING if not_before else OutboundState.HELD
        entry = {"at": at, "claim": "", "outcome": "failed", "error": plain(error)}
        matched = await self._collection.update(
            {"_id": message_id, "state": OutboundState.FAILED.value, "provider_message_id": provider_message_id},
            outbound_pipelines.reopened(
                {
                    "state": state.value,
                    "not_before": not_before,
                    "possible_duplicate": {"$or": ["$possible_duplicate", possible_duplicate]},
                    "charged": {"$add": [{"$ifNull": ["$charged", 0]}, int(charged)]},
                    "attempts": outbound_pipelines.appended("$attempts", {"$literal": entry}, HISTORY),
                    **({"window_closed": True} if window_closed else {}),
                }
            ),
        )
        return matched == 1

    async def status(self, status: InboundStatus) -> StatusOutcome | None:
        """Apply a status; it never goes back to a lower rank. None when the message is not known.

        What it did is judged by what was there just before, and of one that says `failed`, which can lead to another
        try, by what it changed; so is that there is no such message.
        """
        wanted = {"_id": status.outbound_id} if status.outbound_id else _by_provider(status)
        change = outbound_pipelines.applied(status, HISTORY)
        exactly = status.status is Status.FAILED
        before = None if exactly else await self._collection.look_up(wanted, _OF_STATUS)
        if before is not None:
            await self._collection.write({"_id": before["_id"]}, change)
        else:
            before = await self._collection.find_and_update(wanted, change, fields=dict.fromkeys(_OF_STATUS, 1))
        return _outcome(before, status) if before else None

    async def last(self, conversation_id: str, *, before_turn: int, limit: int) -> list[HistoryMessage]:
        """The last `limit` messages of turns before `before_turn`, oldest first; what failed was not said."""
        found = await self._collection.find(
            {
                "conversation_id": conversation_id,
                "turn": {"$lt": before_turn},
                "state": {"$ne": OutboundState.FAILED.value},
            },
            fields=OF_SAID,
            sort=[("turn", -1), ("index", -1)],
            limit=limit,
        )
        return [from_document({**item, "id": item["_id"]}, HistoryMessage) for item in reversed(found)]


def _outcome(before: Document, status: InboundStatus) -> StatusOutcome:
    """What a status did to a message that was as it is `before`."""
    superseded = status.provider_message_id in before.get("superseded", [])
    advanced = not superseded and status_rank(status.status) > before["rank"]
    said_before = (
        before["state"] == OutboundState.FAILED.value
        and before.get("provider_message_id") == status.provider_message_id
    )
    return StatusOutcome(
        id=before["_id"],
        channel=before["channel"],
        conversation_id=before["conversation_id"],
        correlation_id=before["correlation_id"],
        advanced=advanced,
        known=not superseded and _told(before) == status.status,
        failed=status.status is Status.FAILED and not superseded and (advanced or said_before),
        retried=status.status is Status.FAILED and superseded and before["state"] == OutboundState.WAITING.value,
        in_call=before["state"] == OutboundState.SENDING.value,
        attempt=before.get("attempt", 0),
        charged=before.get("charged", 0),
        since=before.get("since"),
        instead=bool(before.get("instead")),
    )


def _told(before: Document) -> str:
    """The status that a provider has told, as opposed to one that we have set ourselves."""
    return str(before["status"]) if before["rank"] > status_rank(Status.QUEUED) else ""


def _by_provider(status: InboundStatus) -> Document:
    return {"provider_message_id": status.provider_message_id, "provider": status.provider.value}


def _failed_try(claim: str, error: ProviderError, at: datetime) -> Document:
    entry = {"at": at, "claim": claim, "outcome": "failed", "error": plain(error)}
    return {"attempts": {"$each": [entry], "$slice": -HISTORY}}


def _progress(document: Document) -> DeliveryProgress:
    failed = [item for item in document.get("attempts", ()) if item.get("outcome") == "failed"]
    failures = [(item.get("error", {}).get("code", ""), item["at"]) for item in failed]
    return from_document({**document, "id": document["_id"], "failures": failures}, DeliveryProgress)


def _sent(document: Document) -> StoredOutbound:
    return from_document({**document, "id": document["_id"]}, StoredOutbound)


def _message(document: Document) -> OutboundMessage:
    # Bodies are stored as plain JSON, in which a time is text.
    body = to_document(msgspec.convert(document["body"], Body))
    return from_document({**document, "id": document["_id"], "body": body}, OutboundMessage)


def _document(
    message: OutboundMessage, claim: str, at: datetime, state: OutboundState, not_before: datetime | None
) -> Document:
    return {
        "_id": message.id,
        "workspace": message.workspace,
        "conversation_id": message.conversation_id,
        "customer_id": message.customer_id,
        "correlation_id": message.correlation_id,
        "cause": message.cause,
        "channel": message.channel,
        "provider": message.provider.value,
        "address": message.address,
        "reply_to": message.reply_to,
        "received_at": message.received_at,
        "author": message.author.value,
        "turn": message.turn,
        "index": message.index,
        "body": plain(message.body),
        "if_closed": plain(message.if_closed),
        "text": body_text(message.body),
        "created_at": message.created_at,
        "state": state.value,
        "not_before": not_before,
        "claim": claim,
        "claimed_at": at,
        "first_claimed_at": at,
        "since": at,
        "attempt": 1 if state is OutboundState.SENDING else 0,
        "charged": 0,
        "attempts": [],
        "status": Status.QUEUED.value,
        "rank": status_rank(Status.QUEUED),
        "statuses": [],
    }
