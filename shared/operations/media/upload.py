"""Uploads a file to Meta, which flows and templates then send by its id."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

from shared.clock import Clock
from shared.messages.inbound import Provider
from shared.operations.errors import NotFound
from shared.operations.media.fetch import MediaRefused
from shared.providers.api_calls import open_session
from shared.providers.errors import MediaError
from shared.providers.meta.upload import DAYS, MetaUpload, media_type_of
from shared.providers.port import Channel
from shared.repositories.directory import Directory
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class UploadedMedia:
    """A file that was uploaded to Meta. size: bytes. until: when Meta deletes it."""

    id: str
    kind: str
    mime_type: str
    size: int
    until: datetime


@dataclass(frozen=True, slots=True)
class MediaUploader:
    """Uploads files for Meta channels of any workspace."""

    directory: Directory
    settings: Settings
    clock: Clock

    async def channel(self, workspace: str, channel_id: str) -> Channel:
        """Return a channel. Raises NotFound."""
        channel = await self.directory.channel(workspace, channel_id)
        if channel is None:
            there = [f"{it.id} ({it.provider})" for it in await self.directory.by_workspace(workspace)]
            raise NotFound(f"{workspace} has no channel {channel_id}; there are: {', '.join(there) or 'none'}")
        return channel

    async def upload(self, channel: Channel, name: str, file: IO[bytes], size: int) -> UploadedMedia:
        """Upload a file for a channel. name: its ending gives the type. size: bytes. Raises MediaRefused, also for a
        provider that takes no uploads.
        """
        if channel.provider is not Provider.META:
            raise MediaRefused(
                f"{channel.id} is a number at {channel.provider}, which takes files by their address only"
            )
        until = self.clock.now() + timedelta(days=DAYS)
        try:
            kind, mime_type = media_type_of(name)
            async with open_session() as session:
                meta = MetaUpload(
                    session, graph_url=self.settings.meta_graph_url, version=self.settings.meta_graph_version
                )
                media_id = await meta.upload(channel, kind, file, size=size, mime_type=mime_type)
        except MediaError as error:
            raise MediaRefused(str(error)) from None
        return UploadedMedia(media_id, kind.value, mime_type, size, until)
