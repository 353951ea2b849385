"""Builds the template object of Meta's `/messages`. Source: the Cloud API's template messages reference."""

from typing import Any

from shared.messages.content import MediaKind
from shared.messages.outbound import ButtonValue, MediaBody, TemplateBody

_OF_BUTTON = {"quick_reply": "payload", "url": "text", "copy_code": "coupon_code"}
_FLOW = "flow"


def template_for(body: TemplateBody) -> dict[str, Any]:
    """Return the object under `template`."""
    components = [*_header(body), *_body(body), *map(_button, body.buttons)]
    template: dict[str, Any] = {"name": body.name, "language": {"code": body.language}}
    return {**template, "components": components} if components else template


def _header(body: TemplateBody) -> list[dict[str, Any]]:
    if body.header_media is not None:
        return [{"type": "header", "parameters": [_file(body.header_media)]}]
    return [{"type": "header", "parameters": [_text(body.header, body.header_name)]}] if body.header else []


def _body(body: TemplateBody) -> list[dict[str, Any]]:
    if not body.parameters:
        return []
    names = body.names or ("",) * len(body.parameters)
    return [{"type": "body", "parameters": [_text(*pair) for pair in zip(body.parameters, names, strict=True)]}]


def _button(button: ButtonValue) -> dict[str, Any]:
    parameter: dict[str, Any]
    if button.kind == _FLOW:
        parameter = {"type": "action", "action": {"flow_token": button.value}}
    else:
        kind = _OF_BUTTON[button.kind]
        parameter = {"type": kind, kind: button.value}
    return {"type": "button", "sub_type": button.kind, "index": str(button.index), "parameters": [parameter]}


def _text(value: str, name: str) -> dict[str, Any]:
    named = {"parameter_name": name} if name else {}
    return {"type": "text", **named, "text": value}


def _file(media: MediaBody) -> dict[str, Any]:
    file = {"id": media.media_id} if media.media_id else {"link": media.url}
    if media.filename.strip() and media.kind is MediaKind.DOCUMENT:  # Meta refuses a name of another kind of file
        file["filename"] = media.filename
    return {"type": media.kind.value, media.kind.value: file}
