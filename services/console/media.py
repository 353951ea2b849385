"""The file of a customer's message for a route: where copies are kept, and how the provider is asked."""

from services.console.parts import Parts
from services.console.problems import Problem
from shared.messages.content import Media
from shared.operations.inbox.messages import VisibleMessage
from shared.operations.media.fetch import download
from shared.operations.media.keep import MediaLimits, MediaViews, ViewedMedia
from shared.providers.port import Channel, FetchedMedia
from shared.repositories.directory import Directory
from shared.repositories.media_store import MediaStore

_MIB = 1024 * 1024


async def media_views(parts: Parts, workspace: str, message: VisibleMessage, media: Media) -> ViewedMedia:
    """Return the file. Raises Problem, MediaRefused, DependencyAway."""
    settings, channel_id = parts.settings, message.message.document["channel"]
    limits = MediaLimits(
        days=settings.console_media_days,
        size=settings.console_media_mb * _MIB,
        quota=settings.console_media_quota_mb * _MIB,
    )

    async def fetch() -> FetchedMedia:
        channel = await channel_of(parts, workspace, channel_id)
        return await download(channel, media, limits.size, settings, parts.clock)

    views = MediaViews(MediaStore(parts.mongo, workspace), limits, parts.clock)
    return await views.view(message.message.document["_id"], message.conversation.id, media, fetch)


async def channel_of(parts: Parts, workspace: str, channel_id: str) -> Channel:
    """Return a channel with its credentials. Raises Problem."""
    channel = await Directory(parts.mongo, parts.redis, parts.secrets, parts.clock).channel(workspace, channel_id)
    if channel is None:
        raise Problem("not-found", f"the channel {channel_id} does not exist any more")
    return channel
