"""Documents of the collection `outbound`, and what they are read as."""

from datetime import datetime

import msgspec

from shared.messages.inbound import Status
from shared.messages.outbound import Body, OutboundMessage, body_text, status_rank
from shared.repositories.outbound_views import OutboundState, StoredOutbound
from shared.storage.documents import from_document, plain, to_document
from shared.storage.mongo import Document

COLLECTION = "outbound"


def outbound_document(
    message: OutboundMessage,
    claim: str,
    at: datetime,
    state: OutboundState,
    not_before: datetime | None,
    follows: str = "",
) -> Document:
    """Return the document of a message that is stored for the first time. follows: see `outbound_order`."""
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
        **({"broadcast_flow": True} if message.broadcast_flow else {}),
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
        **({"follows": [follows]} if follows else {}),
    }


def message_of(document: Document) -> OutboundMessage:
    """Return the message itself, as its next record has it."""
    # Bodies are stored as plain JSON, in which a time is text.
    body = to_document(msgspec.convert(document["body"], Body))
    return from_document({**document, "id": document["_id"], "body": body}, OutboundMessage)


def stored_outbound(document: Document) -> StoredOutbound:
    """Return the state of a message."""
    return from_document({**document, "id": document["_id"]}, StoredOutbound)
