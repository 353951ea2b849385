"""Hashes passwords with argon2id (RFC 9106), a few at a time: each hash needs 64 MiB and a tenth of a second."""

import asyncio
import secrets
from dataclasses import dataclass

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 2  # per process: 128 MiB
_HASH_BYTES, _SALT_BYTES = 32, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class HashCost:
    """The cost of a hash; the default is RFC 9106's second recommended option. memory: KiB."""

    time: int = 3
    memory: int = 64 * 1024
    parallelism: int = 4


class Passwords:
    """One per process. hashes: how many hashes were computed, for tests and statistics."""

    def __init__(self, cost: HashCost | None = None) -> None:
        cost = cost or HashCost()
        self._hasher = PasswordHasher(
            cost.time, cost.memory, cost.parallelism, hash_len=_HASH_BYTES, salt_len=_SALT_BYTES, type=Type.ID
        )
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._of_nobody = ""
        self.hashes = 0

    async def hash(self, password: str) -> str:
        """Return the hash of a password, with its salt and cost."""
        async with self._slots:
            self.hashes += 1
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str, password: str) -> bool:
        """Return whether a password is the one that was hashed.

        An empty `stored` (no such account, or no password yet) takes the same time and is never right.
        """
        known = stored or await self._dummy()
        async with self._slots:
            self.hashes += 1
            right = await asyncio.to_thread(self._verify, known, password)
        return right and bool(stored)

    def is_outdated(self, stored: str) -> bool:
        """Return whether a hash has another cost than new ones."""
        return self._hasher.check_needs_rehash(stored)

    async def prepare(self) -> None:
        """Make the hash for unknown accounts, so that the first of them takes no longer than others."""
        await self._dummy()

    async def _dummy(self) -> str:
        if not self._of_nobody:
            self._of_nobody = await asyncio.to_thread(self._hasher.hash, secrets.token_urlsafe(32))
        return self._of_nobody

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
