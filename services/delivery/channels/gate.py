"""Pauses and stops channels.

A throttled channel, or one whose provider cannot be reached, is paused: for all replicas through Redis, and in this
process in any case. A channel that the provider refuses as a whole is stopped: the mark is in MongoDB, every replica
looks for marks once a second, and a pause of all replicas covers the time until they have.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from cachetools import LRUCache

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka.retry import Backoff
from shared.messages.inbound import Provider, ProviderError
from shared.providers.errors import SendError
from shared.providers.port import Channel
from shared.repositories.channel_states import ChannelChange, ChannelStates, StoppedChannel
from shared.storage.redis import Redis
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_UNTIL_MARKED = 6.0  # seconds within which all replicas have read that a channel has been stopped
_THROTTLED = Backoff(first=1.0, most=60.0)
_UNREACHABLE = Backoff(first=1.0, most=60.0)
_REPORT_AFTER = 10  # failures in a row
_REPORT_FOR = 600.0  # seconds after the last pause; waiting messages are tried again within 300
_MOST_UNANSWERED = 3  # calls in a row without an answer count as a provider that cannot be reached
_MISCONFIGURED = 30.0  # seconds
_MOST_CHANNELS = 10_000  # remembered
_PAUSE = "parley:pause:"
_NOT_STOPPED = "-"  # the credential of no channel

OnStopped = Callable[[ChannelChange], Awaitable[None]]
"""Called when a channel has just been stopped."""


@dataclass(slots=True)
class _FailureStreak:
    """Failures of one kind in a row. until: the end of the pause after the last one."""

    count: int = 0
    until: float = 0.0


@dataclass(slots=True)
class _ChannelHealth:
    """A channel's failures and pauses as this process knows them; times are of the monotonic clock. unanswered: calls
    in a row without an answer.

    paused_until: end of the pause, as this process knows it.
    """

    throttled: _FailureStreak = field(default_factory=_FailureStreak)
    unreachable: _FailureStreak = field(default_factory=_FailureStreak)
    unanswered: int = 0
    paused_until: float = 0.0


@dataclass(frozen=True, slots=True)
class ChannelAvailability:
    """Tells whether messages may go out on a channel now. stopped: nothing goes out until the channel is resumed.
    seconds: rest of a pause; 0: the channel is open.
    """

    stopped: bool = False
    seconds: float = 0.0


_OPEN = ChannelAvailability()


class ChannelGate:
    """Made once per process."""

    def __init__(
        self, states: ChannelStates, redis: Redis, clock: Clock, *, on_stopped: OnStopped | None = None
    ) -> None:
        self._on_stopped = on_stopped
        self._states = states
        self._redis = redis
        self._clock = clock
        self._stopped: dict[str, str] = {}  # channel -> the credential that was refused
        self._stopped_here: dict[str, float] = {}  # channel -> when
        self._channels: LRUCache[str, _ChannelHealth] = LRUCache(maxsize=_MOST_CHANNELS)
        self._unreachable: dict[str, Provider] = {}  # channel -> its provider, which cannot be reached

    def availability(self, channel: Channel) -> ChannelAvailability:
        """Return whether a channel may be used now, as far as this process knows. A pause that another replica began is
        found by the pace (`SendPacing`), in the round trip that every message makes.
        """
        key = _key(channel)
        if self._is_stopped(channel):
            return ChannelAvailability(stopped=True)
        left = self._health(key).paused_until - self._clock.monotonic()
        return ChannelAvailability(seconds=left) if left > 0 else _OPEN

    def _is_stopped(self, channel: Channel) -> bool:
        return channel.has_credential(self._stopped.get(_key(channel), _NOT_STOPPED))

    def note_pause(self, channel: Channel, seconds: float) -> None:
        """Note a pause that another replica began: it lasts so many seconds more."""
        self._note_pause(_key(channel), self._clock.monotonic() + seconds)

    def _note_pause(self, key: str, until: float) -> None:
        health = self._health(key)
        health.paused_until = max(health.paused_until, until)

    @property
    def has_stopped(self) -> bool:
        """Return whether any channel is stopped, as far as this process knows."""
        return bool(self._stopped)

    async def refresh(self) -> list[StoppedChannel]:
        """Read which channels are stopped; return them. Raises DependencyAway."""
        began = self._clock.monotonic()
        found = await self._states.stopped()
        # Channels that were stopped here while MongoDB was read are not in its answer.
        self._stopped_here = {key: at for key, at in self._stopped_here.items() if at >= began}
        since = {key: self._stopped[key] for key in self._stopped_here if key in self._stopped}
        self._stopped = {_key_of(channel): channel.credential for channel in found} | since
        for provider in Provider:
            count = sum(channel.provider == provider for channel in found)
            metrics.CHANNELS_STOPPED.labels(provider).set(count)
        return found

    async def stop(self, channel: Channel, error: SendError, at: datetime | None = None) -> bool:
        """Stop a channel that the provider refused as a whole, now or at `at`: nothing more goes out on it until it is
        resumed. Return False when it has been resumed since. Raises DependencyAway.
        """
        key = _key(channel)
        if self._is_stopped(channel):
            return True
        reason = ProviderError(code=error.code, title=error.title, detail=error.detail)
        since = at or self._clock.now()
        newly = await self._states.stop(channel, reason, since)
        if not newly and key not in {_key_of(stopped) for stopped in await self.refresh()}:
            return False
        self._stopped[key] = channel.credential
        self._stopped_here[key] = self._clock.monotonic()
        await self._pause_all_replicas(key, _UNTIL_MARKED)
        if newly:
            metrics.CHANNEL_STOPS.labels(channel.provider, error.code).inc()
            log.error(
                "Channel stopped; its messages wait until its credential is renewed or `parley channels resume`",
                channel=channel.id,
                provider=channel.provider,
                code=error.code,
                title=error.title,
            )
            if self._on_stopped is not None:
                change = ChannelChange(channel.workspace, channel.id, resumed=False, stopped_at=since)
                await self._on_stopped(change)
                await self._states.mark_announced(change)
        return True

    def pause_misconfigured(self, channel: Channel, error: SendError) -> float:
        """Pause a channel in this process only, which lacks a setting for it; return the seconds."""
        if not self.availability(channel).seconds:
            log.error("A channel cannot be used by this process", channel=channel.id, title=error.title)
        self.note_pause(channel, _MISCONFIGURED)
        return _MISCONFIGURED

    async def pause_throttled(self, channel: Channel, retry_after: float | None) -> float:
        """Pause a channel that the provider throttled, in all replicas; return the seconds."""
        streak = self._health(_key(channel)).throttled
        return await self._pause(channel, streak, _THROTTLED, retry_after or 0.0, "throttled")

    async def pause_unreachable(self, channel: Channel) -> float:
        """Pause a channel whose provider cannot be reached, in all replicas; return the seconds."""
        streak = self._health(_key(channel)).unreachable
        before = streak.count
        seconds = await self._pause(channel, streak, _UNREACHABLE, 0.0, "unreachable")
        if streak.count >= _REPORT_AFTER:
            self._unreachable[_key(channel)] = channel.provider
        if before < streak.count == _REPORT_AFTER:
            log.error(
                "A provider cannot be reached", provider=channel.provider, channel=channel.id, failures=streak.count
            )
        return seconds

    async def record_no_answer(self, channel: Channel) -> None:
        """Count a call that got no answer; several in a row count as a provider that cannot be reached."""
        health = self._health(_key(channel))
        health.unanswered += 1
        if health.unanswered >= _MOST_UNANSWERED:
            await self.pause_unreachable(channel)

    def record_answer(self, channel: Channel) -> None:
        """End all failure streaks: the provider took a message, or refused just that one."""
        health = self._health(_key(channel))
        self._unreachable.pop(_key(channel), None)
        if not (health.throttled.count or health.unreachable.count or health.unanswered):
            return
        if health.unreachable.count >= _REPORT_AFTER:
            log.info("A provider can be reached again", provider=channel.provider, channel=channel.id)
        health.throttled, health.unreachable, health.unanswered = _FailureStreak(), _FailureStreak(), 0

    async def observe(self) -> None:
        """Update the metric of channels whose provider cannot be reached. Without messages nothing is tried, and with
        several replicas another one may have the answer: a channel counts for ten minutes after its last pause.
        """
        oldest = self._clock.monotonic() - _REPORT_FOR
        for key in [key for key in self._unreachable if self._health(key).unreachable.until < oldest]:
            del self._unreachable[key]
        counts = Counter(self._unreachable.values())
        for provider in Provider:
            metrics.UNREACHABLE_CHANNELS.labels(provider).set(counts[provider])

    async def _pause(self, channel: Channel, streak: _FailureStreak, backoff: Backoff, least: float, why: str) -> float:
        now = self._clock.monotonic()
        if now >= streak.until:  # otherwise the call was in flight already when the pause began
            streak.count += 1
            streak.until = now + backoff.wait(streak.count - 1)
            metrics.CHANNEL_PAUSES.labels(channel.provider, why).inc()
        streak.until = max(streak.until, now + least)
        self._note_pause(_key(channel), streak.until)
        await self._pause_all_replicas(_key(channel), streak.until - now)
        return streak.until - now

    async def _pause_all_replicas(self, key: str, seconds: float) -> None:
        try:
            await self._redis.pause(f"{_PAUSE}{key}", seconds)
        except DependencyAway:
            return  # each replica pauses at its own first failure

    def _health(self, key: str) -> _ChannelHealth:
        health = self._channels.get(key)
        if health is None:
            health = self._channels[key] = _ChannelHealth()
        return health


def _key(channel: Channel) -> str:
    return f"{channel.workspace}/{channel.id}"


def _key_of(stopped: StoppedChannel) -> str:
    return f"{stopped.workspace}/{stopped.channel}"


def pause_key(channel: Channel) -> str:
    """Return the key in Redis that exists while a channel is paused."""
    return f"{_PAUSE}{_key(channel)}"
