"""What people and the AI ask of a conversation. Only the router carries it out. Topic `conversation.commands`."""

from datetime import datetime
from typing import Any

import msgspec

from shared.messages.base import Message
from shared.messages.cart import CartChange
from shared.messages.content import Content
from shared.messages.inbound import Consent, Provider
from shared.messages.outbound import Author, Body

AI = "ai"  # who commands, where it is no person


class Command(Message, frozen=True, kw_only=True):
    """channel, identity: whose conversation it is; `by`: a user's id, `ai` or `system`."""

    conversation_id: str
    by: str


class HandOff(Command, frozen=True, kw_only=True, tag="hand_off"):
    """A person is needed: the bot is quiet until somebody gives the conversation back.

    question: the customer's words, where it is because nothing of ours could answer them.
    """

    reason: str
    question: str = ""


class TakeOver(Command, frozen=True, kw_only=True, tag="take_over"):
    """A person takes the conversation."""


class ReturnToBot(Command, frozen=True, kw_only=True, tag="return_to_bot"):
    """The bot answers again."""


class Close(Command, frozen=True, kw_only=True, tag="close"):
    """The matter is settled; the customer's next message opens the conversation again, with the bot."""


class AgentMessage(Command, frozen=True, kw_only=True, tag="agent_message"):
    """A person writes to the customer; the conversation becomes the person's."""

    body: Body
    author: Author = Author.AGENT


class StartFlow(Command, frozen=True, kw_only=True, tag="start_flow"):
    """Begin a flow in a conversation that the bot has, in place of one that runs. variables: plain JSON values."""

    flow: str
    variables: dict[str, Any] = msgspec.field(default_factory=dict)


class OrderChanged(Command, frozen=True, kw_only=True, tag="order_changed"):
    """An order has another state, and the customer is told."""

    number: str
    state: str
    text: str


class ProposeCart(Command, frozen=True, kw_only=True, tag="propose_cart"):
    """The model would change the cart: the customer is asked, and nothing is changed before the answer.

    turn: of the message that the model answered; void when the conversation has moved on since. index: of the question,
    behind what the model itself has said.
    """

    turn: int
    index: int
    changes: tuple[CartChange, ...]


class ProviderReport(Command, frozen=True, kw_only=True):
    """Something about a customer who may never have written to the channel: the conversation is made if need be.

    customer_id: empty where only the identity is known. identity, address: as in `shared.messages.inbound.Sender`.
    """

    provider: Provider
    channel: str
    identity: str
    address: str
    customer_id: str = ""


class WrittenOnPhone(ProviderReport, frozen=True, kw_only=True, tag="written_on_phone"):
    """The business wrote to the customer in the WhatsApp Business app: it is in the history, and the bot is quiet."""

    provider_message_id: str
    content: Content
    sent_at: datetime


class ConsentChanged(ProviderReport, frozen=True, kw_only=True, tag="consent_changed"):
    """The customer has told the provider which messages are wanted, or the provider refuses a message for that reason.

    said_at: when; an older consent never undoes a newer one.
    """

    consent: Consent
    said_at: datetime


class Undeliverable(Command, frozen=True, kw_only=True, tag="undeliverable"):
    """The provider can deliver nothing to the customer. It changes only what is known of the customer, if there is one.

    failed_at: when it was found; a message of the customer's after that says otherwise.
    """

    customer_id: str
    failed_at: datetime


class TimeUp(Command, frozen=True, kw_only=True, tag="time_up"):
    """A time that the router set has come. due_at: which one; another one in the conversation makes this one void."""

    due_at: datetime


ConversationCommand = (
    HandOff
    | TakeOver
    | ReturnToBot
    | Close
    | AgentMessage
    | StartFlow
    | OrderChanged
    | ProposeCart
    | WrittenOnPhone
    | ConsentChanged
    | TimeUp
)
"""Decided on by the router with the conversation's state."""

CommandRecord = ConversationCommand | Undeliverable
"""All that the topic carries."""
