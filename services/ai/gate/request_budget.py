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
        return self._note(number, await self.budget.reserve(self.day, self.name(number), to_micro_usd(usd)))

    async def note_reserved(self, number: int, usd: Decimal, done: int | None) -> bool:
        """Note what a script did to reserve (None: there is no Redis); return whether there was room."""
        return self._note(number, await self.budget.note_reserved(self.day, self.name(number), to_micro_usd(usd), done))

    def _note(self, number: int, reservation: Reservation) -> bool:
        self.over_share = reservation is Reservation.NOT_IN_SHARE
        if reservation is Reservation.RESERVED:
            self.calls.append(self.name(number))
        return reservation is Reservation.RESERVED

    async def settle(self, number: int, usd: Decimal) -> None:
        """Replace the reservation of call `number` by its cost."""
        await self.budget.settle(self.day, self.name(number), to_micro_usd(usd))

    def note_settled(self, number: int, usd: Decimal, *, written: bool) -> None:
        """Note the cost of call `number`. written: whether Redis has it."""
        self.budget.note_settled(self.day, self.name(number), to_micro_usd(usd), written=written)

    def step(self, what: str, number: int, usd: Decimal) -> tuple[str | int, ...]:
        """Return the arguments of `budget.lua` for a call, as a step of another script."""
        return self.budget.arguments(self.day, what, self.name(number), to_micro_usd(usd))

    def name(self, number: int) -> str:
        """Return the name of a call; it begins with the customer."""
        return f"{self.customer}/{self.request}:{number}"

    def mark_stored(self) -> None:
        """Note that MongoDB has the cost of all calls now."""
        self.budget.mark_stored(self.day, self.calls)

    def discard(self) -> None:
        """Drop the calls of a request that was cut off."""
        self.budget.discard(self.day, self.calls)
