"""A conversation's state: the router writes it, the other services read it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from shared.messages.cart import CartChange

MAX_LABELS = 20
"""Labels of one conversation."""


class Mode(StrEnum):
    BOT = "bot"  # the bot answers
    HUMAN = "human"  # an agent answers; the bot sends nothing
    CLOSED = "closed"  # the customer's next message reopens it, with the bot


class FlowFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A flow that waits for its sub-flow, and the step to continue at; empty: it ends with the sub-flow."""

    flow: str
    version: str
    step: str


class FlowPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation's position in a flow, which finishes on the version that it began with.

    step: the waiting step. tries: rejected answers of the customer to it. options: those offered, as id and title, in
    the order of their numbers. waits_until: time-out of the step; ends_at: of the whole flow; None: none.
    variables: set by the flow's steps, plain JSON values. stack: the calling flows, outermost first. pressed: ids
    (the provider's) of the last messages whose buttons or rows were pressed; they answer nothing a second time.
    asked: ids of the records whose decisions sent the present question. by_broadcast: a broadcast began the flow.
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
    pressed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    by_broadcast: bool = False


class CartLine(msgspec.Struct, frozen=True, kw_only=True):
    """A product in a cart; prices are looked up when needed."""

    sku: str
    quantity: int


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Cart changes that the customer was asked to confirm. id: of the command that asked. The customer's next message
    answers or closes it.
    """

    id: str
    changes: tuple[CartChange, ...]


class Fragments(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that one AI request answers together. request_id: of the latest request, which covers all of them.

    since: arrival of the first message; until: earliest start of the answer, unless another message extends it.
    """

    request_id: str
    message_ids: tuple[str, ...]
    since: datetime
    until: datetime


class MovedTo(msgspec.Struct, frozen=True, kw_only=True):
    """The conversation that this one was merged into. key, former_key: of the customer of that conversation and of this
    one (`shared.domain.identities`).
    """

    conversation_id: str
    key: str
    former_key: str


class MergedConversation(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that was merged into this one. offset: added to the numbers of its turns."""

    conversation_id: str
    offset: int


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """One customer on one channel. Only the router changes it.

    turn: number of the latest turn (see `OutboundMessage.turn`). version: incremented by each change; 0: not stored.
    address: recipient of answers, in the provider's form. last_message: provider's id of the customer's last message.
    through_ai: last turn whose answer goes through the AI service, 0 when all are delivered; through_ai_at: time of it.
    shards: number of shards that the keys of its records are chosen from; it follows the workspace's setting when no
    decision was made for a while (decided_at: time of the last one).
    session_at: start of the present session; one ends after idleness (`Conversing.session_minutes`).
    flow: position in the running flow. cart: the customer's cart; cart_note: the customer's note with it. product: SKU
    last shown or asked about in this session, which "this one" refers to.
    language: detected language of the customer's last text (`shared.text.language`).
    options: those last offered outside a flow, as id and title, in the order of their numbers.
    fragments: messages that one AI request will answer together.
    assigned_to: the agent who has it; waiting_since: since when it waits for one; person_at: an agent's last action.
    due_at: time-out of a flow or of an agent, or end of a snooze, for which a `TimeUp` is sent.
    recent: arrival of the last messages, for the rate limit; said: digests of the last texts, to detect a bot.
    quiet: the customer was told about the rate limit; nothing is sent until the rate falls.
    proposal: cart changes that the customer was asked to confirm.
    moved_to: the conversation that this one was merged into; no more decisions are made on it. joined: those merged
    into it.
    labels: set by agents, in alphabetical order. snoozed_until: hidden from the queue until then, or the customer's
    next message. unanswered_since: since when the customer waits for a person's first answer.
    asked_at: since when the customer waits for words of the agent who has the conversation. Thanks wait for nothing.
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
    labels: tuple[str, ...] = ()
    snoozed_until: datetime | None = None
    unanswered_since: datetime | None = None
    asked_at: datetime | None = None


class RecordedOutput(msgspec.Struct, frozen=True):
    """A Kafka record of a decision, stored with it so that it can be published again."""

    topic: str
    key: bytes
    value: bytes


class CustomerChange(msgspec.Struct, frozen=True, kw_only=True, tag="customer"):
    """A decision's change to the customer, applied once per cause.

    fields: custom fields to set; None removes one. opted_out, qualified, marketing: None changes nothing. marketing:
    consent to marketing messages, given to the provider; it never undoes an opt-out of all messages. said_at: when the
    customer said so, if before the decision.
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
    """A customer to create who may not have written yet. phone: in E.164, or empty. bsuid: the user id, or empty."""

    identity: str
    phone: str = ""
    bsuid: str = ""


class OrderPlaced(msgspec.Struct, frozen=True, kw_only=True, tag="order"):
    """An order to store once: its id is derived from the message that placed it.

    lines: sku, name, quantity, price and total; amounts are decimals as text, in `currency`. note: the customer's.
    """

    id: str
    number: str
    lines: tuple[dict[str, Any], ...]
    total: str
    currency: str
    note: str = ""


class OrderAdvanced(msgspec.Struct, frozen=True, kw_only=True, tag="order_advanced"):
    """A new state of an order. by: the command's author."""

    number: str
    state: str
    by: str


class UnansweredQuestion(msgspec.Struct, frozen=True, kw_only=True, tag="unanswered"):
    """A question that the bot could not answer, for the owner. nearest, score: the most similar FAQ."""

    text: str
    score: float = 0.0
    nearest: str = ""


class NoteAdded(msgspec.Struct, frozen=True, kw_only=True, tag="note"):
    """An agent's note to store. turn: the conversation's latest turn then. by: the agent's id."""

    text: str
    turn: int
    by: str


class MessageEdited(msgspec.Struct, frozen=True, kw_only=True, tag="edited"):
    """The customer edited a message in the history; body None: deleted it."""

    provider_message_id: str
    body: str | None


Effect = (
    CustomerChange | CustomerRegistered | OrderPlaced | OrderAdvanced | UnansweredQuestion | MessageEdited | NoteAdded
)
"""Effects of a decision besides records: stored with it and carried out before the records are published."""


class ChangeKind(StrEnum):
    """Kinds of changes that people see in a conversation's history."""

    HANDED_OFF = "handed_off"  # to the queue for agents
    TAKEN = "taken"  # assigned to an agent
    ANSWERED = "answered"  # an agent's first message since it was handed off
    RETURNED = "returned"  # to the bot
    CLOSED = "closed"
    REOPENED = "reopened"
    FLOW_ENDED = "flow_ended"


class StateChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change of a conversation's state that people see in its history.

    by: an agent's id, or a service's name. given_by: who assigned the conversation to the agent `by`; empty: the
    agent took it. It is no kind of its own in the store, because earlier versions could not read one. detail: the
    reason; of a flow its name, step, why it ended and version, with spaces between. waited: seconds that the customer
    had waited for the answer. channel: the conversation's.
    """

    kind: ChangeKind
    by: str = ""
    given_by: str = ""
    detail: str = ""
    waited: float | None = None
    channel: str = ""


class RecordedDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A stored decision. cause: id of the record decided on. at: time of the decision. changes: of the state, for the
    history.
    """

    cause: str
    turn: int
    decision: str
    outputs: tuple[RecordedOutput, ...] = ()
    effects: tuple[Effect, ...] = ()
    at: datetime | None = None
    changes: tuple[StateChange, ...] = ()
