"""What this process knows of one workspace's budget on one day, in millionths of a dollar. Pure.

It is what the budget goes by while Redis is away, and what is missing in MongoDB when Redis has lost everything.
"""

from dataclasses import dataclass, field

_MOST_MISSED = 1000


@dataclass(slots=True)
class DayLedger:
    """stored: what MongoDB had when it was read, at `read_at` (monotonic seconds; None: never). held: by call, what is
    held for it. settled: by call, what it cost and MongoDB does not have yet. later: when something was stored in
    MongoDB after that, and how much. used: what was spent and held, as Redis had it at `used_at`. missed: by call, what
    it cost and Redis was not told. unsure: Redis may not know all that it should.
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

    def read(self, stored: int, at: float) -> None:
        """MongoDB was asked at that time."""
        self.stored, self.read_at = stored, at
        self.later = [entry for entry in self.later if entry[0] > at]

    def old(self, now: float, seconds: float) -> bool:
        """Whether MongoDB should be asked again."""
        return self.read_at is None or now - self.read_at > seconds

    @property
    def spent(self) -> int:
        """As far as this process knows."""
        return self.stored + sum(amount for _, amount in self.later) + sum(self.settled.values())

    def fits(self, call: str, amount: int, limit: int) -> bool:
        """Whether there is room for a call, besides those that are under way."""
        return self.spent + sum(self.held.values()) - self.held.get(call, 0) + amount <= limit

    def settled_of(self, customer: str) -> int:
        """Cost of a customer's settled calls that MongoDB does not have yet."""
        return sum(amount for call, amount in self.settled.items() if call.startswith(f"{customer}/"))

    def of_customer(self, customer: str, *, but: str) -> int:
        """Cost of a customer's settled calls and amounts held for the others; `but`: a call to leave out."""
        held = (amount for call, amount in self.held.items() if call != but and call.startswith(f"{customer}/"))
        return self.settled_of(customer) + sum(held)

    def settle(self, call: str, amount: int) -> None:
        """A call is over."""
        self.held.pop(call, None)
        self.settled[call] = self.settled.get(call, 0) + amount

    def miss(self, call: str, amount: int) -> None:
        """Redis was not told what a call cost. Of very many the first are let go: MongoDB has them by then."""
        self.unsure = True
        self.missed[call] = self.missed.get(call, 0) + amount
        if len(self.missed) > _MOST_MISSED:
            self.missed.pop(next(iter(self.missed)))

    def keep(self, calls: list[str], at: float, fresh: float) -> None:
        """MongoDB has these calls now. fresh: seconds for which what it said is believed."""
        if self.old(at, fresh):
            self.later.clear()  # it is asked again before anything goes by this
        amount = sum(self.settled.pop(call, 0) for call in calls)
        self.forget(calls)
        if amount:
            self.later.append((at, amount))

    def forget(self, calls: list[str]) -> None:
        """Whoever made these calls was cut off; who takes the request up holds and settles anew."""
        for call in calls:
            self.held.pop(call, None)
            self.settled.pop(call, None)

    @property
    def idle(self) -> bool:
        """Nothing is under way."""
        return not self.held and not self.settled
