"""From our message to the JSON of Meta's `/messages`. Source: the Cloud API's messages reference."""

from typing import Any

from shared.messages.outbound import ButtonsBody, Presence, TemplateBody, TextBody
from shared.providers.port import Outgoing

_BSUID = "bsuid:"


def payload_for(message: Outgoing) -> dict[str, Any]:
    """What to post. A customer without a number is named by `recipient` instead of `to`."""
    if isinstance(message.body, Presence):
        return _presence(message.body)
    payload: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": message.id,
        **_recipient(message.address),
        **_content(message.body),
    }
    if message.reply_to:
        payload["context"] = {"message_id": message.reply_to}
    return payload


def _recipient(address: str) -> dict[str, str]:
    if address.startswith(_BSUID):
        return {"recipient": address.removeprefix(_BSUID)}
    return {"to": address.removeprefix("+")}


def _presence(body: Presence) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": body.provider_message_id,
    }
    if body.typing:
        payload["typing_indicator"] = {"type": "text"}
    return payload


def _content(body: TextBody | ButtonsBody | TemplateBody) -> dict[str, Any]:
    match body:
        case TextBody(body=text, preview_url=preview):
            return _text(text, preview)
        case ButtonsBody(body=text, buttons=()):
            return _text(text, preview=False)
        case ButtonsBody(body=text, buttons=buttons):
            replies = [{"type": "reply", "reply": {"id": button.id, "title": button.title}} for button in buttons]
            interactive = {"type": "button", "body": {"text": text}, "action": {"buttons": replies}}
            return {"type": "interactive", "interactive": interactive}
        case TemplateBody(name=name, language=language, parameters=parameters):
            template: dict[str, Any] = {"name": name, "language": {"code": language}}
            if parameters:
                values = [{"type": "text", "text": parameter} for parameter in parameters]
                template["components"] = [{"type": "body", "parameters": values}]
            return {"type": "template", "template": template}


def _text(text: str, preview: bool) -> dict[str, Any]:
    return {"type": "text", "text": {"body": text, "preview_url": preview}}
