"""Builds the prompt of an answer from the conversation's history, and the signals that choose its model. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.ai.checks import AnswerRules
from services.ai.prompt.build import build_prompt
from services.ai.prompt.prompt import Prompt
from services.ai.routing import RoutingSignals
from services.ai.tools.port import ToolSpec
from shared.domain.conversation import Conversation, RecordedOutput
from shared.domain.orders import OrderState
from shared.faq.index import FaqIndex
from shared.kafka.codec import Undecodable, decode
from shared.kafka.records import Record
from shared.messages.ai import AiRequest
from shared.messages.outbound import OutboundMessage, body_text
from shared.repositories.conversation_history import ConversationHistory
from shared.repositories.outbound_views import HistoryMessage
from shared.text.language import detect_last
from shared.topics import AI_REQUESTS, OUTBOUND_MESSAGES
from shared.workspace.config import Workspace

_CLOSED = (OrderState.DELIVERED, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class AnswerInputs:
    """The prompt, the number of the customer's open orders, and the customer's language, as far as it is known."""

    prompt: Prompt
    open_orders: int
    language: str = ""


def read_inputs(
    workspace: Workspace,
    request: AiRequest,
    history: ConversationHistory,
    rules: AnswerRules,
    system: tuple[str, ...],
    tools: tuple[ToolSpec, ...] = (),
    now: datetime | None = None,
    nearest: Callable[[str], str] | None = None,
) -> AnswerInputs:
    """Return the inputs of an answer. rules, system, tools: of the workspace. now: when the answer is made. nearest:
    see `build_prompt`.
    """
    earlier = history.summary
    prompt = build_prompt(
        workspace,
        history.inbound,
        sent_messages(history, request.turn),
        brief=request.brief,
        customer=history.customer,
        cart=history.conversation.cart if history.conversation is not None else (),
        rules=rules,
        system=system,
        tools=tools,
        earlier=earlier.text if earlier and earlier.up_to < request.turn else "",
        now=now,
        language=history.conversation.language if history.conversation is not None else "",
        quotable=history.quotable,
        nearest=nearest,
    )
    orders = history.customer["recent_orders"] if history.customer else []
    return AnswerInputs(
        prompt, sum(order.get("state") not in _CLOSED for order in orders), _language(workspace, history)
    )


def _language(workspace: Workspace, history: ConversationHistory) -> str:
    """Return the language of the customer's last messages, else of earlier ones."""
    written = [item.text for item in history.inbound if item.content.get("type") in ("text", "media")]
    earlier = history.conversation.language if history.conversation is not None else ""
    return detect_last(written, workspace.languages) or earlier


def sent_messages(history: ConversationHistory, before_turn: int) -> list[HistoryMessage]:
    """Return our messages of earlier turns.

    The last ones may not have reached delivery; without them the conversation would look one-sided.
    """
    decided = [output for decision in history.decisions for output in decision.outputs]
    known = {
        item.id: item
        for item in (*_sent_in(decided, before_turn=before_turn), *_sent_in(history.answers), *history.outbound)
    }
    return list(known.values())


def routing_signals(
    inputs: AnswerInputs, request: AiRequest, conversation: Conversation | None, faq: FaqIndex
) -> RoutingSignals:
    """Return the signals that choose the model, besides the budget."""
    question = inputs.prompt.question

    def faq_score() -> float:
        near = faq.match(question)
        return near.score if near else 0.0

    return RoutingSignals(
        question=question,
        before=tuple(turn.own_text for turn in inputs.prompt.turns[:-1] if turn.role == "user"),
        turns=request.turn,
        cart=sum(line.quantity for line in conversation.cart) if conversation else 0,
        open_orders=inputs.open_orders,
        brief=bool(request.brief),
        faq=faq_score,
    )


def _sent_in(records: list[RecordedOutput], *, before_turn: int | None = None) -> list[HistoryMessage]:
    """Return the messages in the records, as text; before_turn: of earlier turns only."""
    return [
        HistoryMessage(id=sent.id, turn=sent.turn, index=sent.index, text=text, author=sent.author.value)
        for record in records
        for sent in _messages(record)
        if (before_turn is None or sent.turn < before_turn) and (text := body_text(sent.body))
    ]


def _messages(record: RecordedOutput) -> tuple[OutboundMessage, ...]:
    """Return our messages in a record: an outbound message is one; an AI request has those that follow its answer."""
    if record.topic not in (OUTBOUND_MESSAGES.name, AI_REQUESTS.name):
        return ()
    try:
        message = decode(Record(record.topic, 0, 0, record.key, record.value))
    except Undecodable:
        return ()
    return message.ready if isinstance(message, AiRequest) else (message,)
