"""What goes on in a conversation without a message of the customer: a flow that is started or whose time has come, and
news of an order. Pure.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from services.router.context import Desk
from services.router.decision import Decision, Kind
from services.router.modes import say, void, waits_for_person
from shared.commerce import order_changes
from shared.domain import ids, window
from shared.domain.conversation import Conversation, Mode, OrderAdvanced
from shared.flows.engine import engine
from shared.messages.ai import AiRequest
from shared.messages.commands import ConversationCommand, OrderChanged, StartFlow, TimeUp
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, TemplateBody, TextBody
from shared.topics import AI_REQUESTS

_NO_TEMPLATE = "the customer wrote last more than 24 hours ago, and there is no order_template or window_template"


def start_flow(desk: Desk, after: Conversation, command: StartFlow, now: datetime) -> Decision:
    """A flow begins, in place of one that runs; not while a person has the conversation."""
    if after.mode is Mode.HUMAN:
        return void(after, command, "a person has the conversation")
    if desk.book.current(command.flow) is None:
        return void(after, command, f"there is no flow {command.flow[:64]}")
    facts = desk.facts(after, command.id, now)
    outcome = engine.begin(desk.book, command.flow, facts, desk.actions, variables=command.variables)
    return _went_on(desk, msgspec.structs.replace(after, mode=Mode.BOT, options=()), command, outcome, now)


def flow_time_up(desk: Desk, after: Conversation, command: TimeUp, now: datetime) -> Decision:
    """The time of a flow, or of the step that it waits at, may have come."""
    if after.mode is not Mode.BOT or after.flow is None:
        return void(after, command, "nothing is due")
    facts = desk.facts(after, command.id, now)
    return _went_on(desk, after, command, engine.time_up(desk.book, after.flow, facts, desk.actions), now)


def order_changed(desk: Desk, after: Conversation, command: OrderChanged, now: datetime) -> Decision:
    """An order gets another state, and the customer hears of it if that is allowed."""
    verdict = order_changes.judge(desk.order, command, desk.language(after))
    if verdict.state is None:
        return void(after, command, verdict.why)
    effects = (OrderAdvanced(number=command.number, state=verdict.state, by=command.by),)
    note = f"order {command.number} is {verdict.state}"
    if desk.customer.get("opted_out") and desk.customer.get("opted_out_of") != "marketing":
        return Decision(Kind.COMMAND, after, (), f"{note}; not told: the customer has opted out", effects)
    template = _news_template(desk, after.channel, command.number, verdict.text)
    if template is None and not window.is_open(after.last_inbound_at, now):
        return Decision(Kind.COMMAND, after, (), f"{note}; not told: {_NO_TEMPLATE}", effects)
    text = TextBody(body=verdict.text)
    return replace(say(after, command, (text,), Author.SYSTEM, now, note, if_closed=template), effects=effects)


def _news_template(desk: Desk, channel: str, number: str, text: str) -> TemplateBody | None:
    """How news of an order is told while the 24-hour window is closed. Whether it is, delivery decides."""
    own = desk.workspace.order_template
    if own is not None:
        return TemplateBody(name=own.name, language=own.language, parameters=(number, " ".join(text.split())))
    general = desk.workspace.window_template_of(channel)
    return window.replacement_for(TextBody(body=text), general) if general else None


def _went_on(
    desk: Desk, after: Conversation, command: ConversationCommand, outcome: engine.Outcome, now: datetime
) -> Decision:
    """What a flow's outcome means when no message of the customer has led to it."""
    cart = after.cart if outcome.cart is None else outcome.cart
    note = after.cart_note if cart else ""
    after, bodies = msgspec.structs.replace(after, flow=outcome.position, cart=cart, cart_note=note), outcome.bodies
    if outcome.hand_off is not None:
        after = waits_for_person(after, "router", now, outcome.hand_off)
        bodies = (*bodies, TextBody(body=desk.away(now, after) or desk.says("handoff_reply", after)))
    decision = Decision(Kind.FLOW, after, (), outcome.note)
    if bodies or outcome.ask_ai is not None:
        decision = say(after, command, bodies, Author.FLOW, now, outcome.note, kind=Kind.FLOW)
    if outcome.ask_ai is not None:
        decision = _asked(decision, command, outcome.ask_ai, now)
    return replace(decision, effects=outcome.effects)


def _asked(decision: Decision, command: ConversationCommand, brief: str, now: datetime) -> Decision:
    """The same, and the model is asked for the rest."""
    said = decision.conversation
    conversation = msgspec.structs.replace(said, through_ai=said.turn, through_ai_at=now, fragments=None)
    values: dict[str, Any] = {
        name: getattr(conversation, name)
        for name in ("workspace", "channel", "customer_id", "address", "turn", "shards")
    }
    request = AiRequest(
        id=ids.output_id(command.id, "ai"),
        correlation_id=command.correlation_id,
        created_at=now,
        provider=Provider(conversation.provider),
        conversation_id=conversation.id,
        message_ids=(),
        brief=brief,
        index=len(decision.outputs),
        **values,
    )
    return replace(decision, conversation=conversation, outputs=(*decision.outputs, (AI_REQUESTS, request)))
