"""The claims of this process: those whose call of the provider runs now, and those that will never be called.

A claim whose storing failed may be in MongoDB all the same, when only the answer was lost. It leaves no doubt: the
provider was not called for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

_MOST_REMEMBERED = 100_000


class OwnClaims:
    """The claims that this process has made. prefix: of this process's claims; a restarted replica has another one."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0
        self._never_called: set[str] = set()
        self._calling: set[str] = set()

    def new_claim(self) -> str:
        """Return a claim that was never used before."""
        self._count += 1
        return f"{self._prefix}{self._count}"

    @contextmanager
    def preparing(self, claim: str) -> Iterator[None]:
        """Wrap what comes before a claim's call: when it fails, there will be no call."""
        try:
            yield
        except BaseException:
            if len(self._never_called) >= _MOST_REMEMBERED:
                self._never_called.clear()
            self._never_called.add(claim)
            raise

    @contextmanager
    def calling(self, claim: str) -> Iterator[None]:
        """Wrap the call that a claim is for."""
        self._calling.add(claim)
        try:
            yield
        finally:
            self._calling.discard(claim)

    def was_never_called(self, claim: str) -> bool:
        """Return whether it is certain that the provider was never called for a claim."""
        return claim in self._never_called

    def is_calling(self, claim: str) -> bool:
        """Return whether the claim's call runs now, in this process."""
        return claim in self._calling
