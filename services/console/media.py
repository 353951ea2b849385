"""Files for routes: those of messages, where copies are kept and how the provider is asked; and those of messages to
customers that providers fetch from us.
"""

import msgspec

from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from shared.domain.conversation import Conversation
from shared.messages.content import Media
from shared.messages.inbound import Provider
from shared.messages.outbound import Body, MediaBody, TemplateBody
from shared.operations.inbox.messages import VisibleMessage
from shared.operations.media.fetch import download
from shared.operations.media.keep import MediaLimits, MediaViews, ViewedMedia
from shared.operations.media.links import PREFIX, UPLOADED, can_be_fetched, stored_id
from shared.operations.media.uploads import FileUploads
from shared.providers.port import Channel, FetchedMedia
from shared.repositories.directory import Directory
from shared.repositories.media_store import MediaStore
from shared.settings import Settings

_MIB = 1024 * 1024


async def media_views(parts: Parts, workspace: str, message: VisibleMessage, media: Media) -> ViewedMedia:
    """Return the file. Raises Problem, MediaRefused, DependencyAway."""
    settings, channel_id = parts.settings, message.message.document["channel"]
    limits = _limits(settings)

    async def fetch() -> FetchedMedia:
        if (media.media_id or "").startswith(UPLOADED):
            raise Problem("not-found", "the file was kept for some days, and they are over")
        channel = await channel_of(parts, workspace, channel_id)
        return await download(channel, media, limits.size, settings, parts.clock)

    views = MediaViews(MediaStore(parts.mongo, workspace), limits, parts.clock)
    id_ = stored_id(media.media_id or "") if message.is_ours else message.message.document["_id"]
    return await views.view(id_, message.conversation.id, media, fetch)


def file_copies(parts: Parts, workspace: str) -> FileUploads:
    """Return the copies of files that providers have."""
    return FileUploads(MediaStore(parts.mongo, workspace), _limits(parts.settings), parts.clock)


def file_uploads(parts: Parts, workspace: str) -> FileUploads:
    """Return the files that providers fetch from us. Raises Problem where they cannot."""
    if not can_be_fetched(parts.settings):
        raise Problem(
            "media-not-possible",
            "the provider fetches files from us, and PUBLIC_BASE_URL is not an https address that it can reach",
        )
    return file_copies(parts, workspace)


async def with_file(parts: Parts, workspace: str, conversation: Conversation, body: Body) -> Body:
    """Return the body as the provider gets it: an uploaded file by an address; other bodies unchanged. Notes who gets
    the file. Raises Problem, DependencyAway.
    """
    if isinstance(body, TemplateBody) and body.header_media is not None and body.header_media.media_id:
        await file_copies(parts, workspace).use(body.header_media.media_id, conversation.id)
    if not isinstance(body, MediaBody) or not body.media_id:
        return body
    where = "#/content/media_id"
    if conversation.provider == Provider.META.value:
        if body.media_id.startswith(UPLOADED):
            raise Problem("invalid", errors=[FieldError(where, "was uploaded for a channel of another provider")])
        await file_copies(parts, workspace).use(body.media_id, conversation.id)
        return body
    uploads = file_uploads(parts, workspace)
    if not body.media_id.startswith(UPLOADED) or not await uploads.use(body.media_id, conversation.id):
        raise Problem("invalid", errors=[FieldError(where, "is no file that was uploaded here, or it has ended")])
    # delivery makes the address when it sends.
    return msgspec.structs.replace(body, media_id="", url=f"{parts.settings.public_base_url}{PREFIX}")


def _limits(settings: Settings) -> MediaLimits:
    return MediaLimits(
        days=settings.console_media_days,
        size=settings.console_media_mb * _MIB,
        quota=settings.console_media_quota_mb * _MIB,
    )


async def channel_of(parts: Parts, workspace: str, channel_id: str) -> Channel:
    """Return a channel with its credentials. Raises Problem."""
    channel = await Directory(parts.mongo, parts.redis, parts.secrets, parts.clock).channel(workspace, channel_id)
    if channel is None:
        raise Problem("not-found", f"the channel {channel_id} does not exist any more")
    return channel
