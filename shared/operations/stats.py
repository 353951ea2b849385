"""The usage of each workspace in this month, and what waits there."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.clock import Clock
from shared.domain.limits import local_month
from shared.maintenance.operator import Operator
from shared.repositories.channel_states import ChannelStates
from shared.repositories.conversations import Conversations
from shared.repositories.usage import Usage
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo


@dataclass(frozen=True, slots=True)
class WorkspaceUsage:
    """messages, new_customers, usd (of models): of this month. waiting: conversations in the queue for an agent.
    stopped: ids of channels.
    """

    workspace: str
    messages: int
    new_customers: int
    customers: int
    usd: str
    waiting: int
    stopped: tuple[str, ...]


async def usage_of_all(mongo: Mongo, clock: Clock) -> list[WorkspaceUsage]:
    """Return the usage of every workspace, in the order of their names. Raises DependencyAway."""
    stopped: dict[str, list[str]] = {}
    for one in await ChannelStates(mongo).stopped():
        stopped.setdefault(one.workspace, []).append(one.channel)
    return [await usage_of(mongo, clock, name, stopped.get(name, ())) for name in await Operator(mongo).workspaces()]


async def usage_of(mongo: Mongo, clock: Clock, name: str, stopped: Sequence[str]) -> WorkspaceUsage:
    """Return the usage of one workspace. stopped: its stopped channels. Raises DependencyAway."""
    workspace = await Workspaces(mongo, clock).get(name)
    month = local_month(clock.now(), workspace.timezone if workspace else "UTC")
    usage = Usage(mongo, name)
    used = await usage.this_month(month)
    return WorkspaceUsage(
        workspace=name,
        messages=used.messages,
        new_customers=used.new_customers,
        customers=await usage.customers(),
        usd=f"{used.ai_usd:.4f}",
        waiting=await Conversations(mongo, name).waiting_count(),
        stopped=tuple(stopped),
    )
