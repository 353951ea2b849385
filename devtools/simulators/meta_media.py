"""Meta Graph's media: upload with `POST /{version}/{phone_number_id}/media`, URL of an id, download.

Source: Meta "Cloud API: media reference" (types and sizes of each kind; an id belongs to the number that it was
uploaded with) and observed errors: 100 for a type or an id. Assumed: the code for a file that is too large.
Customers' media can be fetched by any numeric id; only uploaded media can be sent.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import BodyPartReader, web

from devtools.simulators.errors import RequestRefused, json_response, meta_error
from devtools.simulators.meta_access import authorize, fault_response
from devtools.simulators.sample_image import PNG, SHA256
from devtools.simulators.script import ProviderCall
from devtools.simulators.state import STATE, bearer, send_fault

Json = dict[str, Any]

_KB, _MB = 1024, 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"
_MAX_BYTES: dict[str, int] = {  # bytes, by the type of the file
    **dict.fromkeys(("image/jpeg", "image/png"), 5 * _MB),
    **dict.fromkeys(("audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/opus"), 16 * _MB),
    **dict.fromkeys(("video/mp4", "video/3gpp"), 16 * _MB),
    **dict.fromkeys(("text/plain", "application/pdf", "application/msword"), 100 * _MB),
    **dict.fromkeys(("application/vnd.ms-excel", "application/vnd.ms-powerpoint"), 100 * _MB),
    f"{_OFFICE}.wordprocessingml.document": 100 * _MB,
    f"{_OFFICE}.spreadsheetml.sheet": 100 * _MB,
    f"{_OFFICE}.presentationml.presentation": 100 * _MB,
    "image/webp": 100 * _KB,
}
_MAX_ANIMATED_STICKER = 500 * _KB  # animated sticker
_MAGIC_BYTES = {
    "image/png": b"\x89PNG",
    "image/jpeg": b"\xff\xd8\xff",
    "application/pdf": b"%PDF",
    "image/webp": b"RIFF",
}
_HEAD = 64  # bytes kept to recognise a file type


@dataclass(slots=True)
class _UploadForm:
    """The posted form. head: the file's first bytes. size: bytes; -1: no file."""

    fields: dict[str, str]
    file_type: str = ""
    head: bytes = b""
    size: int = -1


def routes() -> list[web.RouteDef]:
    return [
        web.post("/meta/{version}/{phone_number_id}/media", upload),
        web.get("/meta/_media/{media_id}", download),
        web.get("/meta/{version}/{media_id}", media),
    ]


async def upload(request: web.Request) -> web.Response:
    """Accept a file, discard its bytes, and remember its id."""
    state = request.app[STATE]
    number = request.match_info["phone_number_id"]
    call = ProviderCall(provider="meta", kind="upload", to="", text="", phone_number_id=number, token=bearer(request))
    form = await _read(request)
    fault = (await state.plan(call)).fault
    payload = msgspec.json.encode({**form.fields, "file_type": form.file_type, "size": form.size})
    if fault is not None:
        state.record_request(call, payload, error={"fault": fault.kind})
        return await send_fault(request, fault, fault_response)
    try:
        authorize(request, call, state.webhook_sender.number_settings(number))
        _check(form)
    except RequestRefused as e:
        state.record_request(call, payload, error={"code": e.code, "details": e.details or e.text})
        return meta_error(e.code, e.details, status=e.status, text=e.text)
    media_id = str(10**15 + state.next_number())
    state.uploads.add((number, media_id))
    state.record_request(call, payload, message_id=media_id)
    return json_response({"id": media_id})


async def _read(request: web.Request) -> _UploadForm:
    """Read the form in chunks; only the first bytes of the file are kept."""
    form = _UploadForm({})
    if request.content_type != "multipart/form-data":
        return form
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        if part.name != "file":
            form.fields[part.name] = await part.text()
            continue
        form.file_type, form.size = part.headers.get("Content-Type", ""), 0
        while chunk := await part.read_chunk(_MB):
            form.head = (form.head + chunk[:_HEAD])[:_HEAD]
            form.size += len(chunk)
    return form


def _check(form: _UploadForm) -> None:
    if form.fields.get("messaging_product") != "whatsapp":
        raise RequestRefused(100, text="(#100) The parameter messaging_product is required.")
    for name, present in (("file", form.size >= 0), ("type", bool(form.fields.get("type")))):
        if not present:
            raise RequestRefused(100, text=f"(#100) The parameter {name} is required.")
    for mime_type in (form.file_type, form.fields["type"]):
        if mime_type not in _MAX_BYTES or not form.head.startswith(_MAGIC_BYTES.get(mime_type, b"")):
            found = mime_type if mime_type not in _MAX_BYTES else "application/octet-stream"
            allowed = ", ".join(_MAX_BYTES)
            raise RequestRefused(
                100,
                text=f"(#100) Param file must be a file with one of the following types: {allowed}. "
                f"Received file of type '{found}'.",
            )
    most = (
        _MAX_ANIMATED_STICKER if form.file_type == "image/webp" and b"ANIM" in form.head else _MAX_BYTES[form.file_type]
    )
    if not 0 < form.size <= most:
        raise RequestRefused(131053, f"The file has {form.size} bytes; {most} are the most for {form.file_type}.")


def check_uploaded(message: Json, number: str, uploads: Container[tuple[str, str]]) -> None:
    """Raise RequestRefused for a file that was not uploaded with this number. message: validated before."""
    for where, media_id in _media_ids(message):
        if (number, media_id) not in uploads:
            raise RequestRefused(
                100, text=f"(#100) Param {where}['id'] is not a valid whatsapp business account media attachment ID"
            )


def _media_ids(message: Json) -> Iterator[tuple[str, str]]:
    """Yield path and id of each file in a message."""
    kinds = ("image", "video", "audio", "document", "sticker")
    for kind in kinds:
        if isinstance(part := message.get(kind), dict) and "id" in part:
            yield kind, str(part["id"])
    for component in message.get("template", {}).get("components") or ():
        for parameter in component.get("parameters") or ():
            for kind in kinds:
                if isinstance(part := parameter.get(kind), dict) and "id" in part:
                    yield f"template['components']['parameters']['{kind}']", str(part["id"])


async def media(request: web.Request) -> web.Response:
    """Return the URL of a media id; every numeric id exists."""
    if not bearer(request):
        return meta_error(190, text="An access token is required to request this resource.", status=401)
    media_id = request.match_info["media_id"]
    if not media_id.isdecimal():
        return meta_error(100, text=f"Unsupported get request. Object with ID '{media_id}' does not exist")
    url = f"{request.scheme}://{request.host}/meta/_media/{media_id}"
    details = {"mime_type": "image/png", "sha256": SHA256.hex(), "file_size": len(PNG), "id": media_id}
    return json_response({"url": url, "messaging_product": "whatsapp"} | details)


async def download(request: web.Request) -> web.Response:
    """Return the bytes of a media id; needs the token, as the real URL does."""
    if not bearer(request):
        return web.Response(status=401)
    return web.Response(body=PNG, content_type="image/png")
