"""`Turns` in simulated time: the waits of many workspaces' customers. See test_turns."""

import math
import random
from collections import Counter
from dataclasses import dataclass, field

from shared.kafka.runtime.turns import Turns
from tests.unit.test_turns import TOTAL, turns


@dataclass
class Simulation:
    """One consumer in simulated time: the active records share a processor equally; each needs `work` seconds of it,
    and `together` if it starts while another one of its workspace is active: they share round trips.
    """

    one: Turns
    work: float = 0.01
    together: float = 0.004
    now: float = 0.0
    left: dict[str, float] = field(default_factory=dict)  # by lane
    came: dict[str, float] = field(default_factory=dict)
    took: dict[str, list[float]] = field(default_factory=dict)  # by workspace
    numbers: Counter[str] = field(default_factory=Counter)

    def arrive(self, workspace: str) -> None:
        lane = f"{workspace}/{self.numbers[workspace]}"
        self.numbers[workspace] += 1
        self.came[lane] = self.now
        self.one.add(workspace, lane)
        self._start()

    def advance(self, until: float) -> None:
        while (at := min(self._next_end(), self._next_look())) <= until:
            ended = min(self.left, key=lambda lane: self.left[lane]) if at == self._next_end() else ""
            self._pass(at)
            if ended:
                self._end(ended)
            self._start()
        self._pass(until)

    def _next_end(self) -> float:
        return self.now + min(self.left.values()) * len(self.left) if self.left else math.inf

    def _next_look(self) -> float:
        at = self.one.next_look()
        return math.inf if at is None else max(at, self.now)

    def _pass(self, until: float) -> None:
        each = (until - self.now) / len(self.left) if self.left else 0.0
        self.left = {lane: work - each for lane, work in self.left.items()}
        self.now = until

    def _end(self, lane: str) -> None:
        workspace = lane.partition("/")[0]
        del self.left[lane]
        self.took.setdefault(workspace, []).append(self.now - self.came.pop(lane))
        self.one.end(workspace)

    def _start(self) -> None:
        while lane := self.one.start(self.now):
            workspace = lane.partition("/")[0]
            active = any(other.partition("/")[0] == workspace for other in self.left)
            self.left[lane] = self.together if active else self.work


def p95_of_nine(*, flood: int) -> tuple[float, Simulation]:
    """Return the 95th percentile of nine workspaces that get a record each second, at random moments."""
    chance, one = random.Random(1), Simulation(turns(active=TOTAL))
    arrivals = sorted((chance.uniform(0, 60), f"quiet{number % 9}") for number in range(9 * 60))
    for at, workspace in arrivals:
        if flood and at > 15:
            for _ in range(flood):
                one.arrive("flooder")
            flood = 0
        one.advance(at)
        one.arrive(workspace)
    one.advance(1000)
    took = sorted(value for name, values in one.took.items() if name != "flooder" for value in values)
    return took[len(took) * 95 // 100], one


def test_flood_at_most_doubles_the_latency_of_nine_quiet_workspaces() -> None:
    quiet, _ = p95_of_nine(flood=0)
    flooded, one = p95_of_nine(flood=3000)
    assert len(one.took["flooder"]) == 3000
    assert flooded <= 2.1 * quiet


def test_six_workspaces_that_want_too_much_get_the_same_whatever_their_backlogs() -> None:
    """A sixth more than the consumer can do, and one of them has a backlog of six seconds to begin with."""
    chance, one, seconds = random.Random(1), Simulation(turns(lanes=4000, per_workspace=1000)), 20
    for _ in range(300):
        one.arrive("w0")
    for at, number in sorted((chance.uniform(0, seconds), number % 6) for number in range(6 * 50 * seconds)):
        one.advance(at)
        one.arrive(f"w{number}")
    ended = {workspace: len(times) for workspace, times in one.took.items()}
    assert min(ended.values()) >= 0.8 * max(ended.values())
    assert sum(ended.values()) >= 0.9 * seconds / one.together
