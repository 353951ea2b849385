"""The state of the system as far as a workspace needs it: dependencies, backlogs, its stopped channels."""

import asyncio
import platform
from datetime import datetime
from typing import Annotated, Literal

from services.console.caller import Principal, needs
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.version import VERSION
from shared.errors import DependencyAway
from shared.kafka.lag.on_request import LagReading
from shared.operations.channels import ChannelTrouble, channel_trouble
from shared.operations.model_breakers import ModelBreaker, model_breakers

router = workspace_router("/status", "status")

_CHANNELS_LIMIT = 2.5  # seconds


class GroupState(AnswerModel):
    """A consumer group in one of its topics, of all workspaces. waiting: records that it has not finished.
    oldest_seconds: the age of the oldest of them. stalled_seconds: since it finished any. members: 0: no process works.
    """

    group: str
    topic: str
    waiting: int
    oldest_seconds: float
    stalled_seconds: float
    members: int


class ChannelState(AnswerModel):
    """A channel that is stopped or has held messages. reason: of the provider's refusal; empty if it is not stopped.
    held: messages that wait; 10000 may be more.
    """

    channel: str
    stopped_since: datetime | None
    reason: str
    held: int


class ModelState(AnswerModel):
    """A model of the bot's settings. state: `closed`: it is called; `open`: it failed too often and is not called until
    then; `testing`: the next call is a test.
    """

    model: str
    state: Literal["closed", "open", "testing"]
    until: datetime | None


class SystemStatus(AnswerModel):
    """The state of the system as far as it concerns the workspace. away: parts of this answer that are missing or old:
    `lag` (Kafka did not answer in time), `channels` (MongoDB), `models` (Redis or MongoDB). models: circuit breakers;
    null: not known. groups: as of `groups_at`; null: not known yet. channels: null: not known. sockets: live
    connections to this replica of the console; null: it has none.
    """

    status: str
    dependencies: dict[str, Literal["ok", "away"]]
    away: list[Literal["lag", "channels", "models"]]
    models: list[ModelState] | None
    groups: list[GroupState]
    groups_at: datetime | None
    channels: list[ChannelState] | None
    sockets: int | None
    versions: dict[str, str]


@router.get("")
async def read_status(caller: Annotated[Principal, needs(Right.STATUS_READ)], parts: PartsOf) -> SystemStatus:
    """Return what is known now, within three seconds, and name what is not."""
    (state, _), lag, channels, models = await asyncio.gather(
        parts.readiness(), _lag(parts), _channels(parts, caller.workspace), _models(parts, caller.workspace)
    )
    away: list[Literal["lag", "channels", "models"]] = []
    if not lag.current:
        away.append("lag")
    if channels is None:
        away.append("channels")
    if models is None:
        away.append("models")
    return SystemStatus(
        status=state["status"],
        dependencies={name: "ok" if found == "ok" else "away" for name, found in state["dependencies"].items()},
        away=away,
        models=None if models is None else [_model(one) for one in models],
        groups=_groups(lag),
        groups_at=lag.at,
        channels=None if channels is None else [_channel(one) for one in channels],
        sockets=parts.live.sockets if parts.live else None,
        versions={"parley": VERSION, "python": platform.python_version()},
    )


async def _lag(parts: Parts) -> LagReading:
    return await parts.lag.read() if parts.lag else LagReading()


async def _channels(parts: Parts, workspace: str) -> list[ChannelTrouble] | None:
    try:
        async with asyncio.timeout(_CHANNELS_LIMIT):
            return await channel_trouble(parts.mongo, workspace)
    except (DependencyAway, TimeoutError):
        return None


async def _models(parts: Parts, workspace: str) -> list[ModelBreaker] | None:
    try:
        async with asyncio.timeout(_CHANNELS_LIMIT):
            found = await parts.workspaces.get(workspace)
            bot = found.bot if found else None
            names = dict.fromkeys((bot.fast_model, bot.smart_model, *bot.fallback_models)) if bot else ()
            return await model_breakers(parts.redis, list(names), parts.clock.now())
    except (DependencyAway, TimeoutError):
        return None


def _model(breaker: ModelBreaker) -> ModelState:
    state: Literal["closed", "open", "testing"] = "open" if breaker.open_until else "closed"
    return ModelState(model=breaker.model, state="testing" if breaker.tested else state, until=breaker.open_until)


def _groups(lag: LagReading) -> list[GroupState]:
    found = lag.measurement
    if found is None:
        return []
    return [
        GroupState(
            group=group,
            topic=topic,
            waiting=one.records,
            oldest_seconds=round(one.seconds, 1),
            stalled_seconds=round(one.stalled, 1),
            members=found.members.get(group, 0),
        )
        for (group, topic), one in sorted(found.lags.items())
    ]


def _channel(trouble: ChannelTrouble) -> ChannelState:
    return ChannelState(channel=trouble.channel, stopped_since=trouble.since, reason=trouble.reason, held=trouble.held)
