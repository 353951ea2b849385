"""Files of messages at first view: fetched from the provider, kept for some days, shown from the copy."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import IO, Protocol

from shared.clock import Clock
from shared.messages.content import Media
from shared.operations.media.types import SNIFFED_BYTES, sniffed_type
from shared.providers.port import FetchedMedia
from shared.repositories.media_store import CHUNK, StoredMedia

Fetch = Callable[[], Awaitable[FetchedMedia]]


class MediaStorage(Protocol):
    """The store of copies: MongoDB (`shared.repositories.media_store`), later a directory or S3. A copy exists when
    `finish` has returned; parts without it are removed by `StoredMedia.ends`.
    """

    async def get(self, message_id: str) -> StoredMedia | None: ...

    async def put_chunk(self, media: StoredMedia, number: int, data: bytes) -> None: ...

    async def finish(self, media: StoredMedia) -> None: ...

    def read(self, media: StoredMedia) -> AsyncIterator[bytes]: ...

    async def remove(self, message_id: str) -> bool: ...

    async def used(self) -> int: ...


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """Limits of the copies of files. days: for which copies are kept. size, quota: bytes of one file and of
    all copies of a workspace; a file beyond the quota is shown and not kept.
    """

    days: int = 30
    size: int = 25 * 1024 * 1024
    quota: int = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ViewedMedia:
    """A file to show. parts: its bytes; all of them are to be read, or `aclose` is to be called."""

    type: str
    size: int
    filename: str
    parts: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class MediaViews:
    """Shows the files of one workspace."""

    storage: MediaStorage
    limits: MediaLimits
    clock: Clock

    async def view(self, message_id: str, conversation_id: str, media: Media, fetch: Fetch) -> ViewedMedia:
        """Return the file of a message. message_id: of the copy. fetch: downloads the file, and raises what the caller
        wants to be told.

        Raises DependencyAway.
        """
        kept = await self.storage.get(message_id)
        if kept is not None:
            parts = self.storage.read(kept)
            start = await anext(parts, b"")
            if start or not kept.size:  # else it was erased meanwhile
                # The type of an uploaded file is that of its name.
                return ViewedMedia(sniffed_type(start), kept.size, kept.filename, _joined(start, parts))
        fetched = await fetch()
        try:
            described = await self._describe(message_id, conversation_id, media, fetched)
            keeps = await self.storage.used() + fetched.size <= self.limits.quota
            if keeps:
                await keep_file(self.storage, described, fetched.file)
        except BaseException:
            fetched.file.close()
            raise
        if keeps:  # whoever reads slowly must not keep the temporary file: there is little room for them
            fetched.file.close()
        parts = self.storage.read(described) if keeps else _parts(fetched.file)
        return ViewedMedia(described.type, described.size, described.filename, parts)

    async def _describe(
        self, message_id: str, conversation_id: str, media: Media, fetched: FetchedMedia
    ) -> StoredMedia:
        digest, start = await asyncio.to_thread(_digest, fetched.file)
        return StoredMedia(
            message_id=message_id,
            conversation_id=conversation_id,
            type=sniffed_type(start),
            size=fetched.size,
            sha256=digest,
            filename=media.filename or "",
            ends=self.clock.now() + timedelta(days=self.limits.days),
        )


async def keep_file(storage: MediaStorage, media: StoredMedia, file: IO[bytes]) -> None:
    """Store a file with its metadata. Raises DependencyAway."""
    number = 0
    await asyncio.to_thread(file.seek, 0)
    while data := await asyncio.to_thread(file.read, CHUNK):
        await storage.put_chunk(media, number, data)
        number += 1
    await storage.finish(media)


def _digest(file: IO[bytes]) -> tuple[str, bytes]:
    """Return the SHA-256 of a file and its first bytes."""
    digest, start = sha256(), b""
    file.seek(0)
    while data := file.read(CHUNK):
        start = start or data[:SNIFFED_BYTES]
        digest.update(data)
    return digest.hexdigest(), start


async def _joined(start: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield start
    async for part in rest:
        yield part


async def _parts(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Yield the bytes of a file, and close it at the end."""
    with file:
        await asyncio.to_thread(file.seek, 0)
        while data := await asyncio.to_thread(file.read, CHUNK):
            yield data
