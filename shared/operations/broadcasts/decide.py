"""What is done about one recipient: a message, a flow that begins, or nothing, with the reason. Pure.

All ids are derived from the recipient, so that whoever does it a second time makes the same message.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.domain import ids
from shared.domain.broadcast import Broadcast, BroadcastFlow, BroadcastTemplate, BroadcastText, cause_id
from shared.domain.conversation import Mode
from shared.domain.customer import customer_view
from shared.domain.window import WINDOW
from shared.flows.expressions import ExpressionError
from shared.flows.templates import parse
from shared.messages.commands import StartFlow
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, Body, OutboundMessage, TextBody
from shared.operations.broadcasts.profiles import RecipientProfile
from shared.providers.fitting import split_to_fit
from shared.providers.registry import limits_of

OPEN = WINDOW - timedelta(minutes=5)
"""How long after a customer's last message a text may be sent, less what it may lie in the queue."""
_NEVER_CUT = 1_000_000  # characters: what does not fit is skipped and said, not shortened
_BEHIND_ALL = 1_000_000  # index: in the history it stands behind what was said in the same turn


class SkipReason(StrEnum):
    """Why somebody is not written to."""

    ERASED = "erased"
    TWICE = "twice"  # the same person is among the recipients under another identity
    OPTED_OUT = "opted_out"
    WINDOW_CLOSED = "window_closed"  # the last message is older than 24 hours, and it is no template
    NO_ADDRESS = "no_address"  # known by a user id only, and never wrote to this number
    WITH_A_PERSON = "with_a_person"  # a flow does not begin while a person has the conversation
    NOT_FILLED_IN = "not_filled_in"  # what is to stand in a `{{ … }}` is not there, or the text is empty with it
    TOO_LONG = "too_long"  # with what is filled in, the text does not fit into one message


def decide(
    broadcast: Broadcast, provider: Provider, person: RecipientProfile, now: datetime
) -> OutboundMessage | StartFlow | SkipReason:
    """See the module. provider: of the broadcast's channel."""
    forbidden = _forbidden(broadcast, person, now)
    if forbidden is not None:
        return forbidden
    if isinstance(broadcast.what, BroadcastFlow):
        return _command(broadcast, broadcast.what, person, now)
    body = _body(broadcast.what, person, provider)
    return body if isinstance(body, SkipReason) else _message(broadcast, provider, person, body, now)


def _forbidden(broadcast: Broadcast, person: RecipientProfile, now: datetime) -> SkipReason | None:
    conversation = person.conversation
    if person.erased:
        return SkipReason.ERASED
    if person.twice:
        return SkipReason.TWICE
    if (person.customer or {}).get("opted_out"):
        return SkipReason.OPTED_OUT
    if not isinstance(broadcast.what, BroadcastTemplate):
        heard = conversation.last_inbound_at if conversation else None
        if heard is None or now - heard >= OPEN:
            return SkipReason.WINDOW_CLOSED
    if conversation is None and person.identity.startswith("bsuid:"):
        return SkipReason.NO_ADDRESS
    if isinstance(broadcast.what, BroadcastFlow) and conversation and conversation.mode is Mode.HUMAN:
        return SkipReason.WITH_A_PERSON
    return None


def _body(what: BroadcastText | BroadcastTemplate, person: RecipientProfile, provider: Provider) -> Body | SkipReason:
    scope = {"customer": _facts(person)}
    try:
        if isinstance(what, BroadcastTemplate):
            filled = {text: parse(text).render(scope, _NEVER_CUT).strip() for text in what.texts}
            return what.filled(filled.__getitem__) if all(filled.values()) else SkipReason.NOT_FILLED_IN
        fitting = split_to_fit(TextBody(body=parse(what.text).render(scope, _NEVER_CUT)), limits_of(provider))
    except ExpressionError:
        return SkipReason.NOT_FILLED_IN
    if len(fitting) != 1:
        return SkipReason.TOO_LONG if fitting else SkipReason.NOT_FILLED_IN
    return fitting[0]


def _facts(person: RecipientProfile) -> dict[str, Any]:
    """What is known of the customer, and where nothing is, what the file says; the file's columns go first."""
    known, recipient = customer_view(None) | (person.customer or {}), person.recipient
    phone = person.identity if person.identity.startswith("+") else ""
    return {
        **known,
        "name": known["name"] or recipient.name,
        "phone": known["phone"] or phone,
        "fields": {**known["fields"], **recipient.fields},
    }


def _message(
    broadcast: Broadcast, provider: Provider, person: RecipientProfile, body: Body, now: datetime
) -> OutboundMessage:
    recipient, conversation = person.recipient, person.conversation
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
        else ids.conversation_id(broadcast.workspace, broadcast.channel, person.key),
        customer_id=recipient.customer_id,
        address=conversation.address if conversation else person.identity,
        body=body,
        author=Author.BROADCAST,
        cause=cause,
        turn=conversation.turn if conversation else 0,
        index=_BEHIND_ALL,
    )


def _command(
    broadcast: Broadcast, what: BroadcastFlow, person: RecipientProfile, now: datetime
) -> StartFlow | SkipReason:
    if person.conversation is None:
        return SkipReason.WINDOW_CLOSED
    cause = cause_id(person.recipient.id)
    return StartFlow(
        id=cause,
        workspace=broadcast.workspace,
        correlation_id=ids.correlation_id(cause),
        created_at=now,
        conversation_id=person.conversation.id,
        by="broadcast",
        flow=what.flow,
        variables={"broadcast": broadcast.name},
    )


def first_message_id(asked: OutboundMessage | StartFlow) -> str:
    """The id of the first message that it leads to."""
    return asked.id if isinstance(asked, OutboundMessage) else ids.output_id(asked.id, Author.FLOW.value)
