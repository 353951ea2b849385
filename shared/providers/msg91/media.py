"""Refuses downloads of customers' media: MSG91 does not publish their addresses and authentication."""

from typing import NoReturn

from shared.messages.content import Media
from shared.providers.errors import MediaError, MediaErrorReason
from shared.providers.port import Channel


class Msg91Media:
    """A `MediaSource` that downloads nothing."""

    async def fetch(self, channel: Channel, media: Media, *, limit: int) -> NoReturn:
        """See the port. Raises MediaError."""
        raise MediaError(
            MediaErrorReason.ADDRESS, "Parley does not fetch files from MSG91; the history has their address."
        )
