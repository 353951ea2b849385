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
from services.router.context import Desk
from services.router.decision import Decision
from services.router.due_time import timed
from services.router.outputs import order_events
from services.router.session import arrived
from services.router.shards import placed
from services.router.stages import answers, filters, flows
from services.router.turn import Turn
from shared.domain import ids
from shared.domain.conversation import Conversation, CustomerChange
from shared.flows.expressions import Expression, ExpressionError, parse
from shared.messages.inbound import InboundMessage

_AT_WORK = timedelta(seconds=60)

Stage = Callable[[Turn], Decision | Turn | None]
STAGES: tuple[Stage, ...] = (
    filters.edited,
    filters.flooding,
    filters.not_said,
    filters.consent,
    filters.with_a_person,
    filters.pace,
    filters.loop,
    filters.used_up,
    filters.asks_for_a_person,
    cart_proposals.answered,
    flows.running_flow,
    flows.flow_begins,
    filters.unreadable,
    flows.shopping,
    filters.leaves,
    answers.greeted,
    answers.known_answer,
    answers.model_or_person,
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


def decide(desk: Desk, before: Conversation | None, message: InboundMessage, now: datetime) -> Decision:
    """What to do about a customer's message. `before`: the conversation's state, None for the first message."""
    workspace = desk.workspace
    conversation = placed(before or new_conversation(message), workspace.shards, now)
    turn = Turn(desk, arrived(conversation, message, workspace.conversing, workspace.languages), message, now)
    for stage in STAGES:
        result = stage(turn)
        if isinstance(result, Decision):
            effects = (*result.effects, *_qualified(desk))
            settled = msgspec.structs.replace(result.conversation, proposal=None)  # it was answered, or is void now
            outputs = (*result.outputs, *order_events(settled, message, effects, now))
            settled = timed(settled, workspace.conversing)
            return replace(result, conversation=settled, effects=effects, outputs=outputs)
        turn = result or turn
    raise AssertionError("the last stage decides in any case")


def _qualified(desk: Desk) -> tuple[CustomerChange, ...]:
    """The workspace's rule says so of what was known of the customer before this message."""
    rule = desk.workspace.qualified_when
    if not rule or desk.customer.get("qualified") or not _holds(rule, desk.customer):
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


def may_be_out(conversation: Conversation, now: datetime) -> bool:
    """Whether it is worth looking if the last answer that goes through the AI service has reached delivery."""
    at = conversation.through_ai_at
    return conversation.through_ai > 0 and (at is None or now - at > _AT_WORK)


def is_out(conversation: Conversation) -> Conversation:
    """The state when it has."""
    return msgspec.structs.replace(conversation, through_ai=0)
