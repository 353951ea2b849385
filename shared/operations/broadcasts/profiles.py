"""Profiles of recipients: customer, conversation, erasure; read for many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.domain import ids
from shared.domain.broadcast import Broadcast, Recipient, RecipientState, recipient_id
from shared.domain.conversation import Conversation
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.erasure_guard import ErasureGuard, is_gone
from shared.storage.mongo import Mongo

_NOT_SENT = frozenset({RecipientState.PENDING, RecipientState.SKIPPED, RecipientState.FAILED, RecipientState.CANCELLED})
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RecipientProfile:
    """The facts about a recipient that decide what is sent. customer: see `shared.domain.customer.customer_view`; None:
    unknown. conversation: on the broadcast's channel, if there is one. erased: since the broadcast was made, or before
    without having written again. twice: another recipient is the same person, and is the one to send to.
    """

    recipient: Recipient
    customer: dict[str, Any] | None = None
    conversation: Conversation | None = None
    erased: bool = False
    twice: bool = False

    @property
    def key(self) -> str:
        """Identity key from which the ids of the person's conversations are derived."""
        return (self.customer or {}).get("key") or self.identity

    @property
    def undeliverable(self) -> bool:
        """True when the last message could not be delivered; always False for unknown customers."""
        return (self.customer or {}).get("undeliverable_at") is not None

    @property
    def identity(self) -> str:
        """Address for a new conversation: the customer's present number, else the recipient's."""
        return (self.customer or {}).get("phone") or self.recipient.identity


class RecipientProfiles:
    """Made once per process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, erasures: ErasureGuard) -> None:
        self._mongo = mongo
        self._erasures = erasures

    async def read(self, broadcast: Broadcast, recipients: Sequence[Recipient]) -> list[RecipientProfile]:
        """Return the profiles of recipients, in their order."""
        workspace = broadcast.workspace
        customers = await Customers(self._mongo, workspace).get_many(
            [recipient.customer_id for recipient in recipients]
        )
        wanted = {
            recipient.id: _conversation_ids(broadcast, recipient, customers.get(recipient.customer_id))
            for recipient in recipients
        }
        conversations = await Conversations(self._mongo, workspace).get_many(
            sorted({id_ for some in wanted.values() for id_ in some})
        )
        others = await self._others(broadcast, recipients, customers)
        return [
            RecipientProfile(
                recipient=recipient,
                customer=customers.get(recipient.customer_id),
                conversation=_latest(
                    broadcast, [conversations[id_] for id_ in wanted[recipient.id] if id_ in conversations]
                ),
                erased=await self._is_erased(broadcast, recipient, known=recipient.customer_id in customers),
                twice=_is_duplicate(broadcast, recipient, customers.get(recipient.customer_id), others),
            )
            for recipient in recipients
        ]

    async def _others(
        self, broadcast: Broadcast, recipients: Sequence[Recipient], customers: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, RecipientState]:
        """Return the states of the recipients that belong to customers merged into one of these, by id."""
        merged = [
            customer
            for recipient in recipients
            if (customer := customers.get(recipient.customer_id)) and customer["former_ids"]
        ]
        wanted = {id_ for customer in merged for id_ in _recipients_of(broadcast, customer)}
        if not wanted:
            return {}
        return await BroadcastRecipients(self._mongo, broadcast.workspace).states(broadcast.id, sorted(wanted))

    async def _is_erased(self, broadcast: Broadcast, recipient: Recipient, *, known: bool) -> bool:
        erased_at = await self._erasures.since(broadcast.workspace, recipient.customer_id)
        return erased_at is not None and (not known or is_gone(broadcast.created_at, erased_at))


def _recipients_of(broadcast: Broadcast, customer: Mapping[str, Any]) -> list[str]:
    """Return the ids of all recipients that a customer may be, that of the present id first."""
    return [recipient_id(broadcast.id, customer_id) for customer_id in (customer["id"], *customer["former_ids"])]


def _is_duplicate(
    broadcast: Broadcast,
    recipient: Recipient,
    customer: Mapping[str, Any] | None,
    others: Mapping[str, RecipientState],
) -> bool:
    """Return whether another recipient of the same person is the one to send to: one that was sent to already, else the
    first.
    """
    if customer is None or not others:
        return False
    mine = [id_ for id_ in _recipients_of(broadcast, customer) if id_ in others]
    written = [id_ for id_ in mine if others[id_] not in _NOT_SENT]
    return recipient.id != (written or mine or [recipient.id])[0]


def _conversation_ids(broadcast: Broadcast, recipient: Recipient, customer: Mapping[str, Any] | None) -> list[str]:
    """Return the ids of the conversations that a recipient may have on a channel."""
    if customer is not None and customer["conversations"]:
        return list(customer["conversations"])
    identities = [recipient.identity, *(customer or {}).get("identities", ())]
    return list(
        dict.fromkeys(ids.conversation_id(broadcast.workspace, broadcast.channel, identity) for identity in identities)
    )


def _latest(broadcast: Broadcast, conversations: list[Conversation]) -> Conversation | None:
    """Return the conversation on the broadcast's channel in which the customer wrote last, leaving out merged ones."""
    open_ = [
        conversation
        for conversation in conversations
        if conversation.channel == broadcast.channel and conversation.moved_to is None
    ]
    return max(open_, key=lambda conversation: (conversation.last_inbound_at or _NEVER, conversation.id), default=None)
