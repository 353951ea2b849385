"""Predicts what a customer is told when an order gets its next state, as the router decides it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.commerce.texts import notification
from shared.domain import window
from shared.domain.conversation import Conversation
from shared.domain.orders import Order, OrderState
from shared.messages.outbound import TextBody
from shared.text.built_in_texts import reply_language
from shared.workspace.config import Workspace


@dataclass(frozen=True, slots=True)
class OrderNotice:
    """The message to the customer about an order's new state. text: for the customer. how: it goes as a text, as a
    template, or nothing is sent (`why`). template: its name. window_ends_at: None: it is closed.
    """

    text: str
    how: Literal["text", "template", "nothing"]
    why: Literal["", "opted_out", "no_template"] = ""
    template: str = ""
    window_ends_at: datetime | None = None


def notice_of(
    order: Order,
    state: OrderState,
    text: str,
    conversation: Conversation,
    customer: Mapping[str, Any] | None,
    workspace: Workspace,
    now: datetime,
) -> OrderNotice:
    """Return the notice. text: instead of the usual words. A window that closes before it is sent changes it."""
    language = reply_language(conversation.language, workspace.languages)
    words = text.strip() or notification(order, state, language)
    known = customer or {}
    if known.get("opted_out") and known.get("opted_out_of") != "marketing":
        return OrderNotice(words, "nothing", "opted_out")
    last_at = conversation.last_inbound_at
    if last_at is not None and window.is_open(last_at, now):
        return OrderNotice(words, "text", window_ends_at=last_at + window.WINDOW)
    name = _template(words, conversation, workspace)
    return OrderNotice(words, "template", template=name) if name else OrderNotice(words, "nothing", "no_template")


def _template(words: str, conversation: Conversation, workspace: Workspace) -> str:
    if workspace.order_template is not None:
        return workspace.order_template.name
    general = workspace.window_template_of(conversation.channel)
    filled = window.replacement_for(TextBody(body=words), general) if general else None
    return filled.name if filled else ""
