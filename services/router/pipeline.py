"""Decides on a customer's message. Pure: state and message in, decision out.

The order of the stages is the order of the questions: is there anything to answer, may we answer, does a person have
it, does the customer ask for one, is a flow or the shop at it, does the FAQ know, then the model.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from services.router import cart_proposals
from services.router.context import DecisionContext
from services.router.decision import Decision
from services.router.due_time import with_due_time
from services.router.outputs import order_events
from services.router.session import begin_turn
from services.router.shards import with_shards
from services.router.stages import answers, filters, flows
from services.router.turn import MessageTurn
from shared.domain import ids
from shared.domain.conversation import Conversation, CustomerChange
from shared.flows.expressions import Expression, ExpressionError, parse
from shared.messages.inbound import InboundMessage

_AT_WORK = timedelta(seconds=60)

Stage = Callable[[MessageTurn], Decision | MessageTurn | None]
STAGES: tuple[Stage, ...] = (
    filters.record_edit,
    filters.skip_flood,
    filters.skip_non_question,
    filters.change_consent,
    filters.skip_if_agent_has_it,
    filters.limit_rate,
    filters.stop_loop,
    filters.hand_off_over_limit,
    filters.hand_off_on_request,
    cart_proposals.answer_to_proposal,
    flows.continue_flow,
    flows.start_flow,
    filters.decline_unreadable,
    flows.answer_from_shop,
    filters.opt_out_when_idle,
    answers.skip_unanswered_welcome,
    answers.answer_from_faq,
    answers.ask_model_or_hand_off,
)


def new_conversation(message: InboundMessage) -> Conversation:
    """The state before a customer's first message."""
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
    """What to do about a customer's message. `before`: the conversation's state, None for the first message."""
    workspace = context.workspace
    conversation = with_shards(before or new_conversation(message), workspace.shards, now)
    turn = MessageTurn(
        context, begin_turn(conversation, message, workspace.conversing, workspace.languages), message, now
    )
    for stage in STAGES:
        result = stage(turn)
        if isinstance(result, Decision):
            effects = (*result.effects, *_qualified(context))
            settled = msgspec.structs.replace(result.conversation, proposal=None)  # it was answered, or is void now
            outputs = (*result.outputs, *order_events(settled, message, effects, now))
            settled = with_due_time(settled, workspace.conversing)
            return replace(result, conversation=settled, effects=effects, outputs=outputs)
        turn = result or turn
    raise AssertionError("the last stage decides in any case")


def _qualified(context: DecisionContext) -> tuple[CustomerChange, ...]:
    """The workspace's rule says so of what was known of the customer before this message."""
    rule = context.workspace.qualified_when
    if not rule or context.customer.get("qualified") or not _holds(rule, context.customer):
        return ()
    return (CustomerChange(qualified=True),)


def _holds(rule: str, customer: Mapping[str, Any]) -> bool:
    try:
        return _parsed(rule).holds({"customer": customer})
    except ExpressionError:  # the rule is about something else than this customer has
        return False


@lru_cache(maxsize=1000)
def _parsed(rule: str) -> Expression:
    return parse(rule)


def ai_answer_may_be_delivered(conversation: Conversation, now: datetime) -> bool:
    """Whether it is worth looking if the last answer that goes through the AI service has reached delivery."""
    at = conversation.through_ai_at
    return conversation.through_ai > 0 and (at is None or now - at > _AT_WORK)


def without_pending_ai_answer(conversation: Conversation) -> Conversation:
    """The state when it has."""
    return msgspec.structs.replace(conversation, through_ai=0)
