"""Lists the channels that a provider refuses as a whole, and resumes them."""

from dataclasses import dataclass
from datetime import datetime

from shared.operations.errors import OperationRefused
from shared.repositories.channel_states import ChannelStates, StoppedChannel
from shared.storage.mongo import Mongo


class ChannelNotStopped(OperationRefused):
    """Raised when a channel to resume is not stopped."""

    reason = "channel-not-stopped"


@dataclass(frozen=True, slots=True)
class StoppedChannelReport:
    """A stopped channel for people. held: how many messages wait for the channel, in words."""

    channel: StoppedChannel
    held: str

    @property
    def reason(self) -> str:
        """The provider's code and title of the refusal."""
        error = self.channel.error
        return ": ".join(filter(None, (error.get("code"), error.get("title"))))


@dataclass(frozen=True, slots=True)
class ChannelTrouble:
    """A channel that is stopped or has held messages. since, reason: None, empty if it is not stopped. held: how many
    messages wait, counted up to ten thousand.
    """

    channel: str
    since: datetime | None
    reason: str
    held: int


async def channel_trouble(mongo: Mongo, workspace: str) -> list[ChannelTrouble]:
    """Return the channels of a workspace that are stopped or have held messages. Raises DependencyAway."""
    states = ChannelStates(mongo)
    stopped = {one.channel: one for one in await states.stopped_of(workspace)}
    held = await states.held_of(workspace)
    return [
        ChannelTrouble(
            channel,
            stopped[channel].since if channel in stopped else None,
            StoppedChannelReport(stopped[channel], "").reason if channel in stopped else "",
            held.get(channel, 0),
        )
        for channel in sorted(stopped.keys() | held.keys())
    ]


async def stopped_channels(mongo: Mongo) -> list[StoppedChannelReport]:
    """Return the stopped channels of all workspaces. Raises DependencyAway."""
    states = ChannelStates(mongo)
    return [
        StoppedChannelReport(one, await states.how_many_held(one.workspace, one.channel))
        for one in await states.stopped()
    ]


async def resume_channel(mongo: Mongo, workspace: str, channel: str, *, command: str = "") -> None:
    """Have delivery try a stopped channel again with its credential. command: see `ChannelStates.request_resume`.

    Raises ChannelNotStopped, DependencyAway.
    """
    if not await ChannelStates(mongo).request_resume(workspace, channel, command=command):
        raise ChannelNotStopped(f"{workspace}/{channel} is not stopped")
