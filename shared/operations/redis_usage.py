"""Redis' memory, and the keys that fill it, for people. docs/architecture.md says what each kind of key is for."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.storage.redis import Redis, RedisServer

_OURS = "parley"


@dataclass(frozen=True, slots=True)
class KeyKind:
    """Keys of one kind. name: `parley:pace:*`, or the beginning of another program's keys. bytes: of memory, of all
    keys together; largest: of one.
    """

    name: str
    keys: int
    bytes: int
    largest: int

    @property
    def ours(self) -> bool:
        """True if Parley makes such keys."""
        return self.name.startswith(f"{_OURS}:")


@dataclass(frozen=True, slots=True)
class RedisUsage:
    """The server, and the kinds of its keys, the one that takes most memory first. seen: keys that were looked at."""

    server: RedisServer
    kinds: tuple[KeyKind, ...]
    seen: int


async def redis_usage(redis: Redis, *, most: int) -> RedisUsage:
    """Look at all keys, or at `most` of them. Raises DependencyAway, and AccessRefused without the right to INFO."""
    server = await redis.server()
    keys = await redis.keys(most=most)
    sizes = await redis.sizes(keys)
    kinds = sorted(_kinds(zip(keys, sizes, strict=True)), key=lambda kind: -kind.bytes)
    return RedisUsage(server, tuple(kinds), len(keys))


def _kinds(keys: Iterable[tuple[str, int]]) -> Iterable[KeyKind]:
    by_name: dict[str, list[int]] = {}
    for key, size in keys:
        by_name.setdefault(_kind_of(key), []).append(size)
    return (KeyKind(name, len(sizes), sum(sizes), max(sizes)) for name, sizes in by_name.items())


def _kind_of(key: str) -> str:
    """Return a key's kind, without what names a customer or a workspace."""
    parts = key.split(":")
    if parts[0] != _OURS:
        return f"{parts[0]}:*" if len(parts) > 1 else parts[0]
    fixed = 3 if parts[1:2] == ["ai"] else 2
    return ":".join([*parts[:fixed], *("*" for _ in parts[fixed : fixed + 1])])
