"""MongoDB update pipelines by which statuses and answers change the document of a message in one operation. Pure.

A status never goes back to a lower rank. One about an earlier attempt (its provider's id is among `superseded`) is
kept in the history and changes nothing else.
"""

from datetime import datetime
from typing import Any

from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import InboundStatus, Status
from shared.messages.outbound import status_rank
from shared.storage.documents import plain
from shared.storage.mongo import Document

_SUPERSEDED_MOST = 40
_SUPERSEDED = {"$ifNull": ["$superseded", []]}


def append(array: str, entry: Any, most: int) -> Document:
    """Return an expression for an array with one more entry, cut to the last `most`."""
    return {"$slice": [{"$concatArrays": [array, [entry]]}, -most]}


def apply_status(status: InboundStatus, history: int) -> list[Document]:
    """Return the pipeline of a status. history: statuses kept."""
    new_rank = status_rank(status.status)
    provider_id = {"$literal": status.provider_message_id}
    current = {"$not": [{"$in": [provider_id, _SUPERSEDED]}]}
    higher = {"$and": [current, {"$gt": [new_rank, "$rank"]}]}
    entry = {
        "$literal": {
            "id": status.id,
            "status": status.status.value,
            "at": status.occurred_at,
            "received_at": status.created_at,
            "errors": plain(status.errors),
        }
    }
    change: Document = {
        "status": {"$cond": [higher, status.status.value, "$status"]},
        "rank": {"$cond": [higher, new_rank, "$rank"]},
        "statuses": {"$cond": [{"$in": [status.id, "$statuses.id"]}, "$statuses", append("$statuses", entry, history)]},
        "state": {"$cond": [higher if status.status is Status.FAILED else current, _state_after(status), "$state"]},
        # Only an accepted message has a status: it was sent, whatever its state was before.
        "sent_at": {"$ifNull": ["$sent_at", status.occurred_at]},
        "provider_message_id": {
            "$cond": [current, {"$ifNull": ["$provider_message_id", provider_id]}, "$provider_message_id"]
        },
    }
    if status.errors:
        change["error"] = {"$cond": [higher, {"$literal": plain(status.errors[0])}, "$error"]}
    return [{"$set": change}]


def _state_after(status: InboundStatus) -> Any:
    if status.status is Status.FAILED:
        return "failed"
    # A late `sent` changes nothing of a message that has failed at the provider since.
    failed_there = {
        "$and": [
            {"$eq": ["$rank", status_rank(Status.FAILED)]},
            {"$gt": [status_rank(Status.FAILED), status_rank(status.status)]},
        ]
    }
    return {"$cond": [failed_there, "$state", "sent"]}


def record_accepted(provider_message_id: str, at: datetime, entry: Document) -> list[Document]:
    """Return the pipeline of the provider's answer: the message is sent, unless a status has reported its failure."""
    provider_id = {"$literal": provider_message_id}
    superseded = {"$in": [provider_id, _SUPERSEDED]}
    failed = {"$and": [{"$eq": ["$rank", status_rank(Status.FAILED)]}, {"$eq": ["$provider_message_id", provider_id]}]}
    return [
        {
            "$set": {
                "state": {"$cond": [{"$or": [superseded, failed]}, "$state", "sent"]},
                "sent_at": {"$ifNull": ["$sent_at", at]},
                "provider_message_id": {"$cond": [superseded, "$provider_message_id", provider_id]},
                "attempts": append("$attempts", {"$literal": entry}, 40),
            }
        }
    ]


def reopen(changes: Document, *, followed: bool) -> list[Document]:
    """Return the pipeline that makes a failed message `waiting`; statuses of the failed attempt become history. The
    reason of its dead letter ends: the next failure has its own.

    followed: the next message of the conversation is stored; otherwise this one takes the place after itself, so that
    no process that knows it as finished stores another one there (`outbound_order`).
    """
    return [
        {
            "$set": {
                "state": "waiting",
                "since": "$$NOW",
                "status": Status.QUEUED.value,
                "rank": status_rank(Status.QUEUED),
                "possible_duplicate": {
                    "$or": ["$possible_duplicate", {"$eq": ["$reason", DeadLetterReason.IN_DOUBT.value]}]
                },
                "superseded": {
                    "$slice": [
                        {
                            "$concatArrays": [
                                _SUPERSEDED,
                                {"$cond": ["$provider_message_id", ["$provider_message_id"], []]},
                            ]
                        },
                        -_SUPERSEDED_MOST,
                    ]
                },
                **({} if followed else {"follows": {"$setUnion": [{"$ifNull": ["$follows", []]}, ["$_id"]]}}),
                **changes,
            }
        },
        {"$unset": ["provider_message_id", "reason"]},
    ]
