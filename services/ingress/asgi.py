"""The HTTP that webhooks need, directly on ASGI: read a bounded body, send a status and a short text."""

from services.ingress.body_memory import BodyReservation
from shared.http.asgi import Receive, Scope, Send
from shared.providers.webhooks import WebhookReply


class BodyTooLarge(Exception):
    """Raised for a body with more bytes than allowed, announced or sent."""


class ClientGone(Exception):
    """Raised when the client closed the connection before its body had arrived."""


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return the first header of that (lower-case) name."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


async def read_body(scope: Scope, receive: Receive, *, at_most: int, reservation: BodyReservation) -> bytes:
    """Return the whole body; the caller limits the time. Raises BodyTooLarge, ClientGone, BodyMemoryFull."""
    announced = header(scope, b"content-length")
    if announced is not None and (not announced.isdigit() or int(announced) > at_most):
        raise BodyTooLarge
    piece, more = await _piece(receive)
    if len(piece) > at_most:
        raise BodyTooLarge
    return await _rest(piece, receive, at_most, reservation) if more else piece


async def _rest(first: bytes, receive: Receive, at_most: int, reservation: BodyReservation) -> bytes:
    pieces, size, more = [first], len(first), True
    async with reservation:
        while more:
            piece, more = await _piece(receive)
            size += len(piece)
            if size > at_most:
                raise BodyTooLarge
            reservation.grow(size)
            pieces.append(piece)
        return b"".join(pieces)


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


async def answer(send: Send, reply: WebhookReply) -> None:
    """Send a reply; after 408 and 413 the connection is closed, because the body was not read."""
    headers = [(b"content-type", reply.content_type), (b"content-length", str(len(reply.body)).encode())]
    if reply.retry_after is not None:
        headers.append((b"retry-after", str(reply.retry_after).encode()))
    if reply.status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
