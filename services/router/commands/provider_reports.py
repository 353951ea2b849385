"""Decides on a provider's reports on a conversation: the business wrote on its own phone, or the customer changed their
consent at the provider. Pure.
"""

from datetime import datetime

import msgspec

from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.modes import assigned_to_agent
from shared.decisions.outputs import outbound_message
from shared.decisions.stages.consent import CONSENT_CHANGES
from shared.domain.conversation import Conversation, CustomerRegistered, Mode
from shared.messages.commands import ConsentChanged, ProviderReport, WrittenOnPhone
from shared.messages.content import Content, Edit, Revoke
from shared.messages.content_text import content_text
from shared.messages.inbound import Consent
from shared.messages.outbound import Author, OnPhoneBody
from shared.topics import OUTBOUND_MESSAGES

PHONE = "phone"
"""Assignee of a conversation in which the business writes on its own phone."""


def opened_conversation(command: ProviderReport, customer_id: str) -> Conversation:
    """Return the state of a conversation in which the customer has not written yet."""
    return Conversation(
        id=command.conversation_id,
        workspace=command.workspace,
        channel=command.channel,
        provider=command.provider.value,
        customer_id=customer_id,
        address=command.address,
        opened_at=command.created_at,
    )


def decide_on_report(after: Conversation, command: WrittenOnPhone | ConsentChanged, now: datetime) -> Decision:
    """Return the decision on a report; it creates a customer who has never written."""
    note = f"{type(command).__name__} by {command.by}"
    if isinstance(command, WrittenOnPhone):
        return _written_on_phone(after, command, now, note)
    return _consent_changed(after, command, note)


def _written_on_phone(after: Conversation, command: WrittenOnPhone, now: datetime, note: str) -> Decision:
    """Silence the bot as after an agent's message. A conversation that is assigned already stays assigned."""
    reason = after.mode_reason if after.mode is Mode.HUMAN else "written on the phone"
    after = assigned_to_agent(after, after.assigned_to or PHONE, now, reason, answered=True)
    after = msgspec.structs.replace(after, turn=after.turn + 1)
    text = _text(command.content)
    body = OnPhoneBody(provider_message_id=command.provider_message_id, text=text, sent_at=command.sent_at)
    message = outbound_message(after, command, body, Author.AGENT, now)
    return Decision(DecisionKind.COMMAND, after, ((OUTBOUND_MESSAGES, message),), note, (_registered(command),))


def _consent_changed(after: Conversation, command: ConsentChanged, note: str) -> Decision:
    """Change the customer's consent; opting out of all messages also ends the flow."""
    change = CONSENT_CHANGES.get(command.consent)
    if change is None:
        return Decision(DecisionKind.VOID, after, (), note)
    if command.consent is Consent.STOP:
        after = msgspec.structs.replace(after, flow=None, options=())
    effects = (_registered(command), msgspec.structs.replace(change, said_at=command.said_at))
    return Decision(DecisionKind.COMMAND, after, (), f"{note}: {command.consent}", effects)


def _registered(command: ProviderReport) -> CustomerRegistered:
    phone = command.address if command.address.startswith("+") else ""
    return CustomerRegistered(identity=command.identity, phone=phone, bsuid=command.bsuid)


def _text(content: Content) -> str:
    match content:
        case Edit(body=body):
            return f"(changed an earlier message to: {body})"
        case Revoke():
            return "(took back an earlier message)"
        case _:
            return content_text(content)
