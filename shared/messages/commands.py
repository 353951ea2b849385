"""Commands of agents, the AI service, timers and providers to the router. Topic `conversation.commands`."""

from datetime import datetime
from typing import Any

import msgspec

from shared.messages.base import Message
from shared.messages.cart import CartChange
from shared.messages.content import Content
from shared.messages.inbound import Consent, Provider
from shared.messages.outbound import Author, Body

AI = "ai"  # author of the AI service's commands
BROADCAST = "broadcast"  # author of the broadcasts' commands
SERVICES = frozenset((AI, BROADCAST, "delivery", "ingress", "router", "system"))
"""Authors that are no people; they get no events about their commands."""
RELEASES = "system"
"""Author of an `Assign` to nobody that takes a conversation from `if_assigned`, who can answer no more."""


class Command(Message, frozen=True, kw_only=True):
    """A command for a conversation. by: its author: a user's id, a name of `SERVICES`, or `provider`."""

    conversation_id: str
    by: str


class HandOff(Command, frozen=True, kw_only=True, tag="hand_off"):
    """Hand the conversation off to agents; the bot sends nothing until it is returned.

    question: the customer's words, if the bot could not answer them.
    """

    reason: str
    question: str = ""


class GuardedCommand(Command, frozen=True, kw_only=True):
    """A person's command that is refused if another person has the conversation by then.

    if_assigned: who is to have it: an agent's id, or empty: nobody. The command's author may always have it; None:
    anybody may.
    """

    if_assigned: str | None = None


class TakeOver(GuardedCommand, frozen=True, kw_only=True, tag="take_over"):
    """Assign the conversation to an agent."""


class ReturnToBot(GuardedCommand, frozen=True, kw_only=True, tag="return_to_bot"):
    """Return the conversation to the bot."""


class Close(GuardedCommand, frozen=True, kw_only=True, tag="close"):
    """Close the conversation; the customer's next message reopens it, with the bot."""


class AgentMessage(GuardedCommand, frozen=True, kw_only=True, tag="agent_message"):
    """Send an agent's message; the conversation is assigned to the agent, except for a reaction.

    reply_to: provider's id of the quoted message, if any.
    """

    body: Body
    author: Author = Author.AGENT
    reply_to: str | None = None


class Assign(GuardedCommand, frozen=True, kw_only=True, tag="assign"):
    """Assign the conversation to any agent. to: the agent's id; empty: queue it for anybody."""

    to: str


class SetLabels(Command, frozen=True, kw_only=True, tag="set_labels"):
    """Add labels to the conversation and remove others."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class Snooze(Command, frozen=True, kw_only=True, tag="snooze"):
    """Hide the conversation from the queue until a time, or the customer's next message. until: None: end it now."""

    until: datetime | None = None


class AddNote(Command, frozen=True, kw_only=True, tag="add_note"):
    """Add a note for colleagues to the conversation; the customer never sees it."""

    text: str


class StopFlow(Command, frozen=True, kw_only=True, tag="stop_flow"):
    """End the running flow; the conversation stays with the bot."""


class ShowTyping(Command, frozen=True, kw_only=True, tag="show_typing"):
    """Show the customer that an agent is writing. It changes nothing, and no event reports it."""


class StartFlow(Command, frozen=True, kw_only=True, tag="start_flow"):
    """Start a flow in a conversation of the bot, replacing a running one. variables: plain JSON values."""

    flow: str
    variables: dict[str, Any] = msgspec.field(default_factory=dict)


class OrderChanged(Command, frozen=True, kw_only=True, tag="order_changed"):
    """Change an order's state and tell the customer, unless `tell` is False. text: instead of the usual words."""

    number: str
    state: str
    text: str
    tell: bool = True


class ProposeCart(Command, frozen=True, kw_only=True, tag="propose_cart"):
    """Ask the customer to confirm cart changes that the model proposes; nothing changes before the answer.

    turn: of the message that the model answered; in a later turn the command is void. index: of the question, after the
    model's own messages.
    """

    turn: int
    index: int
    changes: tuple[CartChange, ...]


class ProviderReport(Command, frozen=True, kw_only=True):
    """A provider's report on a customer who may never have written to the channel; it creates the conversation.

    customer_id: empty if only the identity is known. identity, address, bsuid: as in `shared.messages.inbound.Sender`.
    """

    provider: Provider
    channel: str
    identity: str
    address: str
    customer_id: str = ""
    bsuid: str = ""


class WrittenOnPhone(ProviderReport, frozen=True, kw_only=True, tag="written_on_phone"):
    """The business wrote to the customer in the WhatsApp Business app. The bot sends nothing then."""

    provider_message_id: str
    content: Content
    sent_at: datetime


class ConsentChanged(ProviderReport, frozen=True, kw_only=True, tag="consent_changed"):
    """The customer changed the consent at the provider, or the provider refused a message for that reason.

    said_at: time of the consent; an older one never undoes a newer one.
    """

    consent: Consent
    said_at: datetime


class Undeliverable(Command, frozen=True, kw_only=True, tag="undeliverable"):
    """The provider can deliver nothing to the customer; marks the customer's record, if there is one.

    failed_at: time of the failure; a later message of the customer clears the mark.
    """

    customer_id: str
    failed_at: datetime


class HeldOff(Command, frozen=True, kw_only=True, tag="held_off"):
    """The provider chose to deliver no marketing to the customer for now; marks the customer's record, if there is one.

    until: before then, broadcasts send no template to the customer.
    """

    customer_id: str
    until: datetime


class ChangeCustomer(Command, frozen=True, kw_only=True, tag="change_customer"):
    """Change what is known of a customer, also of one without a conversation. conversation_id: may be empty.

    fields: custom fields to set; None removes one. name: empty: unchanged. opted_out, qualified, marketing: None:
    unchanged; marketing: consent to marketing messages.
    """

    customer_id: str
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    name: str = ""
    opted_out: bool | None = None
    qualified: bool | None = None
    marketing: bool | None = None


class TimeUp(Command, frozen=True, kw_only=True, tag="time_up"):
    """A conversation's due time has passed. due_at: that time; void if the conversation has another one by now."""

    due_at: datetime


ConversationCommand = (
    HandOff
    | TakeOver
    | ReturnToBot
    | Close
    | AgentMessage
    | Assign
    | SetLabels
    | Snooze
    | AddNote
    | StartFlow
    | StopFlow
    | OrderChanged
    | ProposeCart
    | WrittenOnPhone
    | ConsentChanged
    | TimeUp
)
"""Commands that the router decides on with the conversation's state."""

CommandRecord = ConversationCommand | ChangeCustomer | HeldOff | ShowTyping | Undeliverable
"""All records of the topic."""
