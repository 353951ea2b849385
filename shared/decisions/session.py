"""Updates a conversation for a customer's message before anything is decided: turn, session, rate, repetition. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from shared.domain.conversation import Conversation, Mode
from shared.messages.content import Media, Text, text_of
from shared.messages.inbound import InboundMessage
from shared.text.language import detect
from shared.text.phrases import folded
from shared.workspace.config import Conversing

_MINUTE = timedelta(minutes=1)
_LOOP = 6  # consecutive texts, of at most two different ones
_MIN_LENGTH = 12  # characters; people repeat shorter texts (`more`, `1`, `ok`)


def begin_turn(
    before: Conversation, message: InboundMessage, conversing: Conversing, languages: Sequence[str] = ()
) -> Conversation:
    """Return the conversation with the message in it, in a new session if the last one has ended. languages: the
    workspace's.
    """
    new = _session_is_over(before, message.created_at, conversing)
    return msgspec.structs.replace(
        before,
        turn=before.turn + 1,
        version=before.version + 1,
        address=message.sender.address,
        last_inbound_at=max(message.created_at, before.last_inbound_at or message.created_at),
        last_message=message.provider_message_id,
        mode=Mode.BOT if before.mode is Mode.CLOSED else before.mode,
        session_at=message.created_at if new else before.session_at,
        flow=before.flow if not new or _flow_outlasts_session(before, message.created_at) else None,
        options=() if new else before.options,
        proposal=None if new else before.proposal,
        snoozed_until=None,
        product=_product("" if new else before.product, message),
        recent=_recent(before, message.created_at, conversing.messages_per_minute),
        said=_text_digests(() if new else before.said, message),
        language=_language(message, languages) or before.language,
    )


def writes_too_fast(conversation: Conversation, conversing: Conversing) -> bool:
    """Return whether the customer exceeds `messages_per_minute`, counted by arrival."""
    return 0 < conversing.messages_per_minute < len(conversation.recent)


def repeats_itself(conversation: Conversation) -> bool:
    """Return whether the last texts are one or two, again and again: most likely another bot's."""
    return len(conversation.said) >= _LOOP and len(set(conversation.said)) <= 2


def _product(before: str, message: InboundMessage) -> str:
    """Return the SKU that "this one" refers to: the message's product, or the one shown before."""
    product = message.context.product
    return product.sku if product is not None else before


def _language(message: InboundMessage, languages: Sequence[str]) -> str:
    """Return the detected language or ""; titles of our buttons are not the customer's words."""
    return detect(text_of(message.content), languages) if isinstance(message.content, Text | Media) else ""


def _session_is_over(before: Conversation, at: datetime, conversing: Conversing) -> bool:
    if before.session_at is None or before.last_inbound_at is None or before.mode is Mode.CLOSED:
        return True
    return at - before.last_inbound_at > timedelta(minutes=conversing.session_minutes)


def _flow_outlasts_session(before: Conversation, at: datetime) -> bool:
    """Return whether a flow still waits for a later time; it continues in the next session."""
    flow = before.flow
    return flow is not None and any(until is not None and until > at for until in (flow.waits_until, flow.ends_at))


def _recent(before: Conversation, at: datetime, limit: int) -> tuple[datetime, ...]:
    if not limit:
        return ()
    return (*(earlier for earlier in before.recent if at - earlier < _MINUTE), at)[-limit - 1 :]


def _text_digests(before: tuple[str, ...], message: InboundMessage) -> tuple[str, ...]:
    if not isinstance(message.content, Text):
        return before
    text = folded(message.content.body[:1000])
    if len(text) < _MIN_LENGTH:
        return before
    return (*before, blake2b(text.encode(errors="replace"), digest_size=6).hexdigest())[-_LOOP:]
