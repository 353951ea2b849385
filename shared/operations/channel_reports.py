"""The state of a workspace's channels: whether the provider refuses them, and their last webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.operations.channels import StoppedChannelReport
from shared.repositories.channel_states import ChannelStates
from shared.repositories.webhook_marks import webhook_marks
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """The state of a channel for people. stopped: None while it sends. accepted_at, refused_at: of its webhooks, to the
    minute; None: not known.
    """

    stopped: StoppedChannelReport | None
    accepted_at: datetime | None
    refused_at: datetime | None


async def channel_reports(
    mongo: Mongo, redis: Redis, workspace: str, channels: Sequence[str]
) -> dict[str, ChannelReport]:
    """Return the state of channels, by id. Raises DependencyAway."""
    states = ChannelStates(mongo)
    marks = await webhook_marks(redis, workspace, channels)
    stopped = {one.channel: one for one in await states.stopped_of(workspace)}
    return {
        channel: ChannelReport(
            stopped=StoppedChannelReport(stopped[channel], await states.how_many_held(workspace, channel))
            if channel in stopped
            else None,
            accepted_at=marks[channel][0],
            refused_at=marks[channel][1],
        )
        for channel in channels
    }
