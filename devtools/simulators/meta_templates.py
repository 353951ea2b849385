"""List an account's templates, and validate template messages against them as Meta does.

Sources: Meta "Business Management API: message templates", "Send template messages", "Error codes" (100, 131008,
132000, 132001, 132012, 132015, 132016).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from devtools.simulators.errors import RequestRefused

Json = dict[str, Any]

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


# Fields of a template's node that can be asked for; the first ones are returned when no `fields` are named.
_DEFAULT_FIELDS = ("name", "parameter_format", "components", "language", "status", "category", "sub_category", "id")
_FIELDS = {
    *_DEFAULT_FIELDS,
    *("correct_category", "cta_url_link_tracking_opted_out", "library_template_name", "message_send_ttl_seconds"),
    *("previous_category", "quality_score", "rejected_reason"),
}
_SCORES = ("GREEN", "YELLOW", "RED", "UNKNOWN")
_MOST_IN_PAGE = 1000


def check_templates(given: Sequence[Json]) -> None:
    """Raise ValueError for a template that Meta's list cannot have."""
    for one in given:
        if unknown := sorted(one.keys() - _FIELDS):
            raise ValueError(f"a template has no field {unknown[0]}")
        score = one.get("quality_score", {"score": "UNKNOWN"})
        if (
            not isinstance(score, dict)
            or score.get("score") not in _SCORES
            or score.keys() - {"score", "date", "reasons"}
        ):
            raise ValueError(f"quality_score is an object with a score of {', '.join(_SCORES)}, not {score!r}")


def template_page(known: Sequence[Json], query: Mapping[str, str], url: str) -> Json:
    """Return one page of the list; the cursor is an offset. Raises RequestRefused."""
    limit, after = int(query.get("limit", "25")), int(query.get("after", "0"))
    if not 0 < limit <= _MOST_IN_PAGE:
        raise RequestRefused(100, text="(#100) Invalid parameter: limit")
    fields = [one.strip() for one in query["fields"].split(",")] if "fields" in query else list(_DEFAULT_FIELDS)
    for one in fields:
        if one not in _FIELDS:
            raise RequestRefused(100, text=f"(#100) Tried accessing nonexisting field ({one}) on node type")
    end = after + limit
    shown = [_node(one, (*fields, "id")) for one in known[after:end]]
    paging: Json = {"cursors": {"before": str(after), "after": str(end)}}
    if end < len(known):
        paging["next"] = f"{url}?limit={limit}&after={end}"
    return {"data": shown, "paging": paging}


def _node(template: Json, fields: Sequence[str]) -> Json:
    """Return the fields of a template that were asked for; those that it does not have are left out, as by Meta."""
    has: Json = {"quality_score": {"score": "UNKNOWN"}, "rejected_reason": "NONE", **template}
    return {name: has[name] for name in fields if name in has}


def check_template_parameters(sent: Json, known: Sequence[Json] | None) -> None:
    """Raise RequestRefused unless the account has the template and the parameters fit. known: None: accept any."""
    if known is None:
        return
    name, language = sent["name"], sent["language"]["code"]
    found = next((one for one in known if (one["name"], one["language"]) == (name, language)), None)
    if found is None:
        raise RequestRefused(132001, f"template name ({name}) does not exist in {language}")
    if found.get("status", "APPROVED") == "PAUSED":
        raise RequestRefused(132015, f"template ({name}) is paused")
    if found.get("status", "APPROVED") == "DISABLED":
        raise RequestRefused(132016, f"template ({name}) is disabled")
    wanted = _count_parameters(
        found.get("components", ()), lambda part: len(set(_VARIABLE.findall(part.get("text", ""))))
    )
    given = _count_parameters(sent.get("components", ()), lambda part: len(part.get("parameters", ())))
    if wanted.get("body", 0) != given.get("body", 0):
        raise RequestRefused(132000, f"body: number of localizable_params ({given.get('body', 0)}) does not match")
    header: Json = next((part for part in found.get("components", ()) if part["type"].lower() == "header"), {})
    if header.get("format", "TEXT") != "TEXT" and not given.get("header"):
        raise RequestRefused(132012, f"header: Format mismatch, expected {header['format']}, received UNKNOWN")
    if header.get("format", "TEXT") == "TEXT" and wanted.get("header", 0) != given.get("header", 0):
        raise RequestRefused(132000, f"header: number of localizable_params ({given.get('header', 0)}) does not match")
    named = found.get("parameter_format", "POSITIONAL") == "NAMED"
    for kind in ("header", "body"):
        _check_parameter_names(found, sent, kind, named)
    _check_buttons(found, sent)


