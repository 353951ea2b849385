"""Data that a run collects for the checks, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from devtools.chaos.answer_tracker import AcceptedSend
from devtools.chaos.workload import CustomerMessage


class InjectedFault(msgspec.Struct, kw_only=True):
    """A fault, injected or skipped. Times are in seconds since the epoch.

    what: details for the report. ended: when the process was ready again or the simulators' rule was removed. done:
    False when it was skipped. recovery: seconds from the end until everything that ingress had accepted by then was
    answered; None if it never was.
    """

    number: int
    kind: str
    target: str
    what: str
    begun: float = 0.0
    ended: float = 0.0
    lasted: float = 0.0  # seconds that the target was unavailable
    done: bool = True
    note: str = ""
    recovery: float | None = None

    def during(self, at: float, *, slack: float = 0.0) -> bool:
        """Return True if the fault was active at `at`, or ended at most `slack` seconds before."""
        return self.done and self.begun <= at <= self.ended + slack


class StoredMessage(msgspec.Struct, frozen=True, gc=False):
    """An outbound message's document in MongoDB."""

    id: str
    workspace: str
    state: str
    status: str
    possible_duplicate: bool


class DeadLetterSummary(msgspec.Struct, frozen=True):
    """A dead letter. message: the id of the outbound message that could not be processed, if it was one. hostile: it
    came from the hostile workspace's records or webhook.
    """

    id: str
    reason: str
    service: str
    detail: str
    message: str
    hostile: bool = False


class GroupOffset(msgspec.Struct, frozen=True):
    """A consumer group's offset on a partition. committed: None if the group has committed nothing there."""

    group: str
    topic: str
    partition: int
    committed: int | None
    end: int


class ReadinessChange(msgspec.Struct, frozen=True):
    """A change of a process's readiness. status: HTTP status of `/health/ready`; 0 without an answer."""

    at: float
    name: str
    status: int


class ProcessMemory(msgspec.Struct, frozen=True):
    """Memory of one process in MB: maximum, and means of the second and of the last quarter of the run."""

    name: str
    most: float
    early: float
    late: float


class UnexpectedExit(msgspec.Struct, frozen=True):
    """A process that ended although no fault killed it."""

    name: str
    reason: str


class WorkspaceWaits(msgspec.Struct, frozen=True, kw_only=True):
    """The seconds that customers of a workspace waited for their answers."""

    workspace: str
    messages: int
    median: float
    p95: float
    most: float


class LoggedWarning(msgspec.Struct, frozen=True, gc=False):
    """A log line of level warning or above. at: seconds since the epoch. hostile: it names the hostile workspace.
    error: the end of its traceback.
    """

    at: float
    process: str
    level: str
    logger: str
    message: str
    hostile: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a run left in Kafka, MongoDB and the simulators. order: by conversation, the ids of customers' messages
    in the order of their first record on `inbound.messages`.

    decisions: the router's, for unanswered messages. answered_by_ai: those of them for which the AI service has stored
    an answer. explained: by id of an inbound or outbound message, what its
    documents say. waiting: claims left in Redis. leaks, unexpected: log lines. undelivered: messages that ingress never
    accepted. warnings: log lines of level warning and above. hostile: answers of ingress to the hostile workspace, by
    HTTP status. began: the time that the report shows as 0.
    """

    messages: Sequence[CustomerMessage]
    accepted: Sequence[AcceptedSend]
    faults: Sequence[InjectedFault]
    order: Mapping[str, Sequence[str]]
    stored: Mapping[str, StoredMessage]
    offsets: Sequence[GroupOffset] = ()
    letters: Sequence[DeadLetterSummary] = ()
    waiting: Sequence[str] = ()
    leaks: Sequence[str] = ()
    unexpected: Sequence[str] = ()
    seen: Sequence[ReadinessChange] = ()
    memory: Sequence[ProcessMemory] = ()
    deaths: Sequence[UnexpectedExit] = ()
    missing_processes: Sequence[str] = ()
    undelivered: Sequence[str] = ()
    decisions: Mapping[str, str] = field(default_factory=dict)
    answered_by_ai: frozenset[str] = frozenset()
    explained: Mapping[str, Sequence[str]] = field(default_factory=dict)
    memory_limit: int = 400
    apology: str = ""
    began: float = 0.0
    lines: int = 0
    warnings: Sequence[LoggedWarning] = ()
    hostile: Mapping[int, int] = field(default_factory=dict)
