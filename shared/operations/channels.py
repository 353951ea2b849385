"""Lists the channels that a provider refuses as a whole, and resumes them."""

from dataclasses import dataclass

from shared.operations.errors import OperationRefused
from shared.repositories.channel_states import ChannelStates, StoppedChannel
from shared.storage.mongo import Mongo


class ChannelNotStopped(OperationRefused):
    """Raised when a channel to resume is not stopped."""


@dataclass(frozen=True, slots=True)
class StoppedChannelReport:
    """held: how many messages wait for the channel, in words."""

    channel: StoppedChannel
    held: str

    @property
    def reason(self) -> str:
        """The provider's code and title of the refusal."""
        error = self.channel.error
        return ": ".join(filter(None, (error.get("code"), error.get("title"))))


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
