"""Decides on commands of agents, the AI service, timers and providers. Pure: state and command in, decision out."""

from dataclasses import replace
from datetime import datetime

import msgspec

from services.router.commands.agents import add_note, assign, refuse_taken, set_labels, snooze, taken_by_other
from services.router.commands.flows import start_flow, stop_flow, time_out_flow
from services.router.commands.orders import change_order
from services.router.commands.outcome import outcome_events
from services.router.commands.provider_reports import decide_on_report
from shared.decisions.cart_proposals import ask_to_confirm, drop_superseded
from shared.decisions.change_events import change_events
from shared.decisions.context import DecisionContext
from shared.decisions.customer_effects import with_one_customer_change
from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.due_time import end_snooze, return_time, unanswered_since, with_due_time
from shared.decisions.modes import assigned_to_agent, queued_for_agent, send_in_new_turn, void_decision, with_mode
from shared.domain.conversation import Conversation, Effect, Mode, UnansweredQuestion
from shared.messages.commands import (
    AI,
    AddNote,
    AgentMessage,
    Assign,
    Close,
    ConsentChanged,
    ConversationCommand,
    HandOff,
    OrderChanged,
    ProposeCart,
    ReturnToBot,
    SetLabels,
    Snooze,
    StartFlow,
    StopFlow,
    TakeOver,
    TimeUp,
    WrittenOnPhone,
)
from shared.messages.outbound import Author, ReactionBody, TextBody

_ServiceRequest = HandOff | StartFlow | StopFlow | OrderChanged | ProposeCart | TimeUp
_AgentRequest = TakeOver | ReturnToBot | Close | AgentMessage | Assign | SetLabels | Snooze | AddNote


def decide_command(
    context: DecisionContext, before: Conversation, command: ConversationCommand, now: datetime
) -> Decision:
    """Return the decision on a command. A command that changes nothing only increments the version."""
    after = msgspec.structs.replace(before, version=before.version + 1)
    if other := taken_by_other(before, command):
        decision = refuse_taken(after, command, other)
    elif isinstance(command, WrittenOnPhone | ConsentChanged):
        decision = decide_on_report(after, command, now)
    elif isinstance(command, _AgentRequest):
        decision = _decide_for_agent(after, command, now)
    else:
        decision = _decide(context, after, command, now)
    decision = replace(decision, effects=with_one_customer_change(decision.effects))
    if not _is_reaction(command):  # an emoji answers nothing, so an open question stays open
        decision = replace(decision, conversation=drop_superseded(before, decision.conversation))
    events = (
        *change_events(before, decision, command, now),
        *outcome_events(before, decision, command, now),
    )
    state = with_due_time(decision.conversation, context.workspace)
    return replace(decision, conversation=state, outputs=(*decision.outputs, *events))


def _is_reaction(command: ConversationCommand) -> bool:
    return isinstance(command, AgentMessage) and isinstance(command.body, ReactionBody)


def _decide(context: DecisionContext, after: Conversation, command: _ServiceRequest, now: datetime) -> Decision:
    note = _note(command)
    match command:
        case TimeUp():
            return _time_out(context, after, command, now)
        case StartFlow():
            return start_flow(context, after, command, now)
        case StopFlow():
            return stop_flow(after, command, note)
        case OrderChanged():
            return change_order(context, after, command, now)
        case ProposeCart():
            return ask_to_confirm(context, after, command, now)
        case HandOff():
            return _hand_off(context, after, command, now, note)


def _decide_for_agent(after: Conversation, command: _AgentRequest, now: datetime) -> Decision:
    note = _note(command)
    match command:
        case AgentMessage(body=ReactionBody() as reaction, author=author):  # no answer: the bot or agent stays
            return send_in_new_turn(after, command, (reaction,), author, now, note)
        case AgentMessage(body=body, author=author, reply_to=quoted):
            reason = after.mode_reason if after.mode is Mode.HUMAN else "taken over"
            after = assigned_to_agent(after, command.by, now, reason, answered=True)
            return send_in_new_turn(after, command, (body,), author, now, note, reply_to=quoted)
        case TakeOver():
            return Decision(DecisionKind.COMMAND, assigned_to_agent(after, command.by, now, "taken over"), (), note)
        case ReturnToBot():
            return Decision(DecisionKind.COMMAND, with_mode(after, command.by, Mode.BOT), (), note)
        case Close():
            closed = with_mode(after, command.by, Mode.CLOSED, flow=None, options=())
            return Decision(DecisionKind.COMMAND, closed, (), note)
        case Assign():
            return assign(after, command, now, note)
        case SetLabels():
            return set_labels(after, command, note)
        case Snooze():
            return snooze(after, command, now, note)
        case AddNote():
            return add_note(after, command, note)


def _note(command: ConversationCommand) -> str:
    return f"{type(command).__name__} by {command.by}"


def _hand_off(context: DecisionContext, after: Conversation, command: HandOff, now: datetime, note: str) -> Decision:
    """Queue the conversation for an agent. Outside business hours the AI service's hand-off sends the `away` text,
    unless the conversation is queued already.
    """
    effects: tuple[Effect, ...] = (UnansweredQuestion(text=command.question[:500]),) if command.question.strip() else ()
    if after.mode is Mode.HUMAN and after.assigned_to:
        return Decision(DecisionKind.COMMAND, after, (), note, effects)
    away = context.away_text(now, after) if command.by == AI and after.mode is not Mode.HUMAN else ""
    after = queued_for_agent(after, command.by, now, command.reason)
    if not away:
        return Decision(DecisionKind.COMMAND, after, (), note, effects)
    bodies = (TextBody(body=away),)
    return replace(send_in_new_turn(after, command, bodies, Author.SYSTEM, now, note), effects=effects)


def _time_out(context: DecisionContext, after: Conversation, command: TimeUp, now: datetime) -> Decision:
    if command.due_at != after.due_at:
        return void_decision(after, command, "another time is due by now")
    if after.snoozed_until is not None and after.snoozed_until <= now:
        return Decision(DecisionKind.COMMAND, end_snooze(after, now), (), "the snooze has ended")
    returns_at = return_time(after, context.workspace)
    if returns_at is not None and returns_at <= now:
        return _end_silence(after, now)
    return time_out_flow(context, after, command, now)


def _end_silence(after: Conversation, now: datetime) -> Decision:
    """Take the conversation from an agent who was silent: back to the queue if the customer waits for an answer."""
    since = unanswered_since(after)
    if since is None:
        returned = with_mode(after, "system", Mode.BOT)
        return Decision(DecisionKind.COMMAND, returned, (), "the person was silent: back to the bot")
    queued = queued_for_agent(after, "system", now, "the agent was silent")
    queued = msgspec.structs.replace(queued, waiting_since=since, unanswered_since=since)
    return Decision(DecisionKind.COMMAND, queued, (), "the person was silent, the customer waits: back to the queue")
