"""The state of one workspace's budget on one day, as this process knows it, in millionths of a dollar.

The budget uses it while Redis is away, and writes it to Redis when Redis has lost the day.
"""

import asyncio
from dataclasses import dataclass, field

_MOST_MISSED = 1000


@dataclass(slots=True)
class DayLedger:
    """The spending of one workspace on one day, as far as this process knows it. stored: the sum in MongoDB at
    `read_at` (monotonic seconds; None: never read). held: reservations by call. settled: costs by call that MongoDB
    does not have yet. later: times and amounts stored in MongoDB since `read_at`. used: spent and reserved, as Redis
    had it at `used_at`. missed: costs by call that Redis does not have. unsure: Redis may lack something.
    reading: held by whoever reads MongoDB, or writes to Redis what it lacks.
    """

    stored: int = 0
    read_at: float | None = None
    held: dict[str, int] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    later: list[tuple[float, int]] = field(default_factory=list)
    used: int = 0
    used_at: float | None = None
    missed: dict[str, int] = field(default_factory=dict)
    unsure: bool = False
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def set_stored(self, stored: int, at: float) -> None:
        """Set the sum that MongoDB had at that time."""
        self.stored, self.read_at = stored, at
        self.later = [entry for entry in self.later if entry[0] > at]

    def is_stale(self, now: float, seconds: float) -> bool:
        """Return whether MongoDB is to be read again."""
        return self.read_at is None or now - self.read_at > seconds

    @property
    def spent(self) -> int:
        """The sum spent, as far as this process knows."""
        return self.stored + sum(amount for _, amount in self.later) + sum(self.settled.values())

    def allows(self, call: str, amount: int, limit: int) -> bool:
        """Return whether a call fits into the limit, beside the reservations of other calls."""
        return self.spent + sum(self.held.values()) - self.held.get(call, 0) + amount <= limit

    def settled_by(self, customer: str) -> int:
        """Return the cost of a customer's settled calls that MongoDB does not have yet."""
        return sum(amount for call, amount in self.settled.items() if call.startswith(f"{customer}/"))

    def settled_or_held_by(self, customer: str, *, but: str) -> int:
        """Return a customer's settled costs and reservations; `but`: a call to leave out."""
        held = (amount for call, amount in self.held.items() if call != but and call.startswith(f"{customer}/"))
        return self.settled_by(customer) + sum(held)

    def settle(self, call: str, amount: int) -> None:
        """Replace a call's reservation by its cost."""
        self.held.pop(call, None)
        self.settled[call] = self.settled.get(call, 0) + amount

    def add_missed(self, call: str, amount: int) -> None:
        """Add a cost that Redis lacks. The oldest of very many are dropped: MongoDB has them by then."""
        self.unsure = True
        self.missed[call] = self.missed.get(call, 0) + amount
        if len(self.missed) > _MOST_MISSED:
            self.missed.pop(next(iter(self.missed)))

    def mark_stored(self, calls: list[str], at: float, fresh: float) -> None:
        """Note that MongoDB has these calls now. fresh: seconds for which its sum is used."""
        if self.is_stale(at, fresh):
            self.later.clear()  # MongoDB is read again before this is used
        amount = sum(self.settled.pop(call, 0) for call in calls)
        self.discard(calls)
        if amount:
            self.later.append((at, amount))

    def discard(self, calls: list[str]) -> None:
        """Drop calls of a request that was cut off; its redelivery reserves and settles anew."""
        for call in calls:
            self.held.pop(call, None)
            self.settled.pop(call, None)

    @property
    def is_idle(self) -> bool:
        """Return whether no call is reserved or waits to be stored, and nobody reads."""
        return not self.held and not self.settled and not self.reading.locked()
