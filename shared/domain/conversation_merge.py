"""How two conversations of one person become one. Pure.

Where only one value can be, that of the conversation in which the customer wrote last is taken, but the stricter of the
two as to who answers: a person who has either of them has both.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from shared.domain.conversation import CartLine, Conversation, MergedConversation, Mode

_SAID = 6  # digests of what was said last, as `services.router.session` keeps them


def merge_conversations(
    into: Conversation | None, conversation: Conversation, target_id: str, customer_id: str
) -> Conversation:
    """The conversation `target_id` with another one in it. into: as it is; None: there is none yet."""
    if into is None:
        joined = (MergedConversation(conversation_id=conversation.id, offset=0),)
        return msgspec.structs.replace(
            conversation, id=target_id, customer_id=customer_id, version=1, moved_to=None, joined=joined
        )
    later, earlier = _by_time(into, conversation)
    return msgspec.structs.replace(
        _with_its_person(into, conversation, later),
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
        said=(*earlier.said, *later.said)[-_SAID:],
        quiet=into.quiet or conversation.quiet,
        proposal=None,
    )


def _with_its_person(into: Conversation, conversation: Conversation, later: Conversation) -> Conversation:
    """Set mode, assignee and flow; the flow does not continue while a person has the conversation."""
    people = [one for one in (into, conversation) if one.mode is Mode.HUMAN]
    if not people:
        return msgspec.structs.replace(into, mode=later.mode, flow=later.flow or into.flow or conversation.flow)
    has = next((one for one in people if one.assigned_to), people[0])
    return msgspec.structs.replace(
        into,
        mode=Mode.HUMAN,
        mode_reason=has.mode_reason,
        mode_by=has.mode_by,
        assigned_to=has.assigned_to,
        waiting_since=None if has.assigned_to else _first(*(one.waiting_since for one in people)),
        person_at=_last(*(one.person_at for one in people)),
        flow=None,
    )


def _by_time(one: Conversation, other: Conversation) -> tuple[Conversation, Conversation]:
    """The one in which the customer wrote last, and the other."""
    if other.last_inbound_at is not None and (
        one.last_inbound_at is None or other.last_inbound_at > one.last_inbound_at
    ):
        return other, one
    return one, other


def _cart(later: Iterable[CartLine], earlier: Iterable[CartLine]) -> tuple[CartLine, ...]:
    """Lines of both carts; a product in both keeps the later quantity."""
    lines = {line.sku: line for line in (*earlier, *later)}
    return tuple(lines.values())


def _first(*times: datetime | None) -> datetime | None:
    return min((at for at in times if at is not None), default=None)


def _last(*times: datetime | None) -> datetime | None:
    return max((at for at in times if at is not None), default=None)
