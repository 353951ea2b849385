"""Decodes `conversation.events` as far as live events need it, tolerantly: kinds of newer releases are ignored."""

import msgspec


class LivePresence(msgspec.Struct, frozen=True, gc=False):
    """See `shared.messages.events.EventPresence`."""

    typing: bool = False


class LiveEvent(msgspec.Struct, frozen=True, gc=False):
    """The fields of `shared.messages.events.ConversationEvent` that are read here."""

    kind: str
    conversation_id: str = ""
    message_id: str | None = None
    detail: str = ""
    command_id: str = ""
    by: str = ""
    channel: str = ""
    author: str = ""
    presence: LivePresence | None = None


_decode = msgspec.json.Decoder(LiveEvent).decode


def decode(value: bytes) -> LiveEvent | None:
    """Return the event of a record's value; None for what is none."""
    try:
        return _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
