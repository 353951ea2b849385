"""Bounds of request bodies: bytes while they arrive, seconds, content type, and the memory of all of them together.

JSON bodies are read whole, at most `CONSOLE_MAX_BODY_BYTES`. A route that takes a file declares it (`UPLOAD`); its body
is counted while the route reads it.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.console.declared import declared
from services.console.parts import parts_of
from services.console.problems import Problem
from shared.http.asgi import Message, Receive
from shared.http.body import BodyTooLarge, ClientGone, read_body
from shared.http.body_memory import BodyMemory, BodyMemoryFull
from shared.http.client_address import client_of

_JSON_SECONDS = 20.0
_STALLED_SECONDS = 30.0  # without any byte of an upload
_UPLOAD_SECONDS = 60.0  # for any upload as a whole, and besides:
_SLOWEST = 16 * 1024  # bytes a second; a byte now and then would keep a place for ever
_MEMORY = BodyMemory(64 * 1024 * 1024)  # bytes of all bodies being read in this process


@dataclass(frozen=True)
class Upload:
    """The dependency of a route that takes a file. at_most: bytes. types: the content types."""

    at_most: int
    types: tuple[str, ...] = ("multipart/form-data",)

    async def __call__(self) -> None: ...


def upload(at_most: int, *types: str) -> Any:
    """Return the declaration of a route that takes a file: `dependencies=[upload(25 * MIB)]`."""
    return Depends(Upload(at_most, types or ("multipart/form-data",)))


def upload_of(dependant: Dependant) -> Upload | None:
    """Return what a route declares; None: it takes JSON."""
    return next((call for call in declared(dependant) if isinstance(call, Upload)), None)


def check_content_type(request: Request, upload: Upload | None) -> None:
    """Raise Problem `unsupported-media-type` for a body that is not what the route takes."""
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    allowed = upload.types if upload else ("application/json",)
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and given not in allowed:
        raise Problem("unsupported-media-type", f"send {' or '.join(allowed)}")


async def bounded(request: Request, upload: Upload | None) -> Receive:
    """Return a `receive` with a bounded body. Raises Problem `too-large`, `too-slow`, `away`."""
    if upload is not None:
        return _counted(request, upload.at_most)
    at_most = parts_of(request).settings.console_max_body_bytes
    reservation = _MEMORY.reserve(client_of(request.scope))
    try:
        async with asyncio.timeout(_JSON_SECONDS):
            body = await read_body(request.scope, request.receive, at_most=at_most, reservation=reservation)
    except BodyTooLarge:
        raise _too_large(at_most) from None
    except TimeoutError:
        raise Problem("too-slow", headers={"Connection": "close"}) from None
    except BodyMemoryFull:
        raise Problem("away", "too many large requests at once", headers={"Retry-After": "1"}) from None
    except ClientGone:
        raise Problem("invalid", "the body is incomplete", status=400) from None
    return _once(body, request.receive)


def _once(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives this body, then what follows it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message


def _counted(request: Request, at_most: int) -> Receive:
    """Return a `receive` that ends at the limit; the framework passes HTTPException on from where it reads."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > at_most:
        raise _too_large(at_most)
    size, complete = 0, False
    clock = asyncio.get_running_loop()
    ends = clock.time() + _UPLOAD_SECONDS + int(announced) / _SLOWEST

    async def next_message() -> Message:
        nonlocal size, complete
        if complete:
            return await request.receive()
        try:
            async with asyncio.timeout(min(_STALLED_SECONDS, max(0.0, ends - clock.time()))):
                message = await request.receive()
        except TimeoutError:
            raise HTTPException(408, headers={"Connection": "close"}) from None
        size += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if size > at_most:
            raise HTTPException(413, f"the limit is {at_most} bytes", {"Connection": "close"})
        return message

    return next_message


def _too_large(at_most: int) -> Problem:
    return Problem("too-large", f"the limit is {at_most} bytes", headers={"Connection": "close"})
