"""Workspaces, messages and decision contexts for the tests of the services' logic."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from shared.decisions.context import DecisionContext
from shared.decisions.decision import Decision
from shared.domain import ids
from shared.faq.index import FaqIndex
from shared.messages.content import Content, Text
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.inbound import InboundMessage, Provider, Sender
from shared.workspace.config import Faq, Workspace

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
FAQS = [
    {
        "question": "What are your opening hours?",
        "answer": "9 to 5.",
        "variants": ["when do you open", "opening times", "are you open on saturday"],
    },
    {"question": "Where are you?", "answer": "Lagos Island.", "variants": ["what is your address", "location"]},
    {"question": "Do you deliver?", "answer": "Within three days.", "variants": ["do you ship", "delivery cost"]},
    {"question": "How can I pay?", "answer": "By card.", "variants": ["payment methods", "can i pay cash"]},
]


def workspace(**values: Any) -> Workspace:
    """Return a workspace with an FAQ and the given fields."""
    return Workspace.model_validate({"workspace": "acme", "name": "Acme", "faqs": FAQS, **values})


def decision_context(of: Workspace | None = None, **values: Any) -> DecisionContext:
    """Return the input of a decision. values: other fields of it, such as `customer` and `exceeded`."""
    of = of or workspace()
    return DecisionContext(workspace=of, faq=_index(of.faqs, of.bot.faq_threshold), **values)


def of_kind(decision: Decision, kind: EventKind) -> list[ConversationEvent]:
    """Return the events of a kind that a decision publishes."""
    return [it for _, it in decision.outputs if isinstance(it, ConversationEvent) and it.kind is kind]


@cache
def _index(faqs: tuple[Faq, ...], threshold: float | None) -> FaqIndex:
    return FaqIndex(faqs, threshold)


def inbound(
    content: Content | str,
    *,
    number: int = 1,
    provider: Provider = Provider.META,
    at: datetime = NOW,
    **values: Any,
) -> InboundMessage:
    """Return a customer's message. number: makes its ids distinct."""
    message_id = ids.message_id("acme", provider, f"wamid.{number}")
    return InboundMessage(
        id=message_id,
        workspace="acme",
        correlation_id=ids.correlation_id(message_id),
        created_at=at,
        provider=provider,
        provider_message_id=f"wamid.{number}",
        channel="main",
        conversation_id=ids.conversation_id("acme", "main", "+2348030000001"),
        sender=Sender(identity="+2348030000001", address="2348030000001"),
        content=Text(body=content) if isinstance(content, str) else content,
        sent_at=at,
        **values,
    )
