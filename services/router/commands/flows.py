"""What goes on in a conversation without a message of the customer: a flow that is started or whose time has come, and
news of an order. Pure.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from services.router.context import DecisionContext
from services.router.decision import Decision, DecisionKind
from services.router.modes import queued_for_agent, send_in_new_turn, void_decision
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


def start_flow(context: DecisionContext, after: Conversation, command: StartFlow, now: datetime) -> Decision:
    """A flow begins, in place of one that runs; not while a person has the conversation."""
    if after.mode is Mode.HUMAN:
        return void_decision(after, command, "a person has the conversation")
    if context.book.current(command.flow) is None:
        return void_decision(after, command, f"there is no flow {command.flow[:64]}")
    facts = context.facts(after, command.id, now)
    outcome = engine.begin(context.book, command.flow, facts, context.actions, variables=command.variables)
    return _went_on(context, msgspec.structs.replace(after, mode=Mode.BOT, options=()), command, outcome, now)


def flow_time_up(context: DecisionContext, after: Conversation, command: TimeUp, now: datetime) -> Decision:
    """The time of a flow, or of the step that it waits at, may have come."""
    if after.mode is not Mode.BOT or after.flow is None:
        return void_decision(after, command, "nothing is due")
    facts = context.facts(after, command.id, now)
    return _went_on(context, after, command, engine.time_up(context.book, after.flow, facts, context.actions), now)


def order_changed(context: DecisionContext, after: Conversation, command: OrderChanged, now: datetime) -> Decision:
    """An order gets another state, and the customer hears of it if that is allowed."""
    verdict = order_changes.decide_order_change(context.order, command, context.language(after))
    if verdict.state is None:
        return void_decision(after, command, verdict.why)
    effects = (OrderAdvanced(number=command.number, state=verdict.state, by=command.by),)
    note = f"order {command.number} is {verdict.state}"
    if context.customer.get("opted_out") and context.customer.get("opted_out_of") != "marketing":
        return Decision(DecisionKind.COMMAND, after, (), f"{note}; not told: the customer has opted out", effects)
    template = _news_template(context, after.channel, command.number, verdict.text)
    if template is None and not window.is_open(after.last_inbound_at, now):
        return Decision(DecisionKind.COMMAND, after, (), f"{note}; not told: {_NO_TEMPLATE}", effects)
    text = TextBody(body=verdict.text)
    return replace(
        send_in_new_turn(after, command, (text,), Author.SYSTEM, now, note, if_closed=template), effects=effects
    )


def _news_template(context: DecisionContext, channel: str, number: str, text: str) -> TemplateBody | None:
    """How news of an order is told while the 24-hour window is closed. Whether it is, delivery decides."""
    own = context.workspace.order_template
    if own is not None:
        return TemplateBody(name=own.name, language=own.language, parameters=(number, " ".join(text.split())))
    general = context.workspace.window_template_of(channel)
    return window.replacement_for(TextBody(body=text), general) if general else None


def _went_on(
    context: DecisionContext,
    after: Conversation,
    command: ConversationCommand,
    outcome: engine.FlowOutcome,
    now: datetime,
) -> Decision:
    """What a flow's outcome means when no message of the customer has led to it."""
    cart = after.cart if outcome.cart is None else outcome.cart
    note = after.cart_note if cart else ""
    after, bodies = msgspec.structs.replace(after, flow=outcome.position, cart=cart, cart_note=note), outcome.bodies
    if outcome.hand_off is not None:
        after = queued_for_agent(after, "router", now, outcome.hand_off)
        bodies = (*bodies, TextBody(body=context.away(now, after) or context.says("handoff_reply", after)))
    decision = Decision(DecisionKind.FLOW, after, (), outcome.note)
    if bodies or outcome.ask_ai is not None:
        decision = send_in_new_turn(after, command, bodies, Author.FLOW, now, outcome.note, kind=DecisionKind.FLOW)
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
