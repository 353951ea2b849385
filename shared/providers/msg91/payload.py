"""Builds the JSON of MSG91's outbound messages. Source: MSG91's page on them, which is incomplete.

`?` Assumed, because no schema is published: the fields of a text and of a template, and `CRQID`, the client's own id,
which its reports return. There is no published form of files, locations and cards, so they are sent as text;
reactions are refused.
"""

from typing import Any

from shared.messages.outbound import LocationBody, MediaBody, Presence, TemplateBody, TextBody, place_or_cards_text
from shared.providers.errors import ErrorKind, SendError
from shared.providers.fitting import fit_in_one
from shared.providers.port import MessageLimits, OutgoingMessage

LIMITS = MessageLimits(text=4096, caption=1024, uncaptioned=frozenset())


def payload_for(number: str, message: OutgoingMessage) -> dict[str, Any]:
    """Return the JSON to post. number: the digits of ours. Raises SendError: too long, or not supported by MSG91."""
    if not message.address.removeprefix("+").isdigit():
        title = "MSG91 is not known to send to a user id; the customer's number is not known."
        raise SendError(ErrorKind.PERMANENT, code="no_number", title=title)
    return {
        "integrated_number": number,
        "recipient_number": message.address.removeprefix("+"),
        "CRQID": message.id,
        **_content(message),
    }


def _content(message: OutgoingMessage) -> dict[str, Any]:
    match fit_in_one(message.body, LIMITS):
        case TextBody(body=text):
            return _text(text)
        case MediaBody(url=url, caption=caption):
            return _text(f"{caption}\n{url}" if caption else url)
        case LocationBody() as location:
            return _text(place_or_cards_text(location))
        case TemplateBody(header=header, header_media=media, buttons=buttons) if header or media or buttons:
            title = "Only the parameters of a template's body can be sent through MSG91."
            raise SendError(ErrorKind.PERMANENT, code="template_parameters", title=title)
        case TemplateBody(names=names) if names:
            title = "How MSG91 takes named parameters is not published: use a template with numbered ones."
            raise SendError(ErrorKind.PERMANENT, code="template_parameters", title=title)
        case TemplateBody(name=name, language=language, parameters=parameters):
            values = {f"body_{number}": {"type": "text", "value": value} for number, value in enumerate(parameters, 1)}
            template = {"name": name, "language": {"code": language, "policy": "deterministic"}, "components": values}
            return {"content_type": "template", "template": template}
        case Presence():
            raise AssertionError("the sender makes no call for it")
        case _:
            raise AssertionError("buttons, lists and cards have become text, and reactions were refused")


def _text(text: str) -> dict[str, Any]:
    return {"content_type": "text", "text": text}
