"""Whether a channel may be used now.

A throttled channel, or one whose provider cannot be reached, is paused: for all replicas through Redis, and in this
process in any case. A channel that the provider refuses as a whole is stopped: the mark is in MongoDB, every replica
reads the marks every two seconds, and a pause of all replicas covers the time until they have.
"""

from dataclasses import dataclass, field
from datetime import datetime

from cachetools import LRUCache

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka.retry import Backoff
from shared.messages.inbound import Provider, ProviderError
from shared.providers.errors import SendError
from shared.providers.port import Channel
from shared.repositories.channel_states import ChannelStates, StoppedChannel
from shared.storage.cooldown import Cooldown
from shared.storage.redis import Redis
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_FRESH = 0.25  # seconds for which what Redis said of a channel is believed
_REDIS_COOLDOWN = 5.0  # seconds
_UNTIL_MARKED = 6.0  # for the other replicas to read that a channel has been stopped
_THROTTLED = Backoff(first=1.0, most=60.0)
_UNREACHABLE = Backoff(first=1.0, most=60.0)
_REPORT_AFTER = 10  # failures in a row
_SILENCES = 3  # sends in a row that got no answer count as a provider that cannot be reached
_MISCONFIGURED = 30.0  # seconds
_MOST = 10_000  # channels remembered


@dataclass(slots=True)
class _FailureStreak:
    """Failures of one kind in a row, and when the pause after the last one ends."""

    count: int = 0
    until: float = 0.0


@dataclass(slots=True)
class _ChannelHealth:
    """What this process knows of a channel; times are of the monotonic clock. silent: sends in a row without an answer.

    looked_at, paused_until: what Redis said, and when. own_until: end of a pause that began here.
    """

    throttled: _FailureStreak = field(default_factory=_FailureStreak)
    unreachable: _FailureStreak = field(default_factory=_FailureStreak)
    silent: int = 0
    looked_at: float = float("-inf")
    paused_until: float = 0.0
    own_until: float = 0.0


@dataclass(frozen=True, slots=True)
class ChannelAvailability:
    """stopped: nothing goes out until the channel is mended. seconds: nothing goes out before; 0: it is open."""

    stopped: bool = False
    seconds: float = 0.0


_OPEN = ChannelAvailability()


