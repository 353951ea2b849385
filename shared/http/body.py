"""Reads a request's body, bounded in bytes, directly on ASGI."""

from shared.http.asgi import Receive, Scope
from shared.http.body_memory import BodyReservation


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
