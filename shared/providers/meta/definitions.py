"""Lists the templates of an account at Meta: `GET {graph}/{version}/{waba_id}/message_templates`, page by page.

Source: the Business Management API's message templates reference, and "Template quality rating". Parts of a
template that are unknown here keep Meta's name, so that it is refused by that name and never sent incompletely.
"""

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from pydantic import ValidationError

from shared.http.addresses import AllowedHosts
from shared.providers.errors import MediaError, MediaErrorReason
from shared.providers.lenient import MUST_BE_VALID, LenientDecoder
from shared.providers.media_download import TIMEOUT, MediaDownloader
from shared.providers.meta import wire
from shared.providers.port import Channel
from shared.templates.definitions import (
    MOST_WORDS,
    ReportedTemplate,
    TemplateButton,
    TemplateDefinition,
    variable_count,
)

_PAGE_SIZE = 100
_MAX_PAGES = 100
_MAX_PAGE_BYTES = 4 * 1024 * 1024  # bytes of a page
_FIELDS = "name,language,status,category,rejected_reason,quality_score,parameter_format,components"
_STATIC = frozenset({"HEADER", "BODY", "FOOTER", "BUTTONS"})
_FORMATS = {"NAMED": "named", "POSITIONAL": "positional"}
_HEADERS = {
    "": "none",
    "TEXT": "text",
    "IMAGE": "image",
    "VIDEO": "video",
    "DOCUMENT": "document",
    "LOCATION": "location",
}
_BUTTONS = {
    "QUICK_REPLY": "quick_reply",
    "URL": "url",
    "PHONE_NUMBER": "phone_number",
    "COPY_CODE": "copy_code",
    "OTP": "otp",
    "FLOW": "flow",
    "CATALOG": "catalog",
    "MPM": "mpm",
    "VOICE_CALL": "voice_call",
}
_WITH_VALUE = frozenset({"copy_code", "otp", "flow"})


class _Button(wire.Wire):
    type: str
    text: Annotated[str | None, MUST_BE_VALID] = None
    url: Annotated[str | None, MUST_BE_VALID] = None


class _Component(wire.Wire):
    type: str
    format: Annotated[str | None, MUST_BE_VALID] = None
    text: Annotated[str | None, MUST_BE_VALID] = None
    buttons: Annotated[tuple[_Button, ...] | None, MUST_BE_VALID] = None


class _QualityScore(wire.Wire):
    score: str = ""


class _Template(wire.Wire):
    name: str
    language: str
    status: str = ""
    category: str = ""
    rejected_reason: Annotated[str | None, MUST_BE_VALID] = None
    quality_score: _QualityScore | None = None
    parameter_format: str = ""
    components: Annotated[tuple[_Component, ...], MUST_BE_VALID] = ()


class _Cursors(wire.Wire):
    after: str = ""


class _Paging(wire.Wire):
    cursors: _Cursors | None = None
    next: str = ""


class _Page(wire.Wire):
    data: tuple[_Template, ...] = ()
    paging: _Paging | None = None


_DECODER = LenientDecoder(_Page)


class MetaTemplates:
    """Lists templates. session: of `open_media_session` for the graph's address; not closed here."""

    def __init__(
        self, session: aiohttp.ClientSession, *, graph_url: str, version: str, timeout: float = TIMEOUT
    ) -> None:
        self._base = f"{graph_url.rstrip('/')}/{version}"
        self._get = MediaDownloader(
            session, AllowedHosts(base=graph_url, trusted=frozenset(), public=frozenset()), timeout=timeout
        )

    async def list(self, channel: Channel) -> "list[ReportedTemplate]":
        """Return all templates of the channel's account. Raises MediaError."""
        return [
            ReportedTemplate(definition_of(one), one.status, _reason(one), quality_of(one))
            async for one in self._all(channel)
        ]

    async def _all(self, channel: Channel) -> AsyncIterator[_Template]:
        credentials = {"Authorization": f"Bearer {channel.secrets.get('access_token', '')}"}
        account, after = quote(channel.settings.get("waba_id", ""), safe=""), ""
        for _ in range(_MAX_PAGES):
            query = urlencode({"fields": _FIELDS, "limit": _PAGE_SIZE, **({"after": after} if after else {})})
            answer = await self._get.answer(
                f"{self._base}/{account}/message_templates?{query}", credentials, limit=_MAX_PAGE_BYTES
            )
            try:
                page = _DECODER.decode(answer)
            except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                raise MediaError(MediaErrorReason.UNREADABLE, "Meta's list of templates makes no sense.") from error
            for template in page.data:
                if _usable(template):
                    yield template
            after = _after(page)
            if not after:
                return


def _reason(template: _Template) -> str:
    """Return why a template was rejected; empty: it was not, or Meta does not say."""
    reason = template.rejected_reason or ""
    return "" if reason.upper() == "NONE" else reason[:200]


def quality_of(template: _Template) -> str:
    """Return Meta's rating: `GREEN`, `YELLOW`, `RED`, or `UNKNOWN` before there is one; empty: Meta does not say."""
    score = template.quality_score.score.upper() if template.quality_score else ""
    return score if score.isalpha() and len(score) < 32 else ""


def _after(page: _Page) -> str:
    """Return the cursor of the next page; empty if there is none."""
    paging = page.paging
    return paging.cursors.after if paging and paging.next and paging.cursors else ""


def definition_of(template: _Template) -> TemplateDefinition:
    """Return the definition of a template."""
    parts = {component.type.upper(): component for component in template.components}
    none = _Component(type="")
    header, body = parts.get("HEADER", none), parts.get("BODY", none)
    buttons = parts.get("BUTTONS", none).buttons or ()
    form = (header.format or ("TEXT" if header.text else "")).upper()
    others = {button.type.upper() for button in buttons} - _BUTTONS.keys()
    unknown = [f"BUTTON {kind}" for kind in sorted(others)]
    unknown += [*sorted(parts.keys() - _STATIC), *([] if form in _HEADERS else [f"HEADER {form}"])]
    return TemplateDefinition.model_validate(
        {
            "name": template.name,
            "language": template.language,
            "category": template.category.upper(),
            "parameter_format": _FORMATS.get(template.parameter_format.upper(), ""),
            "parts": [word[:64] for word in unknown],
            "footer": "FOOTER" in parts,
            "footer_text": (parts.get("FOOTER", none).text or "")[:MOST_WORDS],
            "body": body.text or "",
            "header": _HEADERS.get(form, "none"),
            "header_text": header.text or "" if form == "TEXT" else "",
            "buttons": [_button(button) for button in buttons],
        }
    )


def _button(button: _Button) -> TemplateButton:
    kind = _BUTTONS.get(button.type.upper(), "other")
    variable = kind in _WITH_VALUE or (kind == "url" and variable_count(button.url or "") > 0)
    text = (button.text or "")[:MOST_WORDS]
    return TemplateButton.model_validate({"kind": kind, "variable": variable, "text": text})


def _usable(template: _Template) -> bool:
    """Return whether the template fits our model; others are left to the provider to check."""
    try:
        definition_of(template)
    except ValidationError:
        return False
    return True
