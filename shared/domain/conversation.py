"""A conversation's state, as the router decides on it and everybody else reads it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from shared.messages.cart import CartChange


class Mode(StrEnum):
    BOT = "bot"  # the bot answers
    HUMAN = "human"  # a person answers; the bot is quiet
    CLOSED = "closed"  # settled; the next message opens it again, with the bot


class FlowFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A flow that waits for its sub-flow to end, and the step that comes then (empty: it ends too)."""

    flow: str
    version: str
    step: str


class FlowPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Where a conversation stands in a flow. It finishes on the version that it began with.

    step: the one that waits for the customer or for a time. tries: answers of the customer that did not fit.
    options: what was offered, in its order, so that a number chooses one; each an id and a title.
    waits_until: when the step gives up waiting; ends_at: when the whole flow does; None: never.
    variables: set by the flow's own steps, plain JSON values. stack: the flows that called this one, outermost first.
    """

    flow: str
    version: str
    step: str
    started_at: datetime
    tries: int = 0
    options: tuple[tuple[str, str], ...] = ()
    waits_until: datetime | None = None
    ends_at: datetime | None = None
    variables: dict[str, Any] = {}
    stack: tuple[FlowFrame, ...] = ()


class CartLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the customer wants to buy; what it costs is looked up when it matters."""

    sku: str
    quantity: int


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer was asked to confirm. id: of the command that asked. It is answered by the customer's next
    message or is void.
    """

    id: str
    changes: tuple[CartChange, ...]


class Fragments(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that one AI request is to answer together. request_id: of the latest, which covers all of them.

    since: when the first came; until: when the answer may be begun, unless a further message puts it off.
    """

    request_id: str
    message_ids: tuple[str, ...]
    since: datetime
    until: datetime


class MovedTo(msgspec.Struct, frozen=True, kw_only=True):
    """Where a conversation goes on whose customer turned out to be known already. key, former_key: of the customer
    there and of the one here (`shared.domain.identities`).
    """

    conversation_id: str
    key: str
    former_key: str


class MergedConversation(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that was merged into another one; its turns count from `offset` there."""

    conversation_id: str
    offset: int


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """One customer on one channel. Only the router changes it.

    turn: how many messages of the customer and of agents there have been (see `OutboundMessage.turn`).
    version: goes up with each change; 0 means not stored yet. address: where answers go.
    last_message: the provider's id of the customer's last message.
    through_ai: the last turn whose answer goes through the AI service, 0 when all of them are out; through_ai_at: when.
    shards: by how many the key of its records is chosen; it follows the workspace's when nothing was decided on the
    conversation for a while (decided_at: the last time).
    session_at: when the present session began; one ends after idleness (`Conversing.session_minutes`).
    flow: where it stands in a flow, if one runs. cart: what the customer is about to buy; cart_note: what the customer
    wrote with it. product: the SKU that was last shown or asked about in this session, so that "this one" means it.
    language: in which the customer last wrote, as far as it could be told (`shared.text.language`).
    options: what was last offered outside a flow, so that a number chooses one; each an id and a title.
    fragments: messages that the model has not been asked about yet.
    assigned_to: the person who has it, if one does; waiting_since: since when it waits for one; person_at: when a
    person last did something in it.
    due_at: when something is to happen by itself (a time-out of a flow or of a person); `TimeUp` comes then.
    recent: when the last messages came, for the limit per minute; said: digests of the last ones, to notice a bot.
    quiet: the limit or the loop has been told to the customer, and nothing is said until it is over.
    proposal: changes of the cart that the customer has been asked to confirm.
    moved_to: where it goes on; nothing is decided in it any more. joined: those that were merged into it.
    """

    id: str
    workspace: str
    channel: str
    provider: str
    customer_id: str
    address: str
    mode: Mode = Mode.BOT
    turn: int = 0
    version: int = 0
    opened_at: datetime | None = None
    last_inbound_at: datetime | None = None
    last_message: str = ""
    through_ai: int = 0
    through_ai_at: datetime | None = None
    shards: int = 1
    decided_at: datetime | None = None
    mode_reason: str = ""
    mode_by: str = ""
    session_at: datetime | None = None
    flow: FlowPosition | None = None
    cart: tuple[CartLine, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    fragments: Fragments | None = None
    assigned_to: str = ""
    waiting_since: datetime | None = None
    person_at: datetime | None = None
    due_at: datetime | None = None
    recent: tuple[datetime, ...] = ()
    said: tuple[str, ...] = ()
    quiet: bool = False
    proposal: Proposal | None = None
    cart_note: str = ""
    product: str = ""
    language: str = ""
    moved_to: MovedTo | None = None
    joined: tuple[MergedConversation, ...] = ()


class RecordedOutput(msgspec.Struct, frozen=True):
    """A record that a decision makes, as it goes to Kafka: stored with the decision, and published again from there."""

    topic: str
    key: bytes
    value: bytes


class CustomerChange(msgspec.Struct, frozen=True, kw_only=True, tag="customer"):
    """What a decision changes about the customer. Applied once for each cause, however often the record comes.

    fields: custom fields to set, None takes one away. opted_out, qualified: None leaves it as it is.
    marketing: whether the customer takes marketing messages, as told to the provider; None leaves it as it is. It never
    undoes an opt-out of all messages. said_at: when it was said, if that was before the decision.
    """

    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    fields: dict[str, Any] = {}
    name: str = ""
    opted_out: bool | None = None
    qualified: bool | None = None
    marketing: bool | None = None
    said_at: datetime | None = None


class CustomerRegistered(msgspec.Struct, frozen=True, kw_only=True, tag="customer_met"):
    """A customer who may not have written yet: kept, so that what is known of them has a place.

    phone: in E.164, or empty.
    """

    identity: str
    phone: str = ""


class OrderPlaced(msgspec.Struct, frozen=True, kw_only=True, tag="order"):
    """An order to store; its id is derived from the message that placed it, so that it is stored once.

    lines: sku, name, quantity, price and total; money is decimals as text, in `currency`. note: what the customer wrote
    with it.
    """

    id: str
    number: str
    lines: tuple[dict[str, Any], ...]
    total: str
    currency: str
    note: str = ""


class OrderAdvanced(msgspec.Struct, frozen=True, kw_only=True, tag="order_advanced"):
    """An order that gets another state. by: who saw to it."""

    number: str
    state: str
    by: str


class UnansweredQuestion(msgspec.Struct, frozen=True, kw_only=True, tag="unanswered"):
    """A question that nothing of ours could answer, for the owner. score: of the FAQ that came nearest."""

    text: str
    score: float = 0.0
    nearest: str = ""


class MessageEdited(msgspec.Struct, frozen=True, kw_only=True, tag="edited"):
    """The customer changed (or with `body` None took back) a message that is in the history."""

    provider_message_id: str
    body: str | None


Effect = CustomerChange | CustomerRegistered | OrderPlaced | OrderAdvanced | UnansweredQuestion | MessageEdited
"""What a decision leads to besides records: stored with the decision and carried out before these are published."""


class RecordedDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided on one record: its id, the turn, the outputs, and the effects with the time of the decision."""

    cause: str
    turn: int
    decision: str
    outputs: tuple[RecordedOutput, ...] = ()
    effects: tuple[Effect, ...] = ()
    at: datetime | None = None
