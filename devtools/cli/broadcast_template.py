"""The options of `parley broadcast create` that fill a template."""

from collections.abc import Sequence

from devtools.stack.errors import StackError
from shared.domain.broadcast import BroadcastTemplate
from shared.messages.content import MediaKind
from shared.messages.outbound import ButtonValue, MediaBody

_UPLOADED = "id:"


def template_of(
    name: str,
    language: str,
    parameters: Sequence[str] | None,
    header: str,
    header_file: str,
    buttons: Sequence[str] | None,
) -> BroadcastTemplate | None:
    """What they say; None: nothing of a template. Raises StackError, also for what fills one where none is named."""
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


def _file(said: str) -> MediaBody:
    kind, _, where = said.partition(":")
    kinds = [MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT]
    if kind not in kinds or not where.removeprefix(_UPLOADED).strip():
        raise StackError(f"--header-file {said}: write image, video or document, then `:` and an https address or id:…")
    if where.startswith(_UPLOADED):
        return MediaBody(kind=MediaKind(kind), media_id=where.removeprefix(_UPLOADED))
    if not where.startswith("https://"):
        raise StackError(f"--header-file {said}: the provider fetches it, so it needs an https address")
    return MediaBody(kind=MediaKind(kind), url=where)


def _button(said: str) -> ButtonValue:
    number, _, rest = said.partition(":")
    kind, _, value = rest.partition(":")
    if number.isdecimal() and value.strip():
        if kind == "url":
            return ButtonValue(index=int(number), kind="url", value=value)
        if kind == "copy_code":
            return ButtonValue(index=int(number), kind="copy_code", value=value)
        if kind == "quick_reply":
            return ButtonValue(index=int(number), kind="quick_reply", value=value)
    raise StackError(f"--button {said}: write its number from 0, its kind (url, copy_code, quick_reply) and the value")
