"""Checks that a template is filled as its definition requires, and fills in what follows from the definition. Pure.

This is checked before the provider is called, so that nothing is sent in part or under a wrong name. Sources: Meta,
"Template components", the messages reference, and the error codes 132000, 132005, 132008, 132012, 132015, 132016.
"""

import re
from collections.abc import Iterator

import msgspec

from shared.messages.outbound import ButtonValue, TemplateBody
from shared.templates.definitions import TemplateButton, TemplateDefinition, variable_count, variable_names
from shared.templates.rendering import render_template

UNUSABLE = frozenset(
    {
        *("REJECTED", "PAUSED", "DISABLED", "PENDING_DELETION", "DELETED"),
        *("IN_APPEAL", "ARCHIVED", "LOCKED", "LIMIT_EXCEEDED"),
    }
)
"""States in which a provider does not send a template."""

VALUES = {"quick_reply": "quick_reply", "url": "url", "copy_code": "copy_code", "otp": "url", "flow": "flow"}
"""The kind of value that each kind of button takes; others take none."""
_ALWAYS = frozenset({"copy_code", "otp"})  # without a value Meta refuses them
_STATIC = frozenset({"phone_number", "catalog", "voice_call", "other"})
_LONGEST_VALUE = {"quick_reply": 256, "url": 2000, "copy_code": 20, "flow": 200}  # characters
_LONGEST_HEADER, _LONGEST_BODY, _LONGEST_LONE_BODY = 60, 1024, 32_768
_UNUSED = "unused"  # Meta's word for the token of a flow that needs none
_SPACES = re.compile(r"[\n\r\t]| {5}")


def first_problem(body: TemplateBody, definition: TemplateDefinition, status: str = "") -> str:
    """Return the first problem, for people; empty: none. status: the provider's word for the template's state."""
    if wrong := state_problem(status):
        return wrong
    return next(_problems(completed(body, definition), definition), "")


def state_problem(status: str) -> str:
    """Return why a template in this state cannot be sent; empty: it can."""
    return f"it is {status} at the provider" if status in UNUSABLE else ""


def completed(body: TemplateBody, definition: TemplateDefinition) -> TemplateBody:
    """Return a template completed from its definition: the names of the parameters, the code of a one-time password on
    its button, and the unused token of a flow.
    """
    given = {button.index for button in body.buttons}
    more = [
        value
        for index, button in enumerate(definition.buttons)
        if index not in given and (value := _implied_value(index, button, body)) is not None
    ]
    wanted, named = variable_names(definition.body), definition.is_named
    has_names = named or wanted != tuple(map(str, range(1, len(wanted) + 1)))
    return msgspec.structs.replace(
        body,
        names=wanted if has_names and body.parameters else (),
        header_name=next(iter(variable_names(definition.header_text)), "") if named and body.header else "",
        buttons=(*body.buttons, *more),
    )


def _implied_value(index: int, button: TemplateButton, body: TemplateBody) -> ButtonValue | None:
    if button.kind == "otp" and body.parameters:
        return ButtonValue(index=index, kind="url", value=body.parameters[0])
    return ButtonValue(index=index, kind="flow", value=_UNUSED) if button.kind == "flow" else None


def _problems(body: TemplateBody, definition: TemplateDefinition) -> Iterator[str]:
    for part in definition.parts:
        yield f"it has a part of the kind {part}, which cannot be filled"
    wanted = variable_names(definition.body)
    if len(wanted) != len(body.parameters):
        which = f" ({', '.join(wanted)})" if definition.is_named and wanted else ""
        yield f"its body wants {len(wanted)} parameters{which}, and {len(body.parameters)} are given"
    for number, parameter in enumerate(body.parameters, 1):
        name = f"parameter {body.names[number - 1] if number <= len(body.names) else number}"
        yield from _text_problems(parameter, name)
    yield from _header(body, definition)
    yield from _buttons(body, definition)
    yield from _lengths(body, definition)


def _text_problems(value: str, name: str) -> Iterator[str]:
    if not value.strip():
        yield f"{name} is empty"
    if _SPACES.search(value):
        yield f"{name} has line ends, tabs or more than four spaces"


def _header(body: TemplateBody, definition: TemplateDefinition) -> Iterator[str]:
    given = body.header_media.kind.value if body.header_media else ""
    if definition.header in ("image", "video", "document"):
        if given != definition.header:
            yield f"its header wants a file of the kind {definition.header}" + (f", not {given}" if given else "")
    elif given:
        yield "its header has no file"
    if definition.header == "location":
        yield "its header is a location, which cannot be sent"
    wanted = variable_count(definition.header_text) if definition.header == "text" else 0
    if bool(wanted) != bool(body.header):
        yield "its header wants a parameter" if wanted else "its header has no parameter"
    if wanted > 1:
        yield f"its header wants {wanted} parameters, and one can be given"
    if body.header:
        yield from _text_problems(body.header, "the header's parameter")


def _buttons(body: TemplateBody, definition: TemplateDefinition) -> Iterator[str]:
    given = {button.index: button for button in body.buttons}
    for index, wanted in enumerate(definition.buttons):
        if wanted.kind not in VALUES and wanted.kind not in _STATIC:
            yield f"button {index} is of the kind {wanted.kind}, which cannot be filled"
        if (wanted.variable or wanted.kind in _ALWAYS) and index not in given:
            yield f"button {index} wants a value"
    for index, button in given.items():
        if not 0 <= index < len(definition.buttons):
            yield f"it has no button {index}"
        else:
            yield from _value(button, definition.buttons[index])


def _value(button: ButtonValue, wanted: TemplateButton) -> Iterator[str]:
    if VALUES.get(wanted.kind) != button.kind:
        yield f"button {button.index} is of the kind {wanted.kind}, not {button.kind}"
    elif wanted.kind == "url" and not wanted.variable:
        yield f"button {button.index} takes no value"
    if len(button.value) > _LONGEST_VALUE[button.kind]:
        yield f"the value of button {button.index} is longer than {_LONGEST_VALUE[button.kind]} characters"
    yield from _text_problems(button.value, f"the value of button {button.index}")


def _lengths(body: TemplateBody, definition: TemplateDefinition) -> Iterator[str]:
    """Yield problems of the filled texts' lengths; a template of a body alone may be longer."""
    alone = definition.header == "none" and not definition.buttons and not definition.footer
    most = _LONGEST_LONE_BODY if alone else _LONGEST_BODY
    if len(render_template(body, definition, header=False)) > most:
        yield f"its body is longer than {most} characters with these parameters"
    header = definition.header_text
    if body.header and len(header) - _placeholder_length(header) + len(body.header) > _LONGEST_HEADER:
        yield f"its header is longer than {_LONGEST_HEADER} characters with this parameter"


def _placeholder_length(text: str) -> int:
    """Return the number of characters of the placeholders in a text."""
    return sum(len(found) for found in re.findall(r"\{\{\s*\w+\s*\}\}", text))
