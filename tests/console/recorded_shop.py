"""Conversations of a shop that took place, for replays."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.conversation import Conversation, RecordedDecision, RecordedOutput
from shared.messages.content import Text
from shared.messages.inbound import InboundMessage, Provider, Sender
from shared.messages.outbound import Author, OutboundMessage, TextBody
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from tests.console.routed import WORKSPACE
from tests.services.builders import FAQS

FAST, SMART = "claude-haiku-5-5", "claude-sonnet-5-5"
ADA, BO = "+2348031234567", "+2348031234568"
BOT = {
    "mode": "hybrid",
    "fast_model": FAST,
    "smart_model": SMART,
    "fallback_models": [],
    "system_prompt": "Be kind.",
    "debounce_ms": 0,
}


class Shop:
    """Conversations that took place."""

    def __init__(self, mongo: Mongo, clock: FixedClock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._turns: dict[str, int] = {}
        self.number = 0

    async def asked(
        self, phone: str, text: str, decision: str, answer: str = "", usd: str = "", seconds: float = 2.0
    ) -> str:
        """A customer wrote, and was answered as the decision says; return the message's id."""
        self.number += 1
        turn = self._turns[phone] = self._turns.get(phone, 0) + 1
        at = self._clock.now() - timedelta(hours=5) + timedelta(minutes=3 * self.number)
        message = _message(phone, text, self.number, at)
        await InboundMessages(self._mongo, "acme").add(message, turn=turn, decision=decision, routed_at=at)
        customer = ids.customer_id("acme", phone)
        await Customers(self._mongo, "acme").record_contact(customer, message, at)
        sent = _answer(message, customer, answer, turn, Author.AI if usd else Author.FAQ)
        if answer:
            await OutboundMessages(self._mongo, "acme").claim(sent, "a", at)
        if usd:
            await AiCalls(self._mongo, "acme").add(_call(message, customer, sent, turn, usd, seconds))
        state = Conversation(
            id=message.conversation_id,
            workspace="acme",
            channel="main",
            provider="meta",
            customer_id=customer,
            address=phone[1:],
            turn=turn,
            version=turn,
        )
        recorded = RecordedDecision(cause=message.id, turn=turn, decision=decision, outputs=())
        await Conversations(self._mongo, "acme").save(state, turn - 1, recorded)
        return message.id

    async def stored_only(self, phone: str, text: str) -> None:
        """A message came so late that it was stored and not answered."""
        self.number += 1
        at = self._clock.now() - timedelta(hours=1)
        message = _message(phone, text, self.number, at)
        await InboundMessages(self._mongo, "acme").add(message, turn=0, decision="stale", routed_at=at)

    async def stored(self) -> dict[str, Any]:
        """All that a replay must not change."""
        names = ("conversations", "messages", "outbound", "customers", "orders", "unanswered", "notes", "workspaces")
        return {name: await self._mongo.collection(name).find({}) for name in names}


def _message(phone: str, text: str, number: int, at: datetime) -> InboundMessage:
    id_ = ids.message_id("acme", Provider.META, f"wamid.{number}")
    return InboundMessage(
        id=id_,
        workspace="acme",
        correlation_id=ids.correlation_id(id_),
        created_at=at,
        provider=Provider.META,
        provider_message_id=f"wamid.{number}",
        channel="main",
        conversation_id=ids.conversation_id("acme", "main", phone),
        sender=Sender(identity=phone, address=phone[1:], phone=phone, name="Ada"),
        content=Text(body=text),
        sent_at=at,
    )


def _answer(message: InboundMessage, customer: str, text: str, turn: int, author: Author) -> OutboundMessage:
    return OutboundMessage(
        id=ids.output_id(message.id, author.value, 0),
        workspace="acme",
        correlation_id=message.correlation_id,
        created_at=message.created_at,
        provider=message.provider,
        channel="main",
        conversation_id=message.conversation_id,
        customer_id=customer,
        address=message.sender.address,
        body=TextBody(body=text),
        author=author,
        cause=message.id,
        turn=turn,
        index=0,
    )


def _call(message: InboundMessage, customer: str, sent: OutboundMessage, turn: int, usd: str, seconds: float) -> AiCall:
    return AiCall(
        id=ids.output_id(message.id, "ai"),
        workspace="acme",
        conversation_id=message.conversation_id,
        correlation_id=message.correlation_id,
        turn=turn,
        outputs=(RecordedOutput("outbound.messages", b"acme", msgspec.json.encode(sent)),),
        requested_at=message.created_at,
        started_at=message.created_at,
        finished_at=message.created_at + timedelta(seconds=seconds),
        model=SMART,
        outcome="answered",
        attempts=1,
        input_tokens=2000,
        output_tokens=100,
        cost_usd=usd,
    )


async def open_shop(mongo: Mongo, clock: FixedClock) -> Shop:
    """Return a workspace with an FAQ and no conversations."""
    await mongo.collection("workspaces").insert({**WORKSPACE, "bot": BOT, "faqs": FAQS})
    return Shop(mongo, clock)


async def usual(shop: Shop) -> None:
    """Four messages of two customers: two FAQ, two of a model."""
    await shop.asked(ADA, "What are your opening hours?", "faq: FAQ 1, score 1.00", "9 to 5.")
    await shop.asked(ADA, "Do you have blue cups for my mother?", "ai: no FAQ alike", "We have red cups.", "0.02")
    await shop.asked(BO, "Where are you?", "faq: FAQ 2, score 1.00", "Lagos Island.")
    await shop.asked(BO, "Can I return a broken cup to you?", "ai: no FAQ alike", "Let me see.", "0.03", 4.0)
