"""Media of customers from MSG91: where they lie, and what it takes to get them, is not published. None is fetched."""

from typing import NoReturn

from shared.messages.content import Media
from shared.providers.errors import MediaError, MediaErrorReason
from shared.providers.port import Channel


class Msg91Media:
    """A `MediaSource` that says so."""

    async def fetch(self, channel: Channel, media: Media, *, limit: int) -> NoReturn:
        """Raises MediaError."""
        raise MediaError(
            MediaErrorReason.ADDRESS, "Parley does not fetch files from MSG91; the history has their address."
        )
