"""Entries of a conversation's timeline, made from stored documents. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from shared.domain.conversation import ChangeKind
from shared.domain.timeline import TimelinePosition
from shared.messages.content_text import stored_content_text
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.outbound import Author, OutboundMessage, body_text
from shared.operations.masking import masked, masked_text
from shared.repositories.outbound_views import OutboundState
from shared.repositories.previews import CUSTOMER
from shared.storage.documents import plain

Document = dict[str, Any]

QUEUED = "queued"  # decided, not yet taken by delivery
_TAKEN_BACK = "(a message that was taken back)"
_ADVICE = {
    DeadLetterReason.SEND_REJECTED: "The provider refused this message. Change it before you send it again.",
    DeadLetterReason.IN_DOUBT: "The provider never said whether it took this message. Ask the customer.",
    DeadLetterReason.WINDOW_CLOSED: "More than 24 hours have passed since the customer wrote. Send a template.",
    DeadLetterReason.SEND_EXHAUSTED: "The provider could not take this message in time. Send it again.",
}
_RETRYABLE = frozenset({DeadLetterReason.SEND_EXHAUSTED})  # delivery refuses to send again what is in doubt
_FLOW_DECISION = re.compile(r"flow: flow (?P<flow>[^:]+): (?:waits at step (?P<step>\S+))?")
_ASSIGNED = "assigned"
_UNSEEN_CHANGES = frozenset({ChangeKind.ANSWERED})  # its message is an entry itself


class StatusTime(msgspec.Struct, frozen=True, kw_only=True):
    """A status that the provider reported. at: the provider's time."""

    status: str
    at: datetime


class DeliveryState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The progress of a message of ours. state: queued, sending, waiting, held, sent, delivered, read, played, failed
    or deleted. code, title, detail: the provider's error. advice: what a person can do about a failure. can_retry:
    sending it again may help. possible_duplicate: it may have been sent twice. sent_as: the template that was sent in
    its place.
    """

    state: str
    statuses: tuple[StatusTime, ...] = ()
    code: str = ""
    title: str = ""
    detail: str = ""
    reason: str = ""
    advice: str = ""
    can_retry: bool = False
    not_before: datetime | None = None
    possible_duplicate: bool = False
    sent_as: str = ""


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """The message that another one replies to."""

    id: str
    author: str
    text: str


class EntryReaction(msgspec.Struct, frozen=True, kw_only=True):
    """An emoji on a message. author: `customer` or `agent`."""

    author: str
    emoji: str


class EarlierText(msgspec.Struct, frozen=True, kw_only=True):
    """A text of the customer before an edit. until: the time of the edit."""

    text: str
    until: datetime


class MessageOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """The origin of our messages of one cause. by: the agent. flow, step: the flow, and the step at which it waits
    then. model: that wrote them.
    """

    by: str = ""
    flow: str = ""
    step: str = ""
    model: str = ""


UNKNOWN_ORIGIN = MessageOrigin()


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry. kind: message, note or event. position: `turn.place`, see `shared.domain.timeline`. index: of messages
    of ours. author: `customer`, or as in `shared.messages.outbound.Author`. by: the person, where known. content: all
    of a message, as plain JSON with its `type`. event: for an event, as in `shared.domain.conversation.ChangeKind`, or
    `assigned`: `by` gave the conversation to the agent `to`.
    reacts_to: of a reaction, the id of the message. flow, step: that sent it, and at which it waits then; model: that
    wrote it; all three where known.
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
    content: dict[str, Any] = {}
    delivery: DeliveryState | None = None
    quote: Quote | None = None
    reactions: tuple[EntryReaction, ...] = ()
    reacts_to: str = ""
    edited_at: datetime | None = None
    earlier: tuple[EarlierText, ...] = ()
    taken_back_at: datetime | None = None
    decision: str = ""
    event: str = ""
    to: str = ""
    detail: str = ""
    flow: str = ""
    step: str = ""
    model: str = ""


def order_of(entry: TimelineEntry) -> TimelinePosition:
    """Return the position by which entries are sorted."""
    return TimelinePosition.parse(entry.position)


def masked_entry(entry: TimelineEntry) -> TimelineEntry:
    """Return an entry without phone numbers, for those who may not see them."""
    delivery = entry.delivery
    if delivery is not None:
        title, text = masked_text(delivery.title), masked_text(delivery.detail)
        delivery = msgspec.structs.replace(delivery, title=title, detail=text)
    quote = msgspec.structs.replace(entry.quote, text=masked_text(entry.quote.text)) if entry.quote else None
    earlier = tuple(msgspec.structs.replace(one, text=masked_text(one.text)) for one in entry.earlier)
    return msgspec.structs.replace(
        entry,
        text=masked_text(entry.text),
        content=masked(entry.content),
        delivery=delivery,
        quote=quote,
        earlier=earlier,
        detail=masked_text(entry.detail),
    )


def inbound_entry(document: Document) -> TimelineEntry:
    """Return the entry of a customer's message."""
    taken_back = document.get("taken_back_at")
    edits = document.get("edits") or ()
    return TimelineEntry(
        id=document["_id"],
        kind="message",
        position=str(TimelinePosition.of_customer(document["turn"])),
        turn=document["turn"],
        at=document["received_at"],
        author=CUSTOMER,
        text=_TAKEN_BACK if taken_back else stored_content_text(document["content"]),
        content=document["content"],
        edited_at=document.get("edited_at"),
        earlier=tuple(EarlierText(text=edit["text"], until=edit["until"]) for edit in edits),
        taken_back_at=taken_back,
        decision=document.get("decision", ""),
    )


