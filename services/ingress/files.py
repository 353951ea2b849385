"""`GET /m/<token>`: our files for providers that fetch what they send. The token is the right (`FileLinks`)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from http import HTTPStatus

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.http.asgi import Scope, Send
from shared.operations.media.links import PREFIX, FileLinks
from shared.operations.media.types import media_headers, sniffed_type
from shared.repositories.media_store import MediaStore, StoredMedia
from shared.storage.mongo import Mongo
from shared.telemetry import logging

log = logging.get(__name__)

_AT_ONCE = 32  # files, a mebibyte each; providers' webhooks must not wait for them
_OF_ONE = 12  # of a workspace: whoever has one of its links may read slowly, and delays no other workspace's files
_LONGEST = 120.0  # seconds for one file


class Files:
    """Made once per process. A slow client costs the memory of one part of a file, for a limited time."""

    def __init__(self, links: FileLinks, mongo: Mongo, clock: Clock) -> None:
        self._links = links
        self._mongo = mongo
        self._clock = clock
        self._sending: Counter[str] = Counter()  # files, by workspace

    async def __call__(self, scope: Scope, send: Send) -> None:
        """Answer a request below `/m/`."""
        if scope["method"] not in ("GET", "HEAD"):
            await _refuse(send, HTTPStatus.METHOD_NOT_ALLOWED, allow="GET, HEAD")
            return
        named = self._links.read(scope["path"].removeprefix(PREFIX), self._clock.now())
        if named is None:
            await _refuse(send, HTTPStatus.NOT_FOUND)
            return
        if self._sending.total() >= _AT_ONCE or self._sending[named.workspace] >= _OF_ONE:
            await _refuse(send, HTTPStatus.SERVICE_UNAVAILABLE, retry_after="5")
            return
        self._sending[named.workspace] += 1
        try:
            await self._answer(MediaStore(self._mongo, named.workspace), named.id, send, head=scope["method"] == "HEAD")
        finally:
            self._sending -= Counter((named.workspace,))  # without entries of nothing

    async def _answer(self, store: MediaStore, file: str, send: Send, *, head: bool) -> None:
        try:
            stored = await store.get(file)
            parts = store.read(stored) if stored is not None else _no_parts()
            start = await anext(parts, b"")
        except DependencyAway:
            await _refuse(send, HTTPStatus.SERVICE_UNAVAILABLE, retry_after="5")
            return
        if stored is None or not start:
            await _refuse(send, HTTPStatus.NOT_FOUND)
            return
        await send({"type": "http.response.start", "status": 200, "headers": _headers(stored, start)})
        if head:
            await send({"type": "http.response.body", "body": b""})
            return
        try:
            async with asyncio.timeout(_LONGEST):
                await send({"type": "http.response.body", "body": start, "more_body": True})
                async for part in parts:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except (TimeoutError, DependencyAway) as error:  # the server closes a connection whose answer has no end
            log.warning("Sending a file was cut off", error=type(error).__name__)


async def _no_parts() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for part in nothing:
        yield part


def _headers(stored: StoredMedia, start: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers: shown in place only if its bytes say that it is harmless, with the type that it was uploaded
    as, by which providers choose how to show it.
    """
    headers = media_headers(sniffed_type(start), stored.filename) | {
        "Content-Type": stored.type,
        "Content-Length": str(stored.size),
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


async def _refuse(send: Send, status: HTTPStatus, **headers: str) -> None:
    text = status.phrase.encode()
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    given += [(b"content-type", b"text/plain"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status.value, "headers": given})
    await send({"type": "http.response.body", "body": text})
