"""The circuit breakers of models, for people. Their rules, and all changes, are those of the ai service."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.domain.model_vendors import breaker_key, breaker_name
from shared.storage.redis import Redis

_READ = "return {redis.call('HGET', KEYS[1], 'until') or ''}"


@dataclass(frozen=True, slots=True)
class ModelBreaker:
    """The circuit breaker of a model, for people. open_until: no call is made before; None: calls are made. tested:
    that time is over; the next call is a test.
    """

    model: str
    open_until: datetime | None
    tested: bool = False


async def model_breakers(redis: Redis, models: Sequence[str], now: datetime) -> list[ModelBreaker]:
    """Return the breakers of models. Raises DependencyAway."""
    found = await asyncio.gather(*[redis.run_script(_READ, [breaker_key(breaker_name(one))], []) for one in models])
    return [_breaker(model, until, now) for model, (until,) in zip(models, found, strict=True)]


def _breaker(model: str, until: bytes, now: datetime) -> ModelBreaker:
    if not until:
        return ModelBreaker(model, None)
    at = datetime.fromtimestamp(float(until) / 1000, UTC)
    return ModelBreaker(model, at if at > now else None, tested=at <= now)
