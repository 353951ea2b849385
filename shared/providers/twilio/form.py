"""Builds the form of Twilio's `Messages.json`. Source: Twilio's messages resource.

Twilio sends buttons and lists only as content templates created beforehand, so ours become numbered text; cards become
text, too. It has no reactions. A file is named by its address, so our file name becomes the caption if there is none.
A location is a `PersistentAction` (`geo:latitude,longitude|label`).
"""

from urllib.parse import urlencode

import msgspec

from shared.messages.content import MediaKind
from shared.messages.outbound import LocationBody, MediaBody, Presence, TemplateBody, TextBody, place_or_cards_text
from shared.providers.errors import ErrorKind, SendError
from shared.providers.fitting import fit_in_one
from shared.providers.port import Channel, MessageLimits, OutgoingMessage
from shared.templates.definitions import TemplateDefinition

LIMITS = MessageLimits(
    text=1600, caption=1024, uncaptioned=frozenset({MediaKind.AUDIO, MediaKind.STICKER}), template_names=True
)

_CONTENT_SID_LENGTH = 34  # HX and 32 more


def form_for(channel: Channel, message: OutgoingMessage, callback: str) -> dict[str, str]:
    """Return the form to post. callback: the URL for statuses; its query has our id. Raises SendError."""
    query = urlencode({"workspace": channel.workspace, "channel": channel.id, "message": message.id})
    return {
        "From": _address(channel.address),
        "To": _address(message.address),
        "StatusCallback": f"{callback}?{query}",
        **_content(message),
    }


def template_by_content_sid(body: TemplateBody, definition: TemplateDefinition | None) -> TemplateBody | str:
    """Return the template named by its content sid, or why it cannot be sent."""
    if definition is not None and definition.content_sid:
        return msgspec.structs.replace(body, name=definition.content_sid)
    if not (body.name.startswith("HX") and len(body.name) == _CONTENT_SID_LENGTH):
        return f"Twilio sends templates by a content_sid, and {body.name} has none in the workspace file."
    return body


def _address(address: str) -> str:
    """Return an address. `?` The one of a customer without a number is not documented: we use the user id."""
    return f"whatsapp:{address.removeprefix('bsuid:')}"


def _content(message: OutgoingMessage) -> dict[str, str]:
    match fit_in_one(message.body, LIMITS):
        case TextBody(body=text):
            return {"Body": text}
        case MediaBody(kind=kind, url=url, caption=caption, filename=filename):
            text = caption or (filename if kind is MediaKind.DOCUMENT else "")
            return {"MediaUrl": url, "Body": text} if text else {"MediaUrl": url}
        case LocationBody() as location:
            label = (location.name or location.address).replace("|", " ")
            at = f"geo:{location.latitude},{location.longitude}"
            return {"Body": place_or_cards_text(location), "PersistentAction": f"{at}|{label}" if label else at}
        case TemplateBody(header=header, header_media=media, buttons=buttons) if header or media or buttons:
            title = "Twilio's templates number all of their variables: they are given as parameters."
            raise SendError(ErrorKind.PERMANENT, code="template_parameters", title=title)
        case TemplateBody(name=name, parameters=parameters, names=names):
            form = {"ContentSid": name}
            if parameters:
                keys = names or tuple(map(str, range(1, len(parameters) + 1)))
                values = dict(zip(keys, parameters, strict=True))
                form["ContentVariables"] = msgspec.json.encode(values).decode()
            return form
        case Presence():
            raise AssertionError("the sender makes no call for it")
        case _:
            raise AssertionError("buttons, lists and cards have become text, and reactions were refused")
