"""Fetches the file of a customer's message from the provider: only a reference to it is stored."""

from dataclasses import dataclass
from typing import Any

import msgspec

from shared.clock import Clock
from shared.maintenance.operator import Operator
from shared.messages.content import Media
from shared.operations.errors import NotFound, OperationRefused
from shared.providers.adapter import ClientSetup
from shared.providers.errors import MediaError
from shared.providers.media_download import open_media_session
from shared.providers.port import Channel, FetchedMedia
from shared.providers.registry import PROVIDERS
from shared.repositories.directory import Directory
from shared.settings import Settings


class MediaRefused(OperationRefused):
    """Raised for a message without media, and when the provider does not give or take a file."""


@dataclass(frozen=True, slots=True)
class MediaFetcher:
    """Fetches from any workspace's provider."""

    operator: Operator
    directory: Directory
    settings: Settings
    clock: Clock

    async def fetch(self, reference: str, limit: int) -> FetchedMedia:
        """Return the file of a message, found by its id (ours or the provider's). limit: bytes.

        Raises NotFound, MediaRefused, DependencyAway.
        """
        message = await self.operator.message(reference)
        if message is None:
            raise NotFound(f"no customer's message is stored with the id {reference}")
        channel = await self.directory.channel(message["workspace"], message["channel"])
        if channel is None:
            raise NotFound(f"the workspace {message['workspace']} has no channel {message['channel']} any more")
        return await download(channel, _media(message), limit, self.settings, self.clock)


async def download(channel: Channel, media: Media, limit: int, settings: Settings, clock: Clock) -> FetchedMedia:
    """Return a file from a channel's provider. limit: bytes. Raises MediaRefused."""
    async with open_media_session([adapter.api_url(settings) for adapter in PROVIDERS.values()]) as session:
        setup = ClientSetup(session=session, clock=clock, settings=settings)
        try:
            return await PROVIDERS[channel.provider].make_media_source(setup).fetch(channel, media, limit=limit)
        except MediaError as error:
            raise MediaRefused(f"{error} ({error.reason})") from None


def _media(message: dict[str, Any]) -> Media:
    content = message["content"]
    if content.get("type") != "media":
        raise MediaRefused(f"the message has no media: it is of the type {content.get('type')}")
    return msgspec.convert(content, Media)