class ChannelGate:
    """One per process."""

    def __init__(self, states: ChannelStates, redis: Redis, clock: Clock) -> None:
        self._states = states
        self._redis = redis
        self._clock = clock
        self._stopped: dict[str, str] = {}  # channel -> the credential that was refused
        self._stopped_here: dict[str, float] = {}  # channel -> when
        self._channels: LRUCache[str, _ChannelHealth] = LRUCache(maxsize=_MOST)
        self._cooldown = Cooldown(_REDIS_COOLDOWN, clock)

    async def look(self, channel: Channel) -> ChannelAvailability:
        """May the channel be used?"""
        key = _key(channel)
        if self._stopped.get(key) == channel.credential:
            return ChannelAvailability(stopped=True)
        known, now = self._known(key), self._clock.monotonic()
        if now - known.looked_at >= _FRESH and not self._cooldown.is_active():
            known.looked_at, known.paused_until = now, now + await self._in_redis(key)
        left = max(known.own_until, known.paused_until) - self._clock.monotonic()
        return ChannelAvailability(seconds=left) if left > 0 else _OPEN

    async def _in_redis(self, key: str) -> float:
        try:
            return await self._redis.paused(_redis_key(key))
        except DependencyAway:
            self._cooldown.start()
            return 0.0

    async def refresh(self) -> list[StoppedChannel]:
        """Learn which channels are stopped. Raises DependencyAway."""
        began = self._clock.monotonic()
        found = await self._states.stopped()
        # What was stopped here since the question was asked is not in the answer.
        self._stopped_here = {key: at for key, at in self._stopped_here.items() if at >= began}
        since = {key: self._stopped[key] for key in self._stopped_here if key in self._stopped}
        self._stopped = {_key_of(one): one.credential for one in found} | since
        for provider in Provider:
            count = sum(one.provider == provider for one in found)
            metrics.CHANNELS_STOPPED.labels(provider).set(count)
        return found

    async def stop(self, channel: Channel, error: SendError, at: datetime | None = None) -> bool:
        """The provider refused the channel as a whole, now or `at` that time: nothing more goes out on it until it is
        mended. False when it has been mended since. Raises DependencyAway.
        """
        key = _key(channel)
        if self._stopped.get(key) == channel.credential:
            return True
        reason = ProviderError(code=error.code, title=error.title, detail=error.detail)
        newly = await self._states.stop(channel, reason, at or self._clock.now())
        if not newly and key not in {_key_of(one) for one in await self.refresh()}:
            return False
        self._stopped[key] = channel.credential
        self._stopped_here[key] = self._clock.monotonic()
        await self._tell_all(key, _UNTIL_MARKED)
        if newly:
            metrics.CHANNEL_STOPS.labels(channel.provider, error.code).inc()
            log.error(
                "Channel stopped; its messages wait until its credential is renewed or `parley channels resume`",
                channel=channel.id,
                provider=channel.provider,
                code=error.code,
                title=error.title,
            )
        return True

    def misconfigured(self, channel: Channel, error: SendError) -> float:
        """This process at least lacks what it takes to use the channel: a pause here; seconds until the next try."""
        known = self._known(_key(channel))
        if known.own_until < self._clock.monotonic():
            log.error("A channel cannot be used by this process", channel=channel.id, title=error.title)
        known.own_until = max(known.own_until, self._clock.monotonic() + _MISCONFIGURED)
        return _MISCONFIGURED

    async def throttled(self, channel: Channel, retry_after: float | None) -> float:
        """The provider wants less of this channel: pause all of its senders; seconds until the next try."""
        trouble = self._known(_key(channel)).throttled
        return await self._pause(channel, trouble, _THROTTLED, retry_after or 0.0, "throttled")

    async def unreachable(self, channel: Channel) -> float:
        """The provider cannot be reached: pause the channel; seconds until the next try."""
        trouble = self._known(_key(channel)).unreachable
        before = trouble.count
        seconds = await self._pause(channel, trouble, _UNREACHABLE, 0.0, "unreachable")
        if before < trouble.count == _REPORT_AFTER:
            metrics.PROVIDER_TROUBLE.labels(channel.provider).inc()
            log.error(
                "A provider cannot be reached", provider=channel.provider, channel=channel.id, failures=trouble.count
            )
        return seconds

    async def silent(self, channel: Channel) -> None:
        """A send got no answer and is in doubt; several in a row are taken for a provider that cannot be reached."""
        known = self._known(_key(channel))
        known.silent += 1
        if known.silent >= _SILENCES:
            await self.unreachable(channel)

    def answered(self, channel: Channel) -> None:
        """The provider took a message, or refused just that one: the troubles are over."""
        known = self._known(_key(channel))
        if not (known.throttled.count or known.unreachable.count or known.silent):
            return
        if known.unreachable.count >= _REPORT_AFTER:
            log.info("A provider can be reached again", provider=channel.provider, channel=channel.id)
        known.throttled, known.unreachable, known.silent = _FailureStreak(), _FailureStreak(), 0

    async def _pause(
        self, channel: Channel, trouble: _FailureStreak, backoff: Backoff, least: float, why: str
    ) -> float:
        now = self._clock.monotonic()
        if now >= trouble.until:  # otherwise it was on its way already when the pause began
            trouble.count += 1
            trouble.until = now + backoff.wait(trouble.count - 1)
            metrics.CHANNEL_PAUSES.labels(channel.provider, why).inc()
        trouble.until = max(trouble.until, now + least)
        known = self._known(_key(channel))
        known.own_until = max(known.own_until, trouble.until)
        await self._tell_all(_key(channel), trouble.until - now)
        return trouble.until - now

    async def _tell_all(self, key: str, seconds: float) -> None:
        try:
            await self._redis.pause(_redis_key(key), seconds)
        except DependencyAway:
            return  # each replica finds out for itself

    def _known(self, key: str) -> _ChannelHealth:
        known = self._channels.get(key)
        if known is None:
            known = self._channels[key] = _ChannelHealth()
        return known


def _key(channel: Channel) -> str:
    return f"{channel.workspace}/{channel.id}"


def _key_of(stopped: StoppedChannel) -> str:
    return f"{stopped.workspace}/{stopped.channel}"


def _redis_key(key: str) -> str:
    return f"parley:pause:{key}"