def outbound_entry(document: Document, origin: MessageOrigin = UNKNOWN_ORIGIN) -> TimelineEntry:
    """Return the entry of a message of ours that has reached delivery."""
    shown = origin if document["author"] == Author.FLOW.value else UNKNOWN_ORIGIN
    return TimelineEntry(
        id=document["_id"],
        kind="message",
        position=str(TimelinePosition.of_ours(document["turn"], document["index"])),
        turn=document["turn"],
        index=document["index"],
        at=document["created_at"],
        author=document["author"],
        text=document["text"],
        content=document["body"],
        delivery=delivery_of(document),
        by=origin.by,
        flow=shown.flow,
        step=shown.step,
        model=origin.model,
    )


def unsent_entry(message: OutboundMessage, origin: MessageOrigin = UNKNOWN_ORIGIN) -> TimelineEntry:
    """Return the entry of a message that is decided but has not reached delivery."""
    shown = origin if message.author is Author.FLOW else UNKNOWN_ORIGIN
    return TimelineEntry(
        id=message.id,
        kind="message",
        position=str(TimelinePosition.of_ours(message.turn, message.index)),
        turn=message.turn,
        index=message.index,
        at=message.created_at,
        author=message.author.value,
        text=body_text(message.body),
        content=plain(message.body),
        delivery=DeliveryState(state=QUEUED),
        by=origin.by,
        flow=shown.flow,
        step=shown.step,
        model=origin.model,
    )


def note_entry(document: Document) -> TimelineEntry:
    """Return the entry of a colleague's note."""
    return TimelineEntry(
        id=document.get("cause") or document["_id"],
        kind="note",
        position=str(TimelinePosition.of_time(document["turn"], document["at"])),
        turn=document["turn"],
        at=document["at"],
        by=document.get("by", ""),
        text=document["text"],
    )


def delivery_of(document: Document) -> DeliveryState:
    """Return how far a stored message of ours is."""
    error, reason = document.get("error") or {}, document.get("reason") or ""
    failed = document["state"] == OutboundState.FAILED.value
    known = DeadLetterReason(reason) if reason in set(DeadLetterReason) else None
    statuses = document.get("statuses") or ()
    return DeliveryState(
        state=document["status"] if document["state"] == OutboundState.SENT.value else document["state"],
        statuses=tuple(StatusTime(status=one["status"], at=one["at"]) for one in statuses),
        code=str(error.get("code", "")),
        title=error.get("title", ""),
        detail=error.get("detail", ""),
        reason=reason,
        advice=_ADVICE.get(known, "") if failed and known else "",
        can_retry=failed and known in _RETRYABLE,
        not_before=document.get("not_before"),
        possible_duplicate=bool(document.get("possible_duplicate")),
        sent_as=(document.get("instead") or {}).get("name", ""),
    )


def event_entry(document: Document) -> TimelineEntry | None:
    """Return the entry of a change of the conversation's state; None for one that needs no line of its own."""
    change = document["change"]
    if change["kind"] in _UNSEEN_CHANGES:
        return None
    by, given_by = change.get("by", ""), change.get("given_by", "")
    return TimelineEntry(
        id=document["_id"],
        kind="event",
        position=str(TimelinePosition.of_time(document["turn"], document["at"])),
        turn=document["turn"],
        at=document["at"],
        by=given_by or by,
        event=_ASSIGNED if given_by else change["kind"],
        to=by if given_by else "",
        detail=change.get("detail", ""),
    )


def origins_of(decisions: Iterable[Mapping[str, Any]], calls: Iterable[Document]) -> dict[str, MessageOrigin]:
    """Return the origins of messages by their cause, from kept decisions and calls of models."""
    found = {one["cause"]: _origin_of(str(one["decision"])) for one in decisions}
    return found | {call["_id"]: MessageOrigin(model=call["model"]) for call in calls}


def _origin_of(decision: str) -> MessageOrigin:
    """Return the origin in a decision such as `flow: flow order: waits at step size`."""
    found = _FLOW_DECISION.match(decision)
    if found:
        return MessageOrigin(flow=found["flow"], step=found["step"] or "")
    return MessageOrigin(by=_author_of_command(decision))


def _author_of_command(decision: str) -> str:
    """Return the author in a decision such as `command: TakeOver by ann: a note`; empty for another record's."""
    kind, _, note = decision.partition(": ")
    return note.partition(" by ")[2].partition(": ")[0] if kind == "command" else ""
