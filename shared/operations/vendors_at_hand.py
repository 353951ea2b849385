"""The vendors of models for which the ai service has a key. It says so again and again; only it knows its keys."""

from collections.abc import Collection

from shared.domain.model_vendors import vendor_of
from shared.storage.redis import Redis

EVERY = 20.0  # seconds between two announcements
_KEY = "parley:ai:vendors"
_LIVES = 90  # seconds


async def announce_vendors(redis: Redis, vendors: Collection[str]) -> None:
    """Say for which vendors this process has a key. Raises DependencyAway."""
    await redis.put(_KEY, ",".join(sorted(vendors)).encode(), _LIVES)


async def is_at_hand(redis: Redis, model: str) -> bool:
    """Return whether an ai process that works now can ask a model. Raises DependencyAway."""
    found = await redis.get(_KEY)
    return found is not None and vendor_of(model) in found.decode().split(",")
