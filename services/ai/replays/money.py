"""The money of a replay: what it has spent, what calls under way may cost, and its limit."""

import asyncio
from decimal import Decimal

LONGEST_WAIT = 60.0
"""Seconds to wait for calls under way: longer than an answer takes."""


class ReplayMoney:
    """The money of one replay. limit, spent: in US dollars. reached: a call was refused because the limit did not cover
    it.
    """

    def __init__(self, limit: Decimal, spent: Decimal = Decimal(0)) -> None:
        self._limit = limit
        self._spent = spent
        self._held: dict[str, Decimal] = {}
        self._ended = asyncio.Event()  # of the next call to end; a new one for each
        self.reached = False

    async def hold(self, call: str, most: Decimal, *, seconds: float = LONGEST_WAIT) -> bool:
        """Reserve the upper bound of a call's cost; return whether the limit covers it.

        While only reservations of other calls are in the way, wait for their ends: they cost far less than their upper
        bounds. At most `seconds`.
        """
        try:
            async with asyncio.timeout(seconds):
                while self._may_fit(most):
                    if self._fits(call, most):
                        self._held[call] = most
                        return True
                    await self._ended.wait()
        except TimeoutError:
            pass
        self.reached = True
        return False

    def release(self, call: str) -> None:
        """Take a reservation back: the call was not made."""
        self.settle(call, Decimal(0))

    def settle(self, call: str, usd: Decimal) -> None:
        """Replace a reservation by the cost."""
        self._held.pop(call, None)
        self._spent += usd
        ended, self._ended = self._ended, asyncio.Event()
        ended.set()

    def _fits(self, call: str, most: Decimal) -> bool:
        """Return whether the limit covers a call beside those under way. call: its own reservation does not count."""
        others = sum((usd for name, usd in self._held.items() if name != call), Decimal(0))
        return self._spent + others + most <= self._limit

    def _may_fit(self, most: Decimal) -> bool:
        """Return whether the limit covers a call if those under way cost nothing."""
        return self._spent + most <= self._limit
