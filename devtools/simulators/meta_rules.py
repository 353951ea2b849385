"""Validate `POST /{phone_number_id}/messages` as Meta does, with its error codes.

Source: Meta "WhatsApp Cloud API: messages reference" and the pages of each message type (limits in characters).
Code 100: a top-level parameter is missing, unknown, or has the wrong type or length; 131008: a part of the message is
missing; 131009: a value is not allowed.
"""

import re
from collections.abc import Callable
from typing import Any

from devtools.simulators.errors import RequestRefused

Json = dict[str, Any]

_RECIPIENT = re.compile(
    r"\+?[0-9][0-9 ()\-]{5,24}|[A-Z]{2}\.[A-Za-z0-9]{1,128}"
)  # a phone number or a business-scoped id
_TEMPLATE = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,4})?")
_FIELDS = frozenset(
    {
        "messaging_product",
        "recipient_type",
        "to",
        "recipient",
        "type",
        "context",
        "biz_opaque_callback_data",
        "status",
        "message_id",
        "typing_indicator",
        "preview_url",
        "category",
        "message_activity_sharing",
        "product_policy",
    }
)


def check_message(body: Json) -> str:
    """Return the type of a valid message. Raises RequestRefused."""
    _check_envelope(body)
    kind = body.get("type", "text")
    check = CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise RequestRefused(100, text="(#100) Param type must be one of {" + ", ".join(sorted(CHECKS)).upper() + "}")
    part = body.get(kind)
    if part is None:
        raise RequestRefused(131008, f"Required parameter '{kind}' is missing")
    check(part)
    return str(kind)


def _check_envelope(body: Json) -> None:
    check_messaging_product(body)
    for name in body:
        if name not in _FIELDS and name not in CHECKS:
            raise RequestRefused(100, text=f'(#100) Unexpected key "{name}"')
    to = body.get("to", body.get("recipient"))
    if not to:
        raise RequestRefused(100, text="(#100) The parameter to is required.")
    if not isinstance(to, str) or _RECIPIENT.fullmatch(to) is None:
        raise RequestRefused(131009, "Parameter 'to' is not a valid phone number")
    if body.get("recipient_type", "individual") not in ("individual", "group"):
        raise RequestRefused(100, text="(#100) Param recipient_type must be one of {INDIVIDUAL, GROUP}")
    opaque = body.get("biz_opaque_callback_data")
    if opaque is not None and (not isinstance(opaque, str) or len(opaque) > 512):
        raise RequestRefused(
            100, text="(#100) Param biz_opaque_callback_data must be a string of at most 512 characters long."
        )
    if (context := body.get("context")) is not None:
        _required_text(_object(context, "context"), "message_id", "context", 1024)


def check_messaging_product(body: Json) -> None:
    """Raise RequestRefused unless `messaging_product` is `whatsapp`."""
    if "messaging_product" not in body:
        raise RequestRefused(100, text="(#100) The parameter messaging_product is required.")
    if body["messaging_product"] != "whatsapp":
        raise RequestRefused(100, text="(#100) Param messaging_product must be one of {WHATSAPP}")


def _object(value: object, path: str) -> Json:
    if not isinstance(value, dict):
        raise RequestRefused(100, text=f"(#100) Param {path} must be a JSON object.")
    return value


def _required_list(value: object, path: str, most: int) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise RequestRefused(131008, f"Required parameter '{path}' is missing")
    if len(value) > most:
        raise RequestRefused(131009, f"{path}: at most {most} are allowed, got {len(value)}")
    return value


def _optional_list(part: Json, name: str) -> list[Any]:
    value = part.get(name)
    if value is not None and not isinstance(value, list):
        raise RequestRefused(100, text=f"(#100) Param {name} must be an array.")
    return value or []


