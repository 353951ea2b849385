"""Converts the content of a customer's message from MSG91 to ours.

Texts and files are in fields of their own. Of other kinds MSG91's variables have Meta's objects, which `meta.content`
reads: so a place, a tapped button or a chosen row is what it is at Meta, for people and for the router.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.messages.content import GROUP, Content, Media, MediaKind, Text, Unsupported, is_notice
from shared.providers.lenient import LenientDecoder, decode_or_none
from shared.providers.meta import wire
from shared.providers.meta.content import content_of
from shared.providers.referrals import decode_json

OBJECTS = ("location", "interactive", "button")
"""Kinds whose object may come in a field of its own."""

_KINDS = {kind.value: kind for kind in MediaKind} | {"voice": MediaKind.AUDIO}
_MESSAGE = LenientDecoder(wire.Message)


def content_from(kind: str, text: str, url: str, message: Mapping[str, Any]) -> Content:
    """Return the content. kind: MSG91's word. message: Meta's message, or empty (see `metas_message`)."""
    metas = _metas_content(message)
    if isinstance(metas, Unsupported) and metas.type == GROUP:
        return metas
    if kind == "unsupported":  # a text would be MSG91's own
        return Unsupported(type=kind, detail=text)
    if url and kind in _KINDS:
        return Media(kind=_KINDS[kind], url=url, caption=text or None, voice=kind == "voice")
    if metas is not None and not isinstance(metas, Unsupported):
        return metas
    if is_notice(kind) and kind not in _KINDS:
        return Unsupported(type=kind)
    if text and not (kind in OBJECTS and isinstance(decode_json(text.encode(errors="replace")), dict)):
        return Text(body=text)
    return Unsupported(type=kind or "empty")


def metas_message(kind: str, text: str, messages: Any, objects: Mapping[str, Any]) -> dict[str, Any]:
    """Return Meta's message; empty if there is none. messages: a list of one, or JSON. objects: by kind, or
    JSON; instead of a list. `?` Whether the object can also be in the field of the text.
    """
    listed = _decoded(messages)
    first = listed[0] if isinstance(listed, list) and listed else listed
    if isinstance(first, dict):
        return first
    found = next((value for value in (_decoded(objects.get(kind)), _decoded(text)) if isinstance(value, dict)), None)
    return {"type": kind, kind: found} if kind in OBJECTS and found else {}


def _metas_content(message: Mapping[str, Any]) -> Content | None:
    if not message:
        return None
    # Id and time come in MSG91's own fields.
    raw = msgspec.json.encode({"type": "", **message, "id": "-", "timestamp": 0})
    found = decode_or_none(_MESSAGE, raw)
    return content_of(found) if found is not None else None


def _decoded(value: Any) -> Any:
    return decode_json(value.encode(errors="replace")) if isinstance(value, str) else value
