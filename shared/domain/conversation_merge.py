"""Merges two conversations of one customer. Pure.

The conversation in which the customer wrote last decides, except about who answers: an agent who has one of them gets
the merged one.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from shared.domain.conversation import MAX_LABELS, CartLine, Conversation, MergedConversation, Mode

_MAX_DIGESTS = 6  # as in `shared.decisions.session`


def merge_conversations(
    into: Conversation | None, conversation: Conversation, target_id: str, customer_id: str
) -> Conversation:
    """Return the conversation `target_id` with another one merged into it. into: its state; None: it does not exist."""
    if into is None:
        joined = (MergedConversation(conversation_id=conversation.id, offset=0),)
        return msgspec.structs.replace(
            conversation, id=target_id, customer_id=customer_id, version=1, moved_to=None, joined=joined
        )
    later, earlier = _by_time(into, conversation)
    return msgspec.structs.replace(
        _with_agent(into, conversation, later),
        turn=into.turn + conversation.turn,
        version=into.version + 1,
        joined=(*into.joined, MergedConversation(conversation_id=conversation.id, offset=into.turn)),
        address=later.address,
        opened_at=_first(into.opened_at, conversation.opened_at),
        last_inbound_at=later.last_inbound_at,
        last_message=later.last_message or earlier.last_message,
        session_at=later.session_at,
        decided_at=_last(into.decided_at, conversation.decided_at),
        cart=_cart(later.cart, earlier.cart),
        cart_note=later.cart_note or earlier.cart_note,
        product=later.product or earlier.product,
        language=later.language or earlier.language,
        options=later.options or earlier.options,
        due_at=_first(into.due_at, conversation.due_at),
        recent=tuple(sorted((*into.recent, *conversation.recent))),
        said=(*earlier.said, *later.said)[-_MAX_DIGESTS:],
        quiet=into.quiet or conversation.quiet,
        proposal=None,
        labels=tuple(sorted({*into.labels, *conversation.labels}))[:MAX_LABELS],
        snoozed_until=_first(into.snoozed_until, conversation.snoozed_until),
        unanswered_since=_first(into.unanswered_since, conversation.unanswered_since),
        asked_at=_first(into.asked_at, conversation.asked_at),
    )


def _with_agent(into: Conversation, conversation: Conversation, later: Conversation) -> Conversation:
    """Set mode, assignee and flow; an agent's conversation has no flow."""
    handed_off = [one for one in (into, conversation) if one.mode is Mode.HUMAN]
    if not handed_off:
        return msgspec.structs.replace(into, mode=later.mode, flow=later.flow or into.flow or conversation.flow)
    has = next((one for one in handed_off if one.assigned_to), handed_off[0])
    return msgspec.structs.replace(
        into,
        mode=Mode.HUMAN,
        mode_reason=has.mode_reason,
        mode_by=has.mode_by,
        assigned_to=has.assigned_to,
        waiting_since=None if has.assigned_to else _first(*(one.waiting_since for one in handed_off)),
        person_at=_last(*(one.person_at for one in handed_off)),
        flow=None,
    )


def _by_time(one: Conversation, other: Conversation) -> tuple[Conversation, Conversation]:
    """Return the conversation in which the customer wrote last, then the other one."""
    if other.last_inbound_at is not None and (
        one.last_inbound_at is None or other.last_inbound_at > one.last_inbound_at
    ):
        return other, one
    return one, other


def _cart(later: Iterable[CartLine], earlier: Iterable[CartLine]) -> tuple[CartLine, ...]:
    """Return the lines of both carts; the later quantity wins."""
    lines = {line.sku: line for line in (*earlier, *later)}
    return tuple(lines.values())


def _first(*times: datetime | None) -> datetime | None:
    return min((at for at in times if at is not None), default=None)


def _last(*times: datetime | None) -> datetime | None:
    return max((at for at in times if at is not None), default=None)
