"""Answers of the resource `conversations`; the structs of `shared.operations` have the same fields."""

from datetime import datetime
from typing import Any

from pydantic import Field

from services.console.models import AnswerModel


class Card(AnswerModel):
    """A customer. number: in E.164, masked for those who may not see it."""

    id: str
    name: str
    number: str
    username: str


class PreviewText(AnswerModel):
    """The last words. author: `customer`, `faq`, `flow`, `ai`, `agent`, `system` or `broadcast`. failed: it is ours
    and was given up. in_doubt: then nobody knows whether the customer has it, because the provider did not answer.
    """

    author: str
    text: str
    at: datetime
    failed: bool
    in_doubt: bool


class ConversationRow(AnswerModel):
    """A conversation in a list. waits_since: since when the customer waits for a person. window_ends_at: end of the 24
    hours in which free text may be sent. unread: the customer's messages that you have not seen; 100 means 100 or more.
    """

    id: str
    channel: str
    customer: Card
    mode: str
    assigned_to: str
    turn: int
    version: int
    last_inbound_at: datetime | None
    waits_since: datetime | None
    window_ends_at: datetime | None
    preview: PreviewText | None
    unread: int
    labels: list[str]
    snoozed_until: datetime | None
    flow: str


class CartItem(AnswerModel):
    """A product in the cart, at its present price. name: empty: it is in the catalogue no more. price, total: decimals
    in `currency`, of one and of all; null with an empty name.
    """

    sku: str
    quantity: int
    name: str
    price: str | None
    total: str | None
    currency: str


class FlowPlace(AnswerModel):
    """The conversation's place in a flow. waits_until: time-out of the step."""

    flow: str
    version: str
    step: str
    started_at: datetime
    waits_until: datetime | None


class OwnDraft(AnswerModel):
    """The texts that you have begun to write. template: the template that is being filled. reply_to: id of the quoted
    message. intent: the `Idempotency-Key` with which the text will be sent. note: for colleagues. at: when the draft
    was stored.
    """

    text: str
    template: dict[str, Any] | None
    reply_to: str
    intent: str
    note: str
    at: datetime


class ConversationDetails(AnswerModel):
    """A conversation. moved_to: the one that it was merged into; read that one instead. seen_turn: the last turn that
    you have read. draft: yours; null: you have begun none.
    """

    row: ConversationRow
    mode_reason: str
    mode_by: str
    opened_at: datetime | None
    language: str
    cart: list[CartItem]
    cart_note: str
    flow: FlowPlace | None
    moved_to: str | None
    seen_turn: int
    draft: OwnDraft | None


class FolderCounts(AnswerModel):
    """The number of conversations in each folder; 100 means 100 or more."""

    mine: int
    unassigned: int
    waiting: int
    people: int
    bot: int
    closed: int
    all: int


class StatusAt(AnswerModel):
    status: str
    at: datetime


class Delivery(AnswerModel):
    """The progress of a message of ours: queued, sending, waiting, held, sent, delivered, read, played, failed or
    deleted.

    code, title, detail: the provider's error. advice: what to do about a failure. can_retry: sending it again may help.
    possible_duplicate: it may have been sent twice. sent_as: the template that was sent in its place.
    """

    state: str
    statuses: tuple[StatusAt, ...] = ()
    code: str = ""
    title: str = ""
    detail: str = ""
    reason: str = ""
    advice: str = ""
    can_retry: bool = False
    not_before: datetime | None = None
    possible_duplicate: bool = False
    sent_as: str = ""


class QuotedText(AnswerModel):
    id: str
    author: str
    text: str


class ReactionBy(AnswerModel):
    author: str
    emoji: str


class TextBefore(AnswerModel):
    text: str
    until: datetime


class Entry(AnswerModel):
    """An entry of a timeline: a message, a note of a colleague, or an event such as `taken`. Fields that say nothing
    are left out. to: of the event `assigned`, the agent whom `by` gave the conversation to. position: `turn.place`,
    for `before`, `after` and `around`; entries are in its order. flow, step: that sent a message, and at which it
    waits then; model: that wrote it; as far as known.
    """

    id: str
    kind: str
    position: str
    turn: int
    at: datetime
    author: str = ""
    index: int | None = None
    by: str = ""
    text: str = ""
    content: dict[str, Any] = Field(default={})
    delivery: Delivery | None = None
    quote: QuotedText | None = None
    reactions: tuple[ReactionBy, ...] = ()
    reacts_to: str = ""
    edited_at: datetime | None = None
    earlier: tuple[TextBefore, ...] = ()
    taken_back_at: datetime | None = None
    decision: str = ""
    event: str = ""
    to: str = ""
    detail: str = ""
    flow: str = ""
    step: str = ""
    model: str = ""


class UnreadConversations(AnswerModel):
    """The newest conversations with unread messages. unread: how many there are among the `compared` newest ones of the
    folder; all_compared: it has no others.
    """

    items: list[ConversationRow]
    unread: int
    compared: int
    all_compared: bool


class TimelineAnswer(AnswerModel):
    """Entries, oldest first. before, after: give them as parameters for the pages on both sides; null: there is none.

    archived: older messages have been archived; those from `archived_before` on are here.

    compared: with `?q=`, the number of entries that were compared, from the newest on; all_compared: the conversation
    has no others.
    """

    entries: list[Entry]
    before: str | None
    after: str | None
    archived: bool
    archived_before: datetime | None
    compared: int | None
    all_compared: bool | None
