"""The money of a replay: what it has spent, what calls under way may cost, and its limit."""

import asyncio
from decimal import Decimal


class ReplayMoney:
    """The money of one replay. limit, spent: in US dollars."""

    def __init__(self, limit: Decimal, spent: Decimal = Decimal(0)) -> None:
        self._limit = limit
        self._spent = spent
        self._held: dict[str, Decimal] = {}
        self._ended = asyncio.Event()  # of the next call to end; a new one for each

    async def hold(self, call: str, most: Decimal) -> bool:
        """Reserve the upper bound of a call's cost; return whether the limit covers it beside what is spent.

        While only reservations of other calls are in the way, wait for their ends: they cost far less than their upper
        bounds. Each call under way has the time limit of its answer, and one that waits holds nothing: so no two wait
        for one another, and none for ever.
        """
        while self._may_fit(most):
            if self._fits(call, most):
                self._held[call] = most
                return True
            if call in self._held:
                self.release(call)
            else:
                await self._ended.wait()
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
