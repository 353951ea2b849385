"""What has to be known of recipients before anything is sent to them, read for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared import ids
from shared.broadcast import Broadcast, Recipient
from shared.conversation import Conversation
from shared.erasure import Erasures, is_gone
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.mongo import Mongo

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Person:
    """customer: see `shared.customer.as_facts`; None for a stranger. conversation: on the broadcast's channel, if there
    has been one. erased: asked to be forgotten since the broadcast was made, or before and has not come back.
    """

    recipient: Recipient
    customer: dict[str, Any] | None = None
    conversation: Conversation | None = None
    erased: bool = False

    @property
    def identity(self) -> str:
        """Where to write if there is no conversation yet: who has another number by now is written to there."""
        recipient, customer = self.recipient, self.customer
        moved = customer is not None and customer["id"] != recipient.customer_id
        return (customer["phone"] or recipient.identity) if customer and moved else recipient.identity


class People:
    """Of all workspaces. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, erasures: Erasures) -> None:
        self._mongo = mongo
        self._erasures = erasures

    async def look_up(self, broadcast: Broadcast, recipients: Sequence[Recipient]) -> list[Person]:
        """In the order given."""
        workspace = broadcast.workspace
        customers = await Customers(self._mongo, workspace).many([one.customer_id for one in recipients])
        wanted = {one.id: _conversation_ids(broadcast, one, customers.get(one.customer_id)) for one in recipients}
        conversations = await Conversations(self._mongo, workspace).many(
            sorted({id_ for some in wanted.values() for id_ in some})
        )
        return [
            Person(
                recipient=one,
                customer=customers.get(one.customer_id),
                conversation=_latest([conversations[id_] for id_ in wanted[one.id] if id_ in conversations]),
                erased=await self._is_erased(broadcast, one, known=one.customer_id in customers),
            )
            for one in recipients
        ]

    async def _is_erased(self, broadcast: Broadcast, recipient: Recipient, *, known: bool) -> bool:
        erased_at = await self._erasures.since(broadcast.workspace, recipient.customer_id)
        return erased_at is not None and (not known or is_gone(broadcast.created_at, erased_at))


def _conversation_ids(broadcast: Broadcast, recipient: Recipient, customer: dict[str, Any] | None) -> list[str]:
    """The conversations that somebody may have on a channel: one for each identity."""
    identities = [recipient.identity, *(customer or {}).get("identities", ())]
    return list(dict.fromkeys(ids.conversation_id(broadcast.workspace, broadcast.channel, one) for one in identities))


def _latest(conversations: list[Conversation]) -> Conversation | None:
    """The one in which the customer wrote last."""
    return max(conversations, key=lambda one: (one.last_inbound_at or _NEVER, one.id), default=None)
