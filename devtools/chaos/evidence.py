"""All that a run has left behind, as plain values: what the checks look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from devtools.chaos.answer_tracker import AcceptedSend
from devtools.chaos.workload import CustomerMessage


class InjectedFault(msgspec.Struct, kw_only=True):
    """A fault, carried out or not. Times: since the epoch. ended: the process was back, or the rule gone.

    recovery: seconds from the end until all that ingress had accepted by then was answered; None when it never was.
    """

    number: int
    kind: str
    target: str
    what: str
    begun: float = 0.0
    ended: float = 0.0
    lasted: float = 0.0  # seconds that the thing itself was away
    done: bool = True
    note: str = ""
    recovery: float | None = None

    def during(self, at: float, *, slack: float = 0.0) -> bool:
        """Whether it was in force at that time, or up to `slack` seconds before."""
        return self.done and self.begun <= at <= self.ended + slack


class StoredMessage(msgspec.Struct, frozen=True, gc=False):
    """What MongoDB says of a message of ours."""

    id: str
    workspace: str
    state: str
    status: str
    possible_duplicate: bool


class DeadLetterSummary(msgspec.Struct, frozen=True):
    """A dead letter. message: the id of what could not be processed, where it has one."""

    id: str
    reason: str
    service: str
    detail: str
    message: str


class GroupOffset(msgspec.Struct, frozen=True):
    """committed: None when the group has committed nothing on a partition that has records."""

    group: str
    topic: str
    partition: int
    committed: int | None
    end: int


class ReadinessChange(msgspec.Struct, frozen=True):
    """What a process said about being ready. status: of HTTP; 0 for no answer."""

    at: float
    name: str
    status: int


class ProcessMemory(msgspec.Struct, frozen=True):
    """MB of one part: the most, and the mean of the second and of the last quarter of the run."""

    name: str
    most: float
    early: float
    late: float


class UnexpectedExit(msgspec.Struct, frozen=True):
    """A process that ended by itself: not one that a fault killed."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """order: by conversation, the ids of customers' messages as they first stood on `inbound.messages`.

    decisions: of the router, on messages that were not answered. explained: stories of messages, ours and customers',
    by id. waiting: what Redis holds for work that nobody does any more. leaks, unexpected: lines of logs.
    began: the zero of the times that people see.
    """

    asked: Sequence[CustomerMessage]
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
    explained: Mapping[str, Sequence[str]] = field(default_factory=dict)
    memory_limit: int = 400
    apology: str = ""
    began: float = 0.0
    lines: int = 0