def _required_text(part: Json, name: str, path: str, most: int, *, code: int = 131009) -> str:
    """Return a required string of 1 to `most` characters. Raises RequestRefused."""
    value = part.get(name)
    where = f"{path}['{name}']"
    if value is None:
        raise RequestRefused(131008, f"Required parameter {where} is missing")
    if not isinstance(value, str):
        raise RequestRefused(100, text=f"(#100) Param {where} must be a string.")
    if not value.strip():
        raise RequestRefused(131009, f"{where} must not be empty")
    if len(value) > most:
        text = f"(#{code}) Param {where} must be at most {most} characters long."
        raise RequestRefused(code, f"{where}: length {len(value)} is above {most}", text=text)
    return value


def _optional_text(part: Json, name: str, path: str, most: int) -> None:
    if part.get(name) is not None:
        _required_text(part, name, path, most)


def _check_text(value: object) -> None:
    _required_text(_object(value, "text"), "body", "text", 4096, code=100)


def _media(kind: str, *more: str) -> Callable[[object], None]:
    allowed = {"id", "link", "provider", *more}

    def check(value: object) -> None:
        part = _object(value, kind)
        for name in part.keys() - allowed:
            raise RequestRefused(100, text=f'(#100) Unexpected key "{name}" on param "{kind}".')
        if ("id" in part) == ("link" in part):
            raise RequestRefused(131008, f"Exactly one of {kind}['id'] and {kind}['link'] is required")
        if "link" in part and not re.match(r"https?://[^\s/]+", str(part["link"])):
            raise RequestRefused(131009, f"{kind}['link'] is not a valid URL")
        if "id" in part:
            _required_text(part, "id", kind, 256)
        _optional_text(part, "caption", kind, 1024)
        _optional_text(part, "filename", kind, 240)

    return check


def _check_location(value: object) -> None:
    part = _object(value, "location")
    for name, bound in (("latitude", 90), ("longitude", 180)):
        if name not in part:
            raise RequestRefused(131008, f"Required parameter location['{name}'] is missing")
        try:
            inside = abs(float(part[name])) <= bound
        except (TypeError, ValueError):
            inside = False
        if not inside:
            raise RequestRefused(131009, f"location['{name}'] is not valid")


def _check_contacts(value: object) -> None:
    for contact in _required_list(value, "contacts", 257):
        name = _object(_object(contact, "contacts").get("name", {}), "contacts['name']")
        _required_text(name, "formatted_name", "contacts['name']", 1024)
        if not name.keys() & {"first_name", "last_name", "middle_name", "suffix", "prefix"}:
            raise RequestRefused(131009, "contacts['name']: one name besides formatted_name is required")


def _check_reaction(value: object) -> None:
    part = _object(value, "reaction")
    _required_text(part, "message_id", "reaction", 1024)
    emoji = part.get("emoji")
    if not isinstance(emoji, str):
        raise RequestRefused(131008, "Required parameter reaction['emoji'] is missing")
    if len(emoji) > 16 or (emoji and emoji.isascii()):
        raise RequestRefused(131009, "reaction['emoji'] is not an emoji")


def _check_template(value: object) -> None:
    part = _object(value, "template")
    if _TEMPLATE.fullmatch(_required_text(part, "name", "template", 512)) is None:
        raise RequestRefused(132001, f"template name ({part['name']}) does not exist")
    language = _object(part.get("language", {}), "template['language']")
    code = _required_text(language, "code", "template['language']", 16)
    if _LANGUAGE.fullmatch(code) is None:
        raise RequestRefused(132001, f"template name ({part['name']}) does not exist in {code}")
    for component in _optional_list(part, "components"):
        _check_component(_object(component, "template['components']"))


