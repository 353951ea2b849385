"""The daily budget as the calls of one request use it."""

from dataclasses import dataclass, field
from decimal import Decimal

from services.ai.gate.budget import BudgetDay, DailyBudget, Reservation, to_micro_usd


@dataclass(slots=True)
class RequestBudget:
    """The budget as the calls of one request meet it. customer: whose share they are paid from; empty: nobody's.

    calls: that were held or settled. over_share: a call was refused because the customer's share has no room for it.
    """

    budget: DailyBudget
    day: BudgetDay
    request: str
    customer: str = ""
    calls: list[str] = field(default_factory=list)
    over_share: bool = False

    async def reserve(self, number: int, usd: Decimal) -> bool:
        """Hold what the request's call of that number may cost at most. Raises DependencyAway."""
        call = self._name(number)
        room = await self.budget.reserve(self.day, call, to_micro_usd(usd))
        self.over_share = room is Reservation.NOT_IN_SHARE
        if room is Reservation.YES:
            self.calls.append(call)
        return room is Reservation.YES

    async def settle(self, number: int, usd: Decimal) -> None:
        """It cost that. Raises DependencyAway."""
        await self.budget.settle(self.day, self._name(number), to_micro_usd(usd))

    def _name(self, number: int) -> str:
        return f"{self.customer}/{self.request}:{number}"

    def keep(self) -> None:
        """MongoDB has what all of it cost."""
        self.budget.keep(self.day, self.calls)

    def forget(self) -> None:
        """The request was cut off."""
        self.budget.forget(self.day, self.calls)
