"""Decides on a customer's message: the stages in order, until one of them decides. Pure: state and message in,
decision out.

In the order of the stages: does it need an answer, may we answer, does an agent have the conversation or does the
customer ask for one, does a flow or the shop handle it, does the FAQ have the answer; else the model.

A stage takes a turn and returns a decision, a changed turn for the stages after it, or None when it does not apply.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from shared.decisions.cart_proposals import answer_to_proposal
from shared.decisions.change_events import change_events
from shared.decisions.context import DecisionContext
from shared.decisions.customer_effects import with_one_customer_change
from shared.decisions.decision import Decision
from shared.decisions.due_time import with_due_time
from shared.decisions.session import begin_turn
from shared.decisions.shards import with_shards
from shared.decisions.stages import answers, consent, filters, flows, hand_off, shop
from shared.decisions.turn import MessageTurn
from shared.domain import ids
from shared.domain.conversation import Conversation, CustomerChange
from shared.flows.expressions.error import ExpressionError
from shared.flows.expressions.expression import Expression, parse_expression
from shared.messages.inbound import InboundMessage

_AI_ANSWER_TIME = timedelta(seconds=60)

Stage = Callable[[MessageTurn], Decision | MessageTurn | None]
STAGES: tuple[Stage, ...] = (
    filters.record_edit,
    consent.change_consent_of_flood,
    filters.skip_flood,
    filters.skip_non_question,
    flows.skip_old_press,
    consent.change_consent,
    hand_off.skip_if_agent_has_it,
    filters.limit_rate,
    hand_off.stop_loop,
    hand_off.hand_off_over_limit,
    hand_off.hand_off_on_request,
    answer_to_proposal,
    flows.continue_flow,
    flows.start_flow,
    filters.decline_unreadable,
    shop.answer_from_shop,
    consent.opt_out_when_idle,
    filters.skip_unanswered_welcome,
    answers.answer_from_faq,
    answers.answer_politeness,
    answers.ask_model_or_hand_off,
)


def new_conversation(message: InboundMessage) -> Conversation:
    """Return the state before a customer's first message."""
    return Conversation(
        id=message.conversation_id,
        workspace=message.workspace,
        channel=message.channel,
        provider=message.provider.value,
        customer_id=ids.customer_id(message.workspace, message.sender.identity),
        address=message.sender.address,
        opened_at=message.created_at,
    )


def decide_message(
    context: DecisionContext, before: Conversation | None, message: InboundMessage, now: datetime
) -> Decision:
    """Return the decision on a message. before: the conversation's state, None for the first message."""
    workspace = context.workspace
    conversation = with_shards(before or new_conversation(message), workspace.shards, now)
    conversation = begin_turn(conversation, message, workspace.conversing, workspace.languages)
    turn = MessageTurn(context, conversation, message, now)
    for stage in STAGES:
        result = stage(turn)
        if isinstance(result, Decision):
            return _completed(before, result, context, message, now)
        turn = result or turn
    raise AssertionError("the last stage always decides")


def _completed(
    before: Conversation | None, decision: Decision, context: DecisionContext, message: InboundMessage, now: datetime
) -> Decision:
    """Add what follows from every decision: qualification, events of changes, the next due time."""
    effects = with_one_customer_change((*decision.effects, *_qualification(context)))
    decision = replace(decision, effects=effects)
    state = msgspec.structs.replace(decision.conversation, proposal=None)  # answered, or superseded by this message
    outputs = (*decision.outputs, *change_events(before, decision, message, now))
    state = with_due_time(state, context.workspace)
    return replace(decision, conversation=state, outputs=outputs)


def _qualification(context: DecisionContext) -> tuple[CustomerChange, ...]:
    """Apply the rule `qualified_when` to what was known of the customer before this message."""
    rule = context.workspace.qualified_when
    if not rule or context.customer.get("qualified") or not _holds(rule, context.customer):
        return ()
    return (CustomerChange(qualified=True),)


def _holds(rule: str, customer: Mapping[str, Any]) -> bool:
    try:
        return _parsed(rule).holds({"customer": customer})
    except ExpressionError:  # the customer lacks a field that the rule needs
        return False


@lru_cache(maxsize=1000)
def _parsed(rule: str) -> Expression:
    return parse_expression(rule)


def ai_answer_may_be_delivered(conversation: Conversation, now: datetime) -> bool:
    """Return whether to look up if delivery has the pending AI answer."""
    at = conversation.through_ai_at
    return conversation.through_ai > 0 and (at is None or now - at > _AI_ANSWER_TIME)


def without_pending_ai_answer(conversation: Conversation) -> Conversation:
    """Return the conversation without a pending AI answer."""
    return msgspec.structs.replace(conversation, through_ai=0)
