"""The circuit breakers of models, for people. Their rules are those of the ai service, which opens and closes them; an
operator may close one, too.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.domain.model_vendors import BREAKERS, breaker_key, breaker_name
from shared.storage.redis import Redis

_MOST = 1000  # models
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


async def open_breakers(redis: Redis, now: datetime) -> list[ModelBreaker]:
    """Return the breakers that are open or tested, of all models that are in use, by name. Raises DependencyAway."""
    keys = await redis.keys(BREAKERS, most=_MOST)
    models = sorted(key.removeprefix(BREAKERS).partition(":")[2] for key in keys)
    found = await model_breakers(redis, models, now)
    return [one for one in found if one.open_until is not None or one.tested]


async def close_breaker(redis: Redis, model: str, now: datetime) -> bool:
    """Close a model's breaker in all replicas: the next call is made. Return False if it is closed already. Raises
    DependencyAway.
    """
    (found,) = await model_breakers(redis, [model], now)
    if found.open_until is None and not found.tested:
        return False
    await redis.delete(breaker_key(breaker_name(model)))
    return True


def _breaker(model: str, until: bytes, now: datetime) -> ModelBreaker:
    if not until:
        return ModelBreaker(model, None)
    at = datetime.fromtimestamp(float(until) / 1000, UTC)
    return ModelBreaker(model, at if at > now else None, tested=at <= now)
