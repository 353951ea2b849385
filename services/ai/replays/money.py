"""The money of a replay: what it has spent, what calls under way may cost, and its limit. Pure."""

from decimal import Decimal


class ReplayMoney:
    """The money of one replay. limit, spent: in US dollars. reached: a call was refused because the limit did not cover
    it.
    """

    def __init__(self, limit: Decimal, spent: Decimal = Decimal(0)) -> None:
        self._limit = limit
        self._spent = spent
        self._held: dict[str, Decimal] = {}
        self.reached = False

    def hold(self, call: str, most: Decimal) -> bool:
        """Reserve the upper bound of a call's cost; return whether the limit covers it."""
        if self._spent + sum(self._held.values()) + most > self._limit:
            self.reached = True
            return False
        self._held[call] = most
        return True

    def release(self, call: str) -> None:
        """Take a reservation back: the call was not made."""
        self._held.pop(call, None)

    def settle(self, call: str, usd: Decimal) -> None:
        """Replace a reservation by the cost."""
        self._held.pop(call, None)
        self._spent += usd
