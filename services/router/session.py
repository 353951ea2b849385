"""What a customer's message does to a conversation before anything is said: its turn, its session, how often and how
alike the customer writes. Pure.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from shared.domain.conversation import Conversation, Mode
from shared.messages.content import Media, Text, text_of
from shared.messages.inbound import InboundMessage
from shared.text.language import detect
from shared.text.words import folded
from shared.workspace.config import Conversing

_MINUTE = timedelta(minutes=1)
_LOOP = 6  # texts in a row, of at most two kinds
_SENTENCE = 12  # characters; shorter ones (`more`, `1`, `ok`) are what people repeat


def begin_turn(
    before: Conversation, message: InboundMessage, conversing: Conversing, languages: Sequence[str] = ()
) -> Conversation:
    """The conversation with the message in it, and in a new session where the last one has ended. languages: of the
    workspace.
    """
    new = _session_is_over(before, message.created_at, conversing)
    return msgspec.structs.replace(
        before,
        turn=before.turn + 1,
        version=before.version + 1,
        address=message.sender.address,
        last_inbound_at=message.created_at,
        last_message=message.provider_message_id,
        mode=Mode.BOT if before.mode is Mode.CLOSED else before.mode,
        session_at=message.created_at if new else before.session_at,
        flow=before.flow if not new or _waits_longer(before, message.created_at) else None,
        options=() if new else before.options,
        proposal=None if new else before.proposal,
        product=_product("" if new else before.product, message),
        recent=_recent(before, message.created_at, conversing.messages_per_minute),
        said=_said(() if new else before.said, message),
        language=_language(message, languages) or before.language,
    )


def _product(before: str, message: InboundMessage) -> str:
    """The product that "this one" means: the one that the message asks about, or what was shown before."""
    asked = message.context.product
    return asked.sku if asked is not None else before


def _language(message: InboundMessage, languages: Sequence[str]) -> str:
    """As far as it can be told; what a button of ours says is not the customer's own words."""
    return detect(text_of(message.content), languages) if isinstance(message.content, Text | Media) else ""


def writes_too_fast(conversation: Conversation, conversing: Conversing) -> bool:
    """More messages within a minute than are answered. Counted by when they came, not by when they are read."""
    return 0 < conversing.messages_per_minute < len(conversation.recent)


def repeats_itself(conversation: Conversation) -> bool:
    """The last sentences are one or two, again and again: another bot, most likely."""
    return len(conversation.said) >= _LOOP and len(set(conversation.said)) <= 2


def _session_is_over(before: Conversation, at: datetime, conversing: Conversing) -> bool:
    if before.session_at is None or before.last_inbound_at is None or before.mode is Mode.CLOSED:
        return True
    return at - before.last_inbound_at > timedelta(minutes=conversing.session_minutes)


def _waits_longer(before: Conversation, at: datetime) -> bool:
    """A flow that waits for longer than a session lasts goes on in the next one."""
    flow = before.flow
    return flow is not None and any(until is not None and until > at for until in (flow.waits_until, flow.ends_at))


def _recent(before: Conversation, at: datetime, limit: int) -> tuple[datetime, ...]:
    if not limit:
        return ()
    return (*(earlier for earlier in before.recent if at - earlier < _MINUTE), at)[-limit - 1 :]


def _said(before: tuple[str, ...], message: InboundMessage) -> tuple[str, ...]:
    if not isinstance(message.content, Text):
        return before
    text = folded(message.content.body[:1000])
    if len(text) < _SENTENCE:
        return before
    return (*before, blake2b(text.encode(errors="replace"), digest_size=6).hexdigest())[-_LOOP:]