def phone_view(sent: Json, known: Sequence[Json] | None) -> Json:
    """Return a template message as the customer's phone shows it: `header`, `text`, `footer`, `options`; empty when the
    account's templates are not known here.
    """
    name, language = sent["name"], _part(sent.get("language")).get("code")
    found = next((one for one in known or () if (one["name"], one["language"]) == (name, language)), None)
    if found is None:
        return {}
    parts = {str(part["type"]).lower(): part for part in found.get("components", ())}
    given = {str(part["type"]).lower(): part.get("parameters", ()) for part in sent.get("components", ())}
    texts = {kind: _filled(str(part.get("text", "")), given.get(kind, ())) for kind, part in parts.items()}
    buttons = [
        {"id": "", "title": button.get("text", ""), "description": "", "row": False, "url": button.get("url", "")}
        for button in _part(parts.get("buttons")).get("buttons", ())
    ]
    return {
        "header": texts.get("header", ""),
        "text": texts.get("body", ""),
        "footer": texts.get("footer", ""),
        "options": buttons,
    }


def _filled(text: str, parameters: Sequence[Json]) -> str:
    names = sorted(set(_VARIABLE.findall(text)), key=lambda name: (len(name), name))
    values = {
        str(one.get("parameter_name") or (names[place] if place < len(names) else "")): str(one.get("text", ""))
        for place, one in enumerate(parameters)
    }
    return _VARIABLE.sub(lambda match: values.get(match.group(1), match.group(0)), text)


def _part(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _check_parameter_names(found: Json, sent: Json, kind: str, named: bool) -> None:
    """Refuse missing or wrong names of named parameters, and names for positional ones."""
    text = "".join(str(part.get("text", "")) for part in found.get("components", ()) if part["type"].lower() == kind)
    wanted = set(_VARIABLE.findall(text)) if named else set()
    given = [
        parameter.get("parameter_name")
        for part in sent.get("components", ())
        if str(part["type"]).lower() == kind
        for parameter in part.get("parameters", ())
        if parameter.get("type", "text") == "text"
    ]
    if not named and any(given):
        raise RequestRefused(100, f"{kind}: the template has no named parameters", text="(#100) Invalid parameter")
    if named and (set(given) != wanted or len(given) != len(wanted)):
        raise RequestRefused(100, f"{kind}: Parameter name is missing or wrong", text="(#100) Invalid parameter")


def _check_buttons(found: Json, sent: Json) -> None:
    """Refuse a button without its required parameter, and parameters of buttons that do not exist."""
    buttons: list[Json] = next(
        (part["buttons"] for part in found.get("components", ()) if part["type"].upper() == "BUTTONS"), []
    )
    given = {
        str(part.get("index")): str(part.get("sub_type", "")).lower()
        for part in sent.get("components", ())
        if str(part["type"]).lower() == "button"
    }
    for index, button in enumerate(buttons):
        sub_type = _required_sub_type(button)
        if sub_type and given.get(str(index)) != sub_type:
            raise RequestRefused(
                131008, f"buttons: Button at index {index} of type {button['type']} requires a parameter"
            )
    if any(not index.isdigit() or int(index) >= len(buttons) for index in given):
        raise RequestRefused(132012, "buttons: there is no such button")


def _required_sub_type(button: Json) -> str:
    """Return the `sub_type` of the component that a button requires; empty: none."""
    kind = str(button["type"]).upper()
    if kind == "URL":
        return "url" if _VARIABLE.search(str(button.get("url", ""))) else ""
    return {"OTP": "url", "COPY_CODE": "copy_code", "FLOW": "flow", "MPM": "mpm"}.get(kind, "")


def _count_parameters(components: Sequence[Json], count: Any) -> dict[str, int]:
    return {str(part["type"]).lower(): count(part) for part in components}
