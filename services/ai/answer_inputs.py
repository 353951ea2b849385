"""What is known for an answer: the conversation's last words, and what the choice of a model goes by."""

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

_OVER = (OrderState.DELIVERED, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class AnswerInputs:
    """The prompt, how many orders of the customer are under way, and the customer's language as far as it is known."""

    prompt: Prompt
    open_orders: int
    language: str = ""


def read_inputs(
    workspace: Workspace,
    request: AiRequest,
    past: ConversationHistory,
    rules: AnswerRules,
    system: tuple[str, ...],
    tools: tuple[ToolSpec, ...] = (),
    now: datetime | None = None,
) -> AnswerInputs:
    """rules, system, tools: of the workspace. now: when the answer is made. Pure."""
    earlier = past.summary
    prompt = build_prompt(
        workspace,
        past.heard,
        messages_sent(past, request.turn),
        brief=request.brief,
        customer=past.customer,
        cart=past.conversation.cart if past.conversation is not None else (),
        rules=rules,
        system=system,
        tools=tools,
        earlier=earlier.text if earlier and earlier.up_to < request.turn else "",
        now=now,
        language=past.conversation.language if past.conversation is not None else "",
        quotable=past.quotable,
    )
    orders = past.customer["recent_orders"] if past.customer else []
    return AnswerInputs(prompt, sum(order.get("state") not in _OVER for order in orders), _language(workspace, past))


def _language(workspace: Workspace, past: ConversationHistory) -> str:
    """Of what the customer has written up to this request, else of what was written before."""
    written = [item.text for item in past.heard if item.content.get("type") in ("text", "media")]
    earlier = past.conversation.language if past.conversation is not None else ""
    return detect_last(written, workspace.languages) or earlier


def messages_sent(past: ConversationHistory, before_turn: int) -> list[HistoryMessage]:
    """What we have said in earlier turns. Pure.

    What was said last may not have reached delivery yet; without it the customer would seem to talk to nobody.
    """
    decided = [output for decision in past.decisions for output in decision.outputs]
    known = {item.id: item for item in (*_said(decided, before_turn=before_turn), *_said(past.answers), *past.said)}
    return list(known.values())


def routing_signals(
    read_inputs: AnswerInputs, request: AiRequest, conversation: Conversation | None, budget_left: float, faq: FaqIndex
) -> RoutingSignals:
    """What the choice of a model goes by. Pure."""
    near = faq.match(read_inputs.prompt.question)
    return RoutingSignals(
        question=read_inputs.prompt.question,
        before=tuple(turn.said for turn in read_inputs.prompt.turns[:-1] if turn.role == "user"),
        turns=request.turn,
        cart=sum(line.quantity for line in conversation.cart) if conversation else 0,
        open_orders=read_inputs.open_orders,
        brief=bool(request.brief),
        budget_left=budget_left,
        faq=near.score if near else 0.0,
    )


def _said(records: list[RecordedOutput], *, before_turn: int | None = None) -> list[HistoryMessage]:
    """What the records say, in words; before_turn: of earlier turns only."""
    return [
        HistoryMessage(id=sent.id, turn=sent.turn, index=sent.index, text=text, author=sent.author.value)
        for record in records
        for sent in _messages(record)
        if (before_turn is None or sent.turn < before_turn) and (text := body_text(sent.body))
    ]


def _messages(record: RecordedOutput) -> tuple[OutboundMessage, ...]:
    """The messages of ours in a record: it is one, or has some that take their turn behind a model's answer."""
    if record.topic not in (OUTBOUND_MESSAGES.name, AI_REQUESTS.name):
        return ()
    try:
        message = decode(Record(record.topic, 0, 0, record.key, record.value))
    except Undecodable:
        return ()
    return message.ready if isinstance(message, AiRequest) else (message,)
