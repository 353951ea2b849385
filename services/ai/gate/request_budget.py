"""The daily budget as the calls of one request use it."""

from dataclasses import dataclass, field
from decimal import Decimal

from services.ai.gate.budget import BudgetDay, DailyBudget, Reservation, to_micro_usd


@dataclass(slots=True)
class RequestBudget:
    """The daily budget for the calls of one request. customer: whose share pays for them; empty: no share applies.

    calls: reserved or settled. over_share: a call was refused because the customer's share does not cover it.
    """

    budget: DailyBudget
    day: BudgetDay
    request: str
    customer: str = ""
    calls: list[str] = field(default_factory=list)
    over_share: bool = False

    async def reserve(self, number: int, usd: Decimal) -> bool:
        """Reserve the upper bound of a call's cost; return whether there was room. Raises DependencyAway."""
        call = self._name(number)
        reservation = await self.budget.reserve(self.day, call, to_micro_usd(usd))
        self.over_share = reservation is Reservation.NOT_IN_SHARE
        if reservation is Reservation.RESERVED:
            self.calls.append(call)
        return reservation is Reservation.RESERVED

    async def settle(self, number: int, usd: Decimal) -> None:
        """Replace the reservation of call `number` by its cost. Raises DependencyAway."""
        await self.budget.settle(self.day, self._name(number), to_micro_usd(usd))

    def _name(self, number: int) -> str:
        return f"{self.customer}/{self.request}:{number}"

    def mark_stored(self) -> None:
        """Note that MongoDB has the cost of all calls now."""
        self.budget.mark_stored(self.day, self.calls)

    def discard(self) -> None:
        """Drop the calls of a request that was cut off."""
        self.budget.discard(self.day, self.calls)
