"""What is read for an answer: the conversation's last words, and what the choice of a model goes by."""

import asyncio
from dataclasses import dataclass

from services.ai import context
from services.ai.routing import Signals
from shared.conversation import Conversation, Output
from shared.kafka.codec import Undecodable, decode
from shared.kafka.records import Record
from shared.messages.ai import AiRequest
from shared.messages.outbound import OutboundMessage, TextBody
from shared.orders import OrderState
from shared.repositories.ai_calls import AiCalls
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.mongo import Mongo
from shared.repositories.outbound import OutboundMessages, Said
from shared.topics import OUTBOUND_MESSAGES
from shared.workspace import Workspace

_OVER = (OrderState.DELIVERED, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Read:
    """The prompt, and how many orders of the customer are under way."""

    prompt: context.Prompt
    open_orders: int


async def read(mongo: Mongo, workspace: Workspace, request: AiRequest) -> Read:
    """Raises DependencyAway."""
    limit, name = workspace.bot.history, request.workspace
    heard, said, answers, customer = await asyncio.gather(
        InboundMessages(mongo, name).last(request.conversation_id, up_to_turn=request.turn, limit=limit),
        OutboundMessages(mongo, name).last(request.conversation_id, before_turn=request.turn, limit=limit),
        # Our own last answers may not have reached delivery yet.
        AiCalls(mongo, name).last(request.conversation_id, before_turn=request.turn, limit=2),
        Customers(mongo, name).get(request.customer_id),
    )
    known = {item.id for item in said}
    prompt = context.build(
        workspace, heard, [*said, *(item for item in _said(answers) if item.id not in known)], brief=request.brief
    )
    orders = customer["recent_orders"] if customer else []
    return Read(prompt, sum(order.get("state") not in _OVER for order in orders))


def signals(read: Read, request: AiRequest, conversation: Conversation | None, budget_left: float) -> Signals:
    """What the choice of a model goes by. Pure."""
    return Signals(
        question=read.prompt.question,
        before=tuple(turn.text for turn in read.prompt.turns[:-1] if turn.role == "user"),
        turns=request.turn,
        cart=sum(line.quantity for line in conversation.cart) if conversation else 0,
        open_orders=read.open_orders,
        brief=bool(request.brief),
        budget_left=budget_left,
    )


def _said(records: list[Output]) -> list[Said]:
    said = []
    for record in records:
        if record.topic != OUTBOUND_MESSAGES.name:
            continue
        try:
            message: OutboundMessage = decode(Record(record.topic, 0, 0, record.key, record.value))
        except Undecodable:
            continue
        if isinstance(message.body, TextBody):
            said.append(
                Said(
                    id=message.id,
                    turn=message.turn,
                    index=message.index,
                    text=message.body.body,
                    author=message.author.value,
                )
            )
    return said
