"""Errors that decide what becomes of a record, whoever raises them.

Exception
├── DependencyAway   Kafka, MongoDB, Redis or a provider cannot be reached: call the handler again after a backoff, for
│   │                as long as the partition is ours; the record never becomes a dead letter
│   ├── AccessRefused  a dependency refuses our user: as above, until password or rights are corrected
│   ├── TookTooLong    a dependency took a request and did not finish it in time: less should be asked for
│   ├── TooMuch        a read of a period found more than is held in memory: a shorter period is wanted
│   └── ClockWrong     this machine's clock, or a server's, is wrong: as above, until it is set
├── RetryLater       the record is wanted again later: its lane waits for the given seconds, without running
├── Conflict         another writer changed the same document first: the caller reads it again and decides again
└── ValueError
    └── Unstorable   the value can never be stored or sent: the record becomes a dead letter at once

After any other exception the handler is called again a few times (`retries` of the topic); then the record becomes a
dead letter, or is skipped where the topic says so (`shared.kafka.runtime.processor`).
"""


class DependencyAway(Exception):
    """Raised when a dependency cannot be reached or does not answer in time. The request itself is valid."""

    def __init__(self, dependency: str, detail: str = "") -> None:
        super().__init__(f"{dependency} is away: {detail}" if detail else f"{dependency} is away")
        self.dependency = dependency


class AccessRefused(DependencyAway):
    """Raised when a dependency refuses our user: a wrong password, or a missing right.

    Services retry, as for the others: rights are corrected while they run.
    """

    def __init__(self, dependency: str, detail: str) -> None:
        super().__init__(dependency)
        self.args = (f"{dependency} refuses access: {detail}",)


class TookTooLong(DependencyAway):
    """Raised when a dependency took a request and did not finish it in time: a read of less may succeed. Work that is
    repeated by itself treats it like its parent.
    """

    def __init__(self, dependency: str, detail: str) -> None:
        super().__init__(dependency)
        self.args = (f"{dependency} took too long: {detail}",)


class TooMuch(DependencyAway):
    """Raised when a read finds more than is held in memory; the text says what is to be narrowed. Work that is repeated
    by itself treats it like its parent.
    """

    def __init__(self, dependency: str, detail: str) -> None:
        super().__init__(dependency)
        self.args = (detail,)


class ClockWrong(DependencyAway):
    """Raised when a clock is so wrong that work cannot go on. The request itself is valid."""

    def __init__(self, detail: str) -> None:
        super().__init__("clock")
        self.args = (detail,)


class RetryLater(Exception):
    """Raised by a handler that wants its record again after some seconds; what it has done so far has the same result a
    second time.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"in {seconds:.1f} s")
        self.seconds = seconds


class Unstorable(ValueError):
    """Raised for a value that can never be stored or sent: too large for a document or record, a number of more than
    64 bits, a field name with a NUL, a lone surrogate. The text says which, without the value.
    """


class Conflict(Exception):
    """Raised by a guarded update that finds another version than the one that was read."""
