"""Decides what one recipient of a broadcast gets: a message, a flow, or nothing with the reason. Pure.

All ids are derived from the recipient, so that a repeated run makes the same message.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.domain import ids
from shared.domain.broadcast import Broadcast, cause_id
from shared.domain.conversation import Mode
from shared.domain.customer import customer_view
from shared.domain.window import WINDOW
from shared.flows.expressions.error import ExpressionError
from shared.flows.expressions.text_template import parse_template
from shared.messages.broadcast_content import BroadcastFlow, BroadcastTemplate, BroadcastText
from shared.messages.commands import BROADCAST, StartFlow
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, Body, OutboundMessage, TextBody
from shared.operations.broadcasts.profiles import RecipientProfile
from shared.providers.fitting import split_to_fit
from shared.providers.registry import limits_of

OPEN = WINDOW - timedelta(minutes=5)
"""Time after a customer's last message in which a text may be sent, less the time that it may be queued."""
_NEVER_CUT = 1_000_000  # characters: a text that does not fit is skipped, not shortened
_AFTER_ALL = 1_000_000  # index: in the history it comes after all messages of the turn


class SkipReason(StrEnum):
    """Why a recipient gets nothing."""

    ERASED = "erased"
    TWICE = "twice"  # the same person is among the recipients under another identity
    OPTED_OUT = "opted_out"
    HELD_OFF = "held_off"  # the provider chose not to deliver marketing to this person for a while
    WINDOW_CLOSED = "window_closed"  # the last message is older than 24 hours, and it is no template
    NO_ADDRESS = "no_address"  # known by a user id only, and never wrote to this number
    WITH_A_PERSON = "with_a_person"  # a flow does not begin while an agent has the conversation
    NOT_FILLED_IN = "not_filled_in"  # the value of a `{{ … }}` is missing, or the text is empty with it
    TOO_LONG = "too_long"  # with what is filled in, the text does not fit into one message


def decide(
    broadcast: Broadcast, provider: Provider, profile: RecipientProfile, now: datetime
) -> OutboundMessage | StartFlow | SkipReason:
    """Return what a recipient gets. provider: of the broadcast's channel."""
    skipped = _skip_reason(broadcast, profile, now)
    if skipped is not None:
        return skipped
    what = broadcast.content_of(profile.recipient.id)
    if isinstance(what, BroadcastFlow):
        return _command(broadcast, what, profile, now)
    body = _body(what, profile, provider)
    return body if isinstance(body, SkipReason) else _message(broadcast, provider, profile, body, now)


def _skip_reason(broadcast: Broadcast, profile: RecipientProfile, now: datetime) -> SkipReason | None:
    conversation = profile.conversation
    if profile.erased:
        return SkipReason.ERASED
    if profile.twice:
        return SkipReason.TWICE
    if (profile.customer or {}).get("opted_out"):
        return SkipReason.OPTED_OUT
    if isinstance(broadcast.what, BroadcastTemplate):
        held_off = (profile.customer or {}).get("held_off_until")
        if held_off is not None and now < held_off:
            return SkipReason.HELD_OFF
    else:
        last_at = conversation.last_inbound_at if conversation else None
        if last_at is None or now - last_at >= OPEN:
            return SkipReason.WINDOW_CLOSED
    if conversation is None and profile.identity.startswith("bsuid:"):
        return SkipReason.NO_ADDRESS
    if isinstance(broadcast.what, BroadcastFlow) and conversation and conversation.mode is Mode.HUMAN:
        return SkipReason.WITH_A_PERSON
    return None


def _body(what: BroadcastText | BroadcastTemplate, profile: RecipientProfile, provider: Provider) -> Body | SkipReason:
    scope = {"customer": _variables(profile)}
    try:
        if isinstance(what, BroadcastTemplate):
            filled = {text: parse_template(text).render(scope, _NEVER_CUT).strip() for text in what.texts}
            return what.filled(filled.__getitem__) if all(filled.values()) else SkipReason.NOT_FILLED_IN
        fitting = split_to_fit(TextBody(body=parse_template(what.text).render(scope, _NEVER_CUT)), limits_of(provider))
    except ExpressionError:
        return SkipReason.NOT_FILLED_IN
    if len(fitting) != 1:
        return SkipReason.TOO_LONG if fitting else SkipReason.NOT_FILLED_IN
    return fitting[0]


def _variables(profile: RecipientProfile) -> dict[str, Any]:
    """Return the customer's data, completed from the file; the file's columns go first."""
    known, recipient = customer_view(None) | (profile.customer or {}), profile.recipient
    phone = profile.identity if profile.identity.startswith("+") else ""
    return {
        **known,
        "name": known["name"] or recipient.name,
        "phone": known["phone"] or phone,
        "fields": {**known["fields"], **recipient.fields},
    }


def _message(
    broadcast: Broadcast, provider: Provider, profile: RecipientProfile, body: Body, now: datetime
) -> OutboundMessage:
    recipient, conversation = profile.recipient, profile.conversation
    cause = cause_id(recipient.id)
    return OutboundMessage(
        id=ids.output_id(cause, Author.BROADCAST.value),
        workspace=broadcast.workspace,
        correlation_id=ids.correlation_id(cause),
        created_at=now,
        provider=provider,
        channel=broadcast.channel,
        conversation_id=conversation.id
        if conversation
        else ids.conversation_id(broadcast.workspace, broadcast.channel, profile.key),
        customer_id=recipient.customer_id,
        address=conversation.address if conversation else profile.identity,
        body=body,
        author=Author.BROADCAST,
        cause=cause,
        turn=conversation.turn if conversation else 0,
        index=_AFTER_ALL,
    )


def _command(
    broadcast: Broadcast, what: BroadcastFlow, profile: RecipientProfile, now: datetime
) -> StartFlow | SkipReason:
    if profile.conversation is None:
        return SkipReason.WINDOW_CLOSED
    cause = cause_id(profile.recipient.id)
    return StartFlow(
        id=cause,
        workspace=broadcast.workspace,
        correlation_id=ids.correlation_id(cause),
        created_at=now,
        conversation_id=profile.conversation.id,
        by=BROADCAST,
        flow=what.flow,
        variables={"broadcast": broadcast.name},
    )


def first_message_id(content: OutboundMessage | StartFlow) -> str:
    """Return the id of the first message that it leads to."""
    return content.id if isinstance(content, OutboundMessage) else ids.output_id(content.id, Author.FLOW.value)
