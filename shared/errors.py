"""Errors that say what a consumer is to do, whoever raises them.

DependencyAway     Kafka, MongoDB, Redis or a provider cannot be reached now: slow down and try again
ClockWrong         the same, because this machine's clock (or theirs) is wrong: waited for until it is set
Unstorable         it can never be stored or sent as it is: give it up at once
Conflict           somebody else changed the same thing first: read again and decide again
"""


class DependencyAway(Exception):
    """A dependency cannot be reached or does not answer in time. Nothing is wrong with what was asked of it."""

    def __init__(self, dependency: str, detail: str = "") -> None:
        super().__init__(f"{dependency} is away: {detail}" if detail else f"{dependency} is away")
        self.dependency = dependency


class ClockWrong(DependencyAway):
    """Raised when a clock is so wrong that work cannot go on; the request itself is valid."""

    def __init__(self, detail: str) -> None:
        super().__init__("clock")
        self.args = (detail,)


class RetryLater(Exception):
    """A record is not to be handled before some seconds have passed; nothing has been done about it yet."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"in {seconds:.1f} s")
        self.seconds = seconds


class Unstorable(ValueError):
    """Raised for a value that can never be stored or sent: too large for a document or record, a number of more than
    64 bits, a field name with a NUL, a lone surrogate. The text says which, without the value.
    """


class Conflict(Exception):
    """A guarded update found another version than the one that was read."""
