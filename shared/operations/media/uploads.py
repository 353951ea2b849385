"""Files for messages to customers, in the store of customers' files: for providers that fetch them from us, and copies
of those that a provider has, so that people can look at what was sent.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import PurePath
from typing import IO

from shared.clock import Clock
from shared.messages.inbound import Provider
from shared.operations.media.fetch import MediaRefused
from shared.operations.media.keep import MediaLimits, keep_file
from shared.operations.media.links import FOR_CUSTOMERS, UPLOADED, stored_id
from shared.operations.media.upload import UploadedMedia
from shared.providers.errors import MediaError
from shared.providers.meta.upload import media_type_of
from shared.repositories.media_store import CHUNK, MediaStore, StoredMedia

_MIB = 1024 * 1024
_MOST = {Provider.TWILIO: 16 * _MIB, Provider.MSG91: 16 * _MIB}
"""Twilio's limit for WhatsApp; MSG91 sends the customer an address, and a phone downloads no more."""


@dataclass(frozen=True, slots=True)
class FileUploads:
    """Uploads of one workspace. limits: of the store, `size` not."""

    store: MediaStore
    limits: MediaLimits
    clock: Clock

    async def keep(self, key: str, provider: Provider, name: str, file: IO[bytes], size: int) -> UploadedMedia:
        """Keep a file for a provider that fetches it; the same key is the same file. name: its ending gives the type.
        Raises MediaRefused, DependencyAway.
        """
        try:
            kind, mime_type = media_type_of(name)
        except MediaError as error:
            raise MediaRefused(str(error)) from None
        most = _MOST.get(provider, 0)
        if not 0 < size <= most:
            raise MediaRefused(f"{provider} takes files of 1 to {most // _MIB} MB")
        if not await self._has_room(size):
            await self._make_room()
        if not await self._has_room(size):
            raise MediaRefused("the files of the workspace have reached its quota; older ones end by themselves")
        stored = await self._keep(f"{UPLOADED}{key}", mime_type, name, file, size)
        return UploadedMedia(stored.message_id, kind.value, mime_type, size, stored.ends)

    async def keep_copy(self, uploaded: UploadedMedia, name: str, file: IO[bytes]) -> None:
        """Keep a copy of a file that a provider has; nothing beyond the quota. Raises DependencyAway."""
        if await self._has_room(uploaded.size):
            await self._keep(stored_id(uploaded.id), uploaded.mime_type, name, file, uploaded.size)

    async def use(self, media_id: str, conversation: str) -> bool:
        """Note that a conversation gets a file, so that it is kept as long as customers' files and erased with the
        customer; return False if we do not have it. Raises DependencyAway.
        """
        return await self.store.assign(stored_id(media_id), conversation, self.clock.now() + self._kept)

    @property
    def _kept(self) -> timedelta:
        return max(timedelta(days=self.limits.days), FOR_CUSTOMERS)

    async def _has_room(self, size: int) -> bool:
        return await self.store.used() + size <= self.limits.quota

    async def _make_room(self) -> None:
        """End sent files that no provider fetches any more: sending comes before looking at them again."""
        fetched_until = self.clock.now() + self._kept - FOR_CUSTOMERS
        await self.store.remove_sent(UPLOADED, fetched_until)

    async def _keep(self, id_: str, type_: str, name: str, file: IO[bytes], size: int) -> StoredMedia:
        stored = StoredMedia(
            message_id=id_,
            conversation_id="",
            type=type_,
            size=size,
            sha256=await asyncio.to_thread(_digest, file),
            filename=PurePath(name.replace("\\", "/")).name,
            ends=self.clock.now() + FOR_CUSTOMERS,
        )
        await keep_file(self.store, stored, file)
        return stored


def _digest(file: IO[bytes]) -> str:
    digest = sha256()
    file.seek(0)
    while data := file.read(CHUNK):
        digest.update(data)
    return digest.hexdigest()
