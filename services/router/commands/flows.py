"""Decides on commands for flows: one is started, or a time-out of the running one has passed. Pure.

A flow that a broadcast began sends nothing by itself to a customer who has opted out. Answers to the customer are no
commands, and are sent.
"""

from dataclasses import replace
from datetime import datetime

import msgspec

from shared.decisions.ai_requests import ai_request
from shared.decisions.context import DecisionContext
from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.modes import queued_for_agent, send_in_new_turn, void_decision
from shared.domain.conversation import Conversation, Mode
from shared.flows.engine import engine
from shared.messages.command_outcome import Refusal
from shared.messages.commands import BROADCAST, ConversationCommand, StartFlow, StopFlow, TimeUp
from shared.messages.outbound import Author, TextBody
from shared.topics import AI_REQUESTS


def start_flow(context: DecisionContext, after: Conversation, command: StartFlow, now: datetime) -> Decision:
    """Start a flow, replacing the running one, unless an agent has the conversation. A broadcast starts none for a
    customer who has opted out since it looked.
    """
    if after.mode is Mode.HUMAN:
        return void_decision(after, command, "a person has the conversation", Refusal.WITH_PERSON)
    if context.book.current(command.flow) is None:
        return void_decision(after, command, f"there is no flow {command.flow[:64]}", Refusal.UNKNOWN_FLOW)
    by_broadcast = command.by == BROADCAST
    if by_broadcast and context.customer.get("opted_out"):
        return void_decision(after, command, "the customer has opted out")
    facts = context.facts(after, command.id, now)
    outcome = engine.begin(
        context.book, command.flow, facts, context.actions, variables=command.variables, by_broadcast=by_broadcast
    )
    after = msgspec.structs.replace(after, mode=Mode.BOT, options=())
    return _apply(context, after, command, outcome, now, of_broadcast=by_broadcast)


def stop_flow(after: Conversation, command: StopFlow, note: str) -> Decision:
    """End the running flow; the bot answers the customer's next message."""
    if after.flow is None:
        return void_decision(after, command, "no flow runs", Refusal.NO_FLOW)
    return Decision(DecisionKind.COMMAND, msgspec.structs.replace(after, flow=None, options=()), (), note)


def time_out_flow(context: DecisionContext, after: Conversation, command: TimeUp, now: datetime) -> Decision:
    """Continue a flow after its time-out, or that of its waiting step."""
    if after.mode is not Mode.BOT or after.flow is None:
        return void_decision(after, command, "nothing is due")
    flow, facts = after.flow, context.facts(after, command.id, now)
    outcome = engine.time_up(context.book, flow, facts, context.actions)
    silent = bool(flow.by_broadcast and outcome.speaks and context.customer.get("opted_out"))
    if silent:  # what the flow changes, and a hand-off, take place
        note = f"{outcome.note}; ended: the customer has opted out"
        outcome = replace(outcome, position=None, bodies=(), ask_ai=None, note=note)
    answered = after.last_inbound_at is not None and after.last_inbound_at > flow.started_at
    of_broadcast = flow.by_broadcast and not answered
    return _apply(context, after, command, outcome, now, of_broadcast=of_broadcast, silent=silent)


def _apply(
    context: DecisionContext,
    after: Conversation,
    command: ConversationCommand,
    outcome: engine.FlowOutcome,
    now: datetime,
    *,
    of_broadcast: bool,
    silent: bool = False,
) -> Decision:
    """Turn a flow's outcome into a decision. of_broadcast: a broadcast began the flow, and the customer has not written
    since. silent: a hand-off is not announced.
    """
    cart = after.cart if outcome.cart is None else outcome.cart
    note = after.cart_note if cart else ""
    after, bodies = msgspec.structs.replace(after, flow=outcome.position, cart=cart, cart_note=note), outcome.bodies
    if outcome.hand_off is not None:
        after = queued_for_agent(after, "router", now, outcome.hand_off)
        text = context.away_text(now, after) or context.text("handoff_reply", after)
        bodies = bodies if silent else (*bodies, TextBody(body=text))
    decision = Decision(DecisionKind.FLOW, after, (), outcome.note)
    if bodies or outcome.ask_ai is not None:
        after = msgspec.structs.replace(after, options=())  # a number now means what the flow has sent
        decision = send_in_new_turn(
            after,
            command,
            bodies,
            Author.FLOW,
            now,
            outcome.note,
            kind=DecisionKind.FLOW,
            broadcast_flow=of_broadcast,
        )
    if outcome.ask_ai is not None:
        decision = _with_ai_request(decision, command, outcome.ask_ai, now)
    return replace(decision, effects=outcome.effects)


def _with_ai_request(decision: Decision, command: ConversationCommand, brief: str, now: datetime) -> Decision:
    """Add an AI request for the rest of the turn."""
    state = decision.conversation
    state = msgspec.structs.replace(state, through_ai=state.turn, through_ai_at=now, fragments=None)
    request = ai_request(state, command, now, brief=brief, index=len(decision.outputs))
    return replace(decision, conversation=state, outputs=(*decision.outputs, (AI_REQUESTS, request)))
