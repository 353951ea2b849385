"""Builds the content of a broadcast, and checks the parts that fill a template. Pure."""

from typing import Literal, get_args

from shared.messages.broadcast_content import BroadcastContent, BroadcastFlow, BroadcastTemplate, BroadcastText
from shared.messages.content import MediaKind
from shared.messages.outbound import ButtonValue, MediaBody
from shared.operations.errors import OperationRefused

ButtonKind = Literal["url", "copy_code", "quick_reply"]
_HEADER_KINDS = (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT)


class ContentInvalid(OperationRefused):
    """Raised for content that no broadcast can have."""


class ContentMissing(OperationRefused):
    """Raised when a broadcast has no content, or several contents."""


def broadcast_content(text: str, template: BroadcastTemplate | None, flow: str) -> BroadcastContent:
    """Return the one content that is given. Raises ContentMissing."""
    if sum(map(bool, (text, template, flow))) != 1:
        raise ContentMissing("say what to send: one of a text, a template and a flow")
    if text:
        return BroadcastText(text=text)
    return template or BroadcastFlow(flow=flow)


def header_media(kind: str, *, url: str = "", media_id: str = "") -> MediaBody:
    """Return the file above a template: an https address, or the id of an uploaded file. Raises ContentInvalid."""
    if kind not in _HEADER_KINDS or not (url or media_id).strip():
        raise ContentInvalid("write image, video or document, then `:` and an https address or id:…")
    if media_id:
        return MediaBody(kind=MediaKind(kind), media_id=media_id)
    if not url.startswith("https://"):
        raise ContentInvalid("the provider fetches it, so it needs an https address")
    return MediaBody(kind=MediaKind(kind), url=url)


def button_value(index: str, kind: str, value: str) -> ButtonValue:
    """Return the value for a button of a template. index: from 0, in digits. Raises ContentInvalid."""
    for known in get_args(ButtonKind):
        if kind == known and index.isdecimal() and value.strip():
            return ButtonValue(index=int(index), kind=known, value=value)
    raise ContentInvalid("write its number from 0, its kind (url, copy_code, quick_reply) and the value")
