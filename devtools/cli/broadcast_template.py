"""Parses the options of `parley broadcast create` that fill a template."""

from collections.abc import Sequence

from devtools.stack.errors import StackError
from shared.messages.broadcast_content import BroadcastTemplate
from shared.messages.outbound import ButtonValue, MediaBody
from shared.operations.broadcasts.content import ContentInvalid, button_value, header_media

_UPLOADED = "id:"


def template_of(
    name: str,
    language: str,
    parameters: Sequence[str] | None,
    header: str,
    header_file: str,
    buttons: Sequence[str] | None,
) -> BroadcastTemplate | None:
    """Return the template of the options; None if none is named. Raises StackError for parameters without one."""
    if not name:
        if parameters or header or header_file or buttons:
            raise StackError("--param, --header, --header-file and --button fill a template: name it with --template")
        return None
    return BroadcastTemplate(
        name=name,
        language=language,
        parameters=tuple(parameters or ()),
        header=header,
        header_media=_file(header_file) if header_file else None,
        buttons=tuple(map(_button, buttons or ())),
    )


def _file(option: str) -> MediaBody:
    kind, _, where = option.partition(":")
    try:
        if where.startswith(_UPLOADED):
            return header_media(kind, media_id=where.removeprefix(_UPLOADED))
        return header_media(kind, url=where)
    except ContentInvalid as error:
        raise StackError(f"--header-file {option}: {error}") from None


def _button(option: str) -> ButtonValue:
    index, _, rest = option.partition(":")
    kind, _, value = rest.partition(":")
    try:
        return button_value(index, kind, value)
    except ContentInvalid as error:
        raise StackError(f"--button {option}: {error}") from None
