"""The least HTTP that a webhook needs, straight on ASGI: a bounded body in, a status and a few bytes out."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from services.ingress.body_memory import BodyReservation

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_TEXT = b"text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. retry_after: seconds, or None."""

    status: int
    body: bytes = b""
    content_type: bytes = _TEXT
    retry_after: int | None = None


class BodyTooLarge(Exception):
    """More bytes than allowed, announced or sent."""


class ClientGone(Exception):
    """The client hung up before its body had arrived."""


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of that (lower-case) name."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


async def read_body(scope: Scope, receive: Receive, *, at_most: int, place: BodyReservation) -> bytes:
    """Return the whole body; the caller limits the time. Raises BodyTooLarge, ClientGone, BodyMemoryFull."""
    announced = header(scope, b"content-length")
    if announced is not None and (not announced.isdigit() or int(announced) > at_most):
        raise BodyTooLarge
    piece, more = await _piece(receive)
    if len(piece) > at_most:
        raise BodyTooLarge
    return await _whole(piece, receive, at_most, place) if more else piece


async def _whole(first: bytes, receive: Receive, at_most: int, place: BodyReservation) -> bytes:
    pieces, size, more = [first], len(first), True
    async with place:
        while more:
            piece, more = await _piece(receive)
            size += len(piece)
            if size > at_most:
                raise BodyTooLarge
            place.grow(size)
            pieces.append(piece)
        return b"".join(pieces)


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


async def answer(send: Send, reply: Reply) -> None:
    """Send an answer."""
    headers = [(b"content-type", reply.content_type), (b"content-length", str(len(reply.body)).encode())]
    if reply.retry_after is not None:
        headers.append((b"retry-after", str(reply.retry_after).encode()))
    if reply.status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
