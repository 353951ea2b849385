"""Whether a template is filled as its definition wants it: told before the provider is asked. Pure.

Sources: Meta, "Template components" and the error codes 132000, 132005, 132008, 132012, 132015, 132016.
"""

import re
from collections.abc import Iterator

from shared.messages.outbound import TemplateBody
from shared.templates import TemplateDefinition, variables

UNUSABLE = frozenset(
    {
        *("REJECTED", "PAUSED", "DISABLED", "PENDING_DELETION", "DELETED"),
        *("IN_APPEAL", "ARCHIVED", "LOCKED", "LIMIT_EXCEEDED"),
    }
)
"""States in which a provider sends a template to nobody."""
_SPACES = re.compile(r"[\n\r\t]| {5}")


def problem(body: TemplateBody, definition: TemplateDefinition, status: str = "") -> str:
    """The first thing that is wrong, for people; empty: nothing. status: the provider's word for the template."""
    if wrong := state_problem(status):
        return wrong
    return next(_problems(body, definition), "")


def state_problem(status: str) -> str:
    """Why a template in this state cannot be sent; empty: it can."""
    return f"it is {status} at the provider" if status in UNUSABLE else ""


def _problems(body: TemplateBody, definition: TemplateDefinition) -> Iterator[str]:
    wanted = variables(definition.body)
    if wanted != len(body.parameters):
        yield f"its body wants {wanted} parameters, and {len(body.parameters)} are given"
    for number, parameter in enumerate(body.parameters, 1):
        if not parameter.strip():
            yield f"parameter {number} is empty"
        if _SPACES.search(parameter):
            yield f"parameter {number} has line ends, tabs or more than four spaces"
    yield from _header(body, definition)
    yield from _buttons(body, definition)


def _header(body: TemplateBody, definition: TemplateDefinition) -> Iterator[str]:
    given = body.header_media.kind.value if body.header_media else ""
    if definition.header in ("image", "video", "document"):
        if given != definition.header:
            yield f"its header wants a file of the kind {definition.header}" + (f", not {given}" if given else "")
    elif given:
        yield "its header has no file"
    if definition.header == "location":
        yield "its header is a location, which cannot be sent"
    wanted = variables(definition.header_text) if definition.header == "text" else 0
    if bool(wanted) != bool(body.header):
        yield "its header wants a parameter" if wanted else "its header has no parameter"


def _buttons(body: TemplateBody, definition: TemplateDefinition) -> Iterator[str]:
    given = {button.index: button for button in body.buttons}
    for index, wanted in enumerate(definition.buttons):
        if wanted.variable and index not in given:
            yield f"button {index} wants a value"
    for index, button in given.items():
        if not 0 <= index < len(definition.buttons):
            yield f"it has no button {index}"
        elif definition.buttons[index].kind != button.kind:
            yield f"button {index} is of the kind {definition.buttons[index].kind}, not {button.kind}"
        elif button.kind != "quick_reply" and not definition.buttons[index].variable:
            yield f"button {index} takes no value"
