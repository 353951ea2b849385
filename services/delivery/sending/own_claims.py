"""What this process knows of its own claims: which calls of a provider run now, and which will never be made.

A claim whose making failed may be in MongoDB all the same, when only its answer was lost. It leaves no doubt: nobody
called the provider for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

_REMEMBERED = 100_000


class OwnClaims:
    """prefix: of this process's claims; another life of the same replica has another one."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._made = 0
        self._lost: set[str] = set()
        self._running: set[str] = set()

    def new_claim(self) -> str:
        """A claim that nobody has had before."""
        self._made += 1
        return f"{self._prefix}{self._made}"

    @contextmanager
    def made(self, claim: str) -> Iterator[None]:
        """Around the making of a claim, up to its call: when that fails, there will be no call."""
        try:
            yield
        except BaseException:
            if len(self._lost) >= _REMEMBERED:
                self._lost.clear()
            self._lost.add(claim)
            raise

    @contextmanager
    def call(self, claim: str) -> Iterator[None]:
        """Around the call that a claim is for."""
        self._running.add(claim)
        try:
            yield
        finally:
            self._running.discard(claim)

    def never_began(self, claim: str) -> bool:
        """Surely: the making of the claim failed, here."""
        return claim in self._lost

    def runs(self, claim: str) -> bool:
        """Whether the claim's call runs now, here."""
        return claim in self._running
