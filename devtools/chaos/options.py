"""Options of a run, and the command that repeats it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from devtools.chaos.schedule import DEFAULT_KINDS, KINDS
from devtools.stack.errors import StackError

PLANTED_BUGS = ("commit-before-publish", "no-claim", "out-of-order", "recompute")
REPLICAS: Mapping[str, int] = {"ingress": 1, "router": 2, "ai": 2, "delivery": 2}
_MESSAGES_PER_CUSTOMER = 10
_IN_FLIGHT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosOptions:
    """Options of `parley chaos`. rate: maximum messages per second. in_flight: maximum of unanswered messages. drain:
    seconds without progress that end the wait for the last answers. memory_limit: MB per service process. hostile: let
    a hostile workspace write too (`hostile.py`). keep: keep the stack's directory.
    """

    messages: int = 2000
    customers: int = 0
    workspaces: int = 6
    seed: int = 1
    faults: int = 10
    kinds: tuple[str, ...] = DEFAULT_KINDS
    replicas: Mapping[str, int] = field(default_factory=lambda: dict(REPLICAS))
    rate: float = 40.0
    in_flight: int = _IN_FLIGHT
    sharded: bool = False
    hostile: bool = False
    plant: str = ""
    drain: float = 120.0
    outage_seconds: float = 120.0
    memory_limit: int = 400
    keep: bool = False

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in KINDS:
                raise StackError(f"unknown fault {kind!r}; known are {', '.join(KINDS)}")
        if self.plant and self.plant not in PLANTED_BUGS:
            raise StackError(f"unknown bug {self.plant!r}; known are {', '.join(PLANTED_BUGS)}")

    @property
    def customer_count(self) -> int:
        """Number of customers."""
        return min(self.messages, self.customers or max(1, self.messages // _MESSAGES_PER_CUSTOMER))

    @property
    def command(self) -> str:
        """The command that repeats the run."""
        replicas = ",".join(f"{name}={count}" for name, count in self.replicas.items())
        words = [
            f"parley chaos --messages {self.messages} --customers {self.customer_count} --workspaces {self.workspaces}",
            f"--seed {self.seed} --faults {self.faults} --rate {self.rate:g} --replicas {replicas}",
        ]
        if self.kinds != DEFAULT_KINDS:
            words.append(f"--kinds {','.join(self.kinds)}")
        if "outage" in self.kinds:
            words.append(f"--outage-seconds {self.outage_seconds:g}")
        if self.in_flight != _IN_FLIGHT:
            words.append(f"--in-flight {self.in_flight}")
        if self.sharded:
            words.append("--sharded")
        if self.hostile:
            words.append("--hostile")
        if self.plant:
            words.append(f"--plant {self.plant}")
        return " ".join(words)