def _check_component(component: Json) -> None:
    if str(component.get("type", "")).lower() not in {"header", "body", "button", "carousel", "limited_time_offer"}:
        raise RequestRefused(131009, "template['components']['type'] is not valid")
    for parameter in _optional_list(component, "parameters"):
        one = _object(parameter, "parameters")
        kind = one.get("type", "text")
        if kind == "text":
            _required_text(one, "text", "parameters", 32_768, code=132005)
            if re.search(r"[\n\t]| {5}", one["text"]):
                raise RequestRefused(132008, "Param text cannot have new-line/tab characters or more than 4 spaces")
        elif not isinstance(kind, str) or kind not in one:
            raise RequestRefused(132012, f"parameters['{kind}'] is missing")


def _check_interactive(value: object) -> None:
    part = _object(value, "interactive")
    kind = _required_text(part, "type", "interactive", 64)
    action = _ACTIONS.get(kind)
    if action is None:
        raise RequestRefused(131009, f"interactive['type'] '{kind}' is not valid")
    if kind != "product" or "body" in part:
        _required_text(_object(part.get("body", {}), "interactive['body']"), "text", "interactive['body']", 1024)
    if "footer" in part:
        _required_text(_object(part["footer"], "interactive['footer']"), "text", "interactive['footer']", 60)
    header = _object(part.get("header", {}), "interactive['header']")
    if header.get("type") == "text":
        _required_text(header, "text", "interactive['header']", 60)
    if part.get("action") is None:
        raise RequestRefused(131008, "Required parameter interactive['action'] is missing")
    action(_object(part["action"], "interactive['action']"))


def _check_buttons(action: Json) -> None:
    seen: set[tuple[str, str]] = set()
    for button in _required_list(action.get("buttons"), "buttons", 3):
        if _object(button, "button").get("type") != "reply":
            raise RequestRefused(131009, "button['type'] must be reply")
        reply = _object(button.get("reply", {}), "button['reply']")
        pairs = {
            ("id", _required_text(reply, "id", "button['reply']", 256)),
            ("title", _required_text(reply, "title", "button['reply']", 20)),
        }
        if seen & pairs:
            raise RequestRefused(131009, "Button ids and titles must be unique")
        seen |= pairs


def _check_list(action: Json) -> None:
    _required_text(action, "button", "action", 20)
    sections = _required_list(action.get("sections"), "sections", 10)
    ids: list[str] = []
    for section in sections:
        part = _object(section, "section")
        if len(sections) > 1:
            _required_text(part, "title", "section", 24)
        for row in _required_list(part.get("rows"), "rows", 10):
            one = _object(row, "row")
            ids.append(_required_text(one, "id", "row", 200))
            _required_text(one, "title", "row", 24)
            _optional_text(one, "description", "row", 72)
    if len(ids) > 10:
        raise RequestRefused(131009, f"Total row count exceeds max allowed count: 10, got {len(ids)}")
    if len(set(ids)) < len(ids):
        raise RequestRefused(131009, "Row ids must be unique")


def _check_url(action: Json) -> None:
    parameters = _object(action.get("parameters", {}), "action['parameters']")
    _required_text(parameters, "display_text", "action['parameters']", 20)
    if not re.match(r"https?://[^\s/]+", _required_text(parameters, "url", "action['parameters']", 2000)):
        raise RequestRefused(131009, "action['parameters']['url'] is not a valid URL")


def _not_checked(value: object) -> None:
    """Accept a type without validation."""


_ACTIONS: dict[str, Callable[[Json], None]] = {
    "button": _check_buttons,
    "list": _check_list,
    "cta_url": _check_url,
    "flow": _not_checked,
    "product": _not_checked,
    "product_list": _not_checked,
    "catalog_message": _not_checked,
    "location_request_message": _not_checked,
    "address_message": _not_checked,
}

CHECKS: dict[str, Callable[[object], None]] = {
    "text": _check_text,
    "image": _media("image", "caption"),
    "video": _media("video", "caption"),
    "document": _media("document", "caption", "filename"),
    "audio": _media("audio", "voice"),
    "sticker": _media("sticker"),
    "location": _check_location,
    "contacts": _check_contacts,
    "reaction": _check_reaction,
    "template": _check_template,
    "interactive": _check_interactive,
}
