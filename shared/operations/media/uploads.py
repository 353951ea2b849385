"""Files for messages of providers that fetch them from us: kept for some days, in the store of customers' files."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath
from typing import IO

from shared.clock import Clock
from shared.messages.inbound import Provider
from shared.operations.media.fetch import MediaRefused
from shared.operations.media.keep import MediaLimits, keep_file
from shared.operations.media.links import FOR_CUSTOMERS, UPLOADED
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
        """Keep a file; the same key is the same file. name: its ending gives the type. Raises MediaRefused,
        DependencyAway.
        """
        try:
            kind, mime_type = media_type_of(name)
        except MediaError as error:
            raise MediaRefused(str(error)) from None
        most = _MOST.get(provider, 0)
        if not 0 < size <= most:
            raise MediaRefused(f"{provider} takes files of 1 to {most // _MIB} MB")
        if await self.store.used() + size > self.limits.quota:
            raise MediaRefused("the files of the workspace have reached its quota; older ones end by themselves")
        stored = StoredMedia(
            message_id=f"{UPLOADED}{key}",
            conversation_id="",
            type=mime_type,
            size=size,
            sha256=await asyncio.to_thread(_digest, file),
            filename=PurePath(name.replace("\\", "/")).name,
            ends=self.clock.now() + FOR_CUSTOMERS,
        )
        await keep_file(self.store, stored, file)
        return UploadedMedia(stored.message_id, kind.value, mime_type, size, stored.ends)

    async def use(self, media_id: str, conversation: str) -> bool:
        """Note that a conversation gets a file, so that it is erased with the customer; return False if there is none.
        Raises DependencyAway.
        """
        return media_id.startswith(UPLOADED) and await self.store.assign(media_id, conversation)


def _digest(file: IO[bytes]) -> str:
    digest = sha256()
    file.seek(0)
    while data := file.read(CHUNK):
        digest.update(data)
    return digest.hexdigest()
