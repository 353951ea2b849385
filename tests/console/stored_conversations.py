"""Three customers of acme with a conversation, a message, an answer and an order each, and one customer of zeta."""

from typing import Any

import msgspec

from services.console.api.conversation_models import ConversationRow
from services.console.pages import Page
from shared.domain import ids
from shared.domain.conversation import Conversation, Mode, OrderPlaced, RecordedDecision
from shared.domain.orders import order_number
from shared.messages.inbound import Sender
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.orders import Orders
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from tests.console.console import Client
from tests.repositories.builders import NOW, inbound, outbound

PHONES = {"ada": "+2348031234567", "bola": "+2348031234568", "chidi": "+2348031234569"}
STATES: dict[str, dict[str, Any]] = {
    "ada": {"mode": Mode.HUMAN, "assigned_to": "agent-acme", "labels": ("vip",)},
    "bola": {"mode": Mode.HUMAN, "assigned_to": "someone-else"},
    "chidi": {"mode": Mode.HUMAN, "waiting_since": NOW, "channel": "second"},
}


def conversation_of(name: str, workspace: str = "acme") -> str:
    return ids.conversation_id(workspace, "main", PHONES[name])


def order_of(name: str) -> str:
    return order_number(ids.output_id(name, "order"))


async def store_conversation(mongo: Mongo, name: str, number: int, workspace: str = "acme") -> None:
    """Store a customer with a message, an answer and an order."""
    phone = PHONES[name]
    sender = Sender(identity=phone, address=phone[1:], phone=phone, name=name.title())
    message = msgspec.structs.replace(
        inbound(number, workspace, sender=sender), conversation_id=conversation_of(name, workspace)
    )
    customer = ids.customer_id(workspace, phone)
    state = Conversation(
        id=message.conversation_id,
        workspace=workspace,
        channel="main",
        provider="meta",
        customer_id=customer,
        address=phone[1:],
        version=1,
        turn=number,
        last_inbound_at=message.created_at,
    )
    state = msgspec.structs.replace(state, **STATES[name])
    await Conversations(mongo, workspace).save(state, 0, RecordedDecision(cause=message.id, turn=1, decision="faq"))
    await InboundMessages(mongo, workspace).add(message, turn=number, decision="faq", routed_at=NOW)
    await Customers(mongo, workspace).record_contact(customer, message, message.created_at)
    answer = msgspec.structs.replace(
        outbound(number, workspace), conversation_id=state.id, customer_id=customer, address=phone[1:]
    )
    await OutboundMessages(mongo, workspace).claim(answer, "a", NOW)
    id_ = ids.output_id(name, "order")
    order = OrderPlaced(id=id_, number=order_number(id_), lines=(), total="9.00", currency="USD", note="=1+1")
    if workspace == "acme":
        await Orders(mongo, workspace).place(order, customer, state.id, NOW)


async def store_conversations(mongo: Mongo) -> None:
    """Store three conversations of acme, the later ones the newer, and one of zeta."""
    for number, name in enumerate(PHONES, 1):
        await store_conversation(mongo, name, number)
    await store_conversation(mongo, "ada", 1, "zeta")


async def rows(client: Client, **params: str) -> list[str]:
    """The names of the customers in a list of conversations."""
    response = await client.get("conversations", params=params)
    assert response.status_code == 200, response.text
    page = Page[ConversationRow].model_validate(response.json(), strict=False, extra="forbid")
    return [row.customer.name for row in page.items]
