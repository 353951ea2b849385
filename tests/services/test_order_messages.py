"""Messages to customers about changed orders, and notes of orders."""

from dataclasses import replace
from typing import Any

import pytest

from shared.decisions.decision import DecisionKind
from shared.decisions.pipeline import new_conversation
from shared.domain.conversation import OrderAdvanced, OrderPlaced
from shared.domain.customer import customer_view
from shared.domain.orders import Order as StoredOrder
from shared.domain.orders import OrderState
from shared.messages.commands import OrderChanged
from shared.messages.content import (
    CatalogOrder,
    OrderItem,
)
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.outbound import OutboundMessage, Presence, TemplateBody
from tests.services.builders import NOW, inbound
from tests.services.visits import Visit, visit


def stored(state: OrderState = OrderState.PLACED) -> StoredOrder:
    conversation = new_conversation(inbound("hi"))
    return StoredOrder(
        id="o1",
        number="K7M4-Q2XC",
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        state=state,
        lines=(),
        total="45.00",
        currency="USD",
        placed_at=NOW,
        updated_at=NOW,
        states=(),
    )


def _messages(ada: Visit) -> list[Any]:
    return [
        message.body
        for _, message in ada.decision.outputs
        if isinstance(message, OutboundMessage) and not isinstance(message.body, Presence)
    ]


def _if_closed(ada: Visit) -> TemplateBody | None:
    """Return the template that delivery sends if the window is closed."""
    (message,) = (it for _, it in ada.decision.outputs if isinstance(it, OutboundMessage))
    return message.if_closed


def _advanced(ada: Visit, **values: Any) -> Visit:
    return ada.command(OrderChanged, number="K7M4-Q2XC", **({"state": "confirmed", "text": ""} | values))


def test_order_change_notifies_the_customer() -> None:
    ada = visit().say("hi")
    ada.decision_context = replace(ada.decision_context, order=stored())
    _advanced(ada)
    assert ada.decision.effects == (OrderAdvanced(number="K7M4-Q2XC", state="confirmed", by="u1"),)
    assert "is accepted and being prepared" in ada.replies[0]


@pytest.mark.parametrize(
    ("why", "order", "values"),
    [
        ("no such order", None, {}),
        ("is delivered already", stored(OrderState.DELIVERED), {}),
        ("no such state", stored(), {"state": "lost"}),
    ],
)
def test_refused_order_change_notifies_nobody(why: str, order: StoredOrder | None, values: dict[str, str]) -> None:
    ada = visit().say("hi")
    ada.decision_context = replace(ada.decision_context, order=order)
    _advanced(ada, **values)
    assert (ada.kind, ada.decision.effects, _messages(ada)) == (DecisionKind.VOID, (), []), why
    (event,) = [message for _, message in ada.decision.outputs]
    assert isinstance(event, ConversationEvent)
    assert event.kind is EventKind.COMMAND_REFUSED


def test_order_notification_has_a_template_for_the_closed_window() -> None:
    ada = visit().say("hi").wait(hours=25)
    ada.decision_context = replace(ada.decision_context, order=stored())
    _advanced(ada)
    assert (_messages(ada), len(ada.decision.effects)) == ([], 1)
    assert "order_template" in ada.decision.note
    bob = visit(order_template={"name": "order_news", "language": "en"}).say("hi").wait(hours=25)
    bob.decision_context = replace(bob.decision_context, order=stored())
    assert _if_closed(_advanced(bob, text="On its way.\nSoon.")) == TemplateBody(
        name="order_news", language="en", parameters=("K7M4-Q2XC", "On its way. Soon.")
    )
    cyd = visit(window_template={"name": "news", "parameters": ["Acme", "{text}"]}).say("hi").wait(hours=25)
    cyd.decision_context = replace(cyd.decision_context, order=stored())
    assert _if_closed(_advanced(cyd, text="On its way.")) == TemplateBody(
        name="news", language="en", parameters=("Acme", "On its way.")
    )


def test_opted_out_customer_gets_no_order_notification() -> None:
    ada = visit().say("hi")
    ada.decision_context = replace(
        ada.decision_context, order=stored(), customer={**customer_view(None), "opted_out": True}
    )
    _advanced(ada)
    assert (_messages(ada), len(ada.decision.effects)) == ([], 1)


NOTE = "NOTE-GATE-7 please leave at the gate"


def meta_order(price: str) -> CatalogOrder:
    return CatalogOrder(
        catalog_id="9", items=(OrderItem(sku="C1", quantity=1, price=price, currency="USD"),), text=NOTE
    )


def test_order_note_is_stored_and_confirmed() -> None:
    ada = visit().say(meta_order("4.50"))
    [placed] = [effect for effect in ada.decision.effects if isinstance(effect, OrderPlaced)]
    assert placed.note == NOTE
    assert any(NOTE in text for text in ada.replies)
    [event] = [record for _, record in ada.decision.outputs if getattr(record, "kind", "") == "order.placed"]
    assert isinstance(event, ConversationEvent)
    assert event.detail == placed.number


def test_order_note_is_kept_with_the_waiting_cart() -> None:
    ada = visit().say(meta_order("4.00"))
    assert not ada.decision.effects
    ada.say("add 1 C2").say("place order")
    [placed] = [effect for effect in ada.decision.effects if isinstance(effect, OrderPlaced)]
    assert placed.note == NOTE
    ada.say("add 1 C2").say("place order")
    [later] = [effect for effect in ada.decision.effects if isinstance(effect, OrderPlaced)]
    assert later.note == ""


def test_cleared_cart_keeps_no_note() -> None:
    ada = visit().say(meta_order("4.00")).say("clear cart").say("add 1 C2").say("place order")
    [placed] = [effect for effect in ada.decision.effects if isinstance(effect, OrderPlaced)]
    assert placed.note == ""
