"""`Turns`: workspaces take turns, and the total of active records is divided among them. See test_lanes_stateful."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.runtime.turns import LATELY, QUIET_WEIGHT, Turns

NOW = 100.0
TOTAL = 32


def turns(active: int = TOTAL, lanes: int = 400, per_workspace: int = 100) -> Turns:
    return Turns(active=active, lanes=lanes, lanes_per_workspace=per_workspace)


def add(one: Turns, workspace: str, count: int) -> None:
    for number in range(count):
        one.add(workspace, f"{workspace}/{number}")


def start_all(one: Turns, now: float = NOW) -> list[str]:
    """Start what may start; return the workspaces in the order of their starts."""
    found = []
    while lane := one.start(now):
        found.append(lane.partition("/")[0])
    return found


def finish(one: Turns, *workspaces: str) -> None:
    for workspace in workspaces:
        one.end(workspace)


def test_workspace_that_is_alone_has_the_whole_total_at_once() -> None:
    one = turns()
    add(one, "big", 1000)
    assert start_all(one) == ["big"] * TOTAL


@pytest.mark.parametrize(
    ("backlogged", "quiet", "share"),
    [(1, 0, 32), (2, 0, 16), (8, 0, 4), (40, 0, 1), (1, 1, 6), (1, 9, 1), (2, 1, 5), (6, 2, 2), (4, 4, 1)],
)
def test_total_is_divided_by_the_weights(backlogged: int, quiet: int, share: int) -> None:
    one = turns()
    for number in range(quiet):
        add(one, f"quiet{number}", 1)
        finish(one, *start_all(one))
    for number in range(backlogged):
        add(one, f"big{number}", 1000)
    running = start_all(one)
    for _ in range(3):  # shares are settled when each has had its turn again
        finish(one, *running)
        running = start_all(one)
    assert one.share() == share
    assert Counter(running) == {f"big{number}": share for number in range(backlogged)}


def test_flooder_has_the_whole_total_again_when_the_others_were_not_seen_lately() -> None:
    one = turns()
    add(one, "quiet", 1)
    finish(one, *start_all(one))
    add(one, "big", 100)
    assert len(start_all(one)) < TOTAL
    start_all(one, NOW + LATELY)
    assert one.active() == TOTAL


def test_workspace_with_a_long_record_counts_as_seen() -> None:
    one = turns()
    add(one, "slow", 1)
    start_all(one)
    one.begin_external_wait("slow")
    add(one, "big", 100)
    start_all(one, NOW + 10 * LATELY)
    assert one.active() == TOTAL // (1 + QUIET_WEIGHT)


def test_record_in_an_external_wait_makes_room_and_takes_it_back() -> None:
    one = turns(active=2)
    add(one, "big", 10)
    assert len(start_all(one)) == 2
    one.begin_external_wait("big")
    assert len(start_all(one)) == 1
    one.end_external_wait("big")
    finish(one, "big")
    assert start_all(one) == [], "the two that are left are active"
    finish(one, "big")
    assert len(start_all(one)) == 1


def test_external_waits_are_bounded_by_the_lanes_of_a_workspace() -> None:
    one = turns(active=2, per_workspace=5)
    add(one, "big", 10)
    while start_all(one):
        one.begin_external_wait("big")
    assert one.running == 5


@given(
    st.dictionaries(st.sampled_from("abcde"), st.integers(1, 3000), min_size=1),
    st.integers(1, 64),
    st.lists(st.sampled_from("abcde"), max_size=40),
)
def test_record_of_a_quiet_workspace_starts_next(floods: Mapping[str, int], active: int, ends: list[str]) -> None:
    """Whatever the others have waiting and running, if they have started what they may."""
    one = turns(active)
    for workspace, count in floods.items():
        add(one, workspace, count)
    running = Counter(start_all(one))
    for workspace in ends:
        if running[workspace]:
            finish(one, workspace)
            running[workspace] -= 1
            running.update(start_all(one))
    one.add("quiet", "quiet/0")
    assert one.start(NOW) == "quiet/0"


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 40), min_size=2), st.integers(1, 16), st.randoms())
def test_no_workspace_starves_and_all_shares_are_used(
    sizes: dict[str, int], active: int, chance: random.Random
) -> None:
    """Records end in any order. Between two starts of a workspace that has more, no other starts more than its share;
    and records that may run are not left waiting.
    """
    one = turns(active)
    for workspace, size in sizes.items():
        add(one, workspace, size)
    left, running = Counter(sizes), Counter[str]()
    since: dict[str, Counter[str]] = {workspace: Counter() for workspace in sizes}
    while left.total() or running.total():
        started = start_all(one)
        for workspace in started:
            left[workspace] -= 1
            running[workspace] += 1
            since[workspace] = Counter()
            for other in sizes:
                if other != workspace and left[other] and not running[other]:
                    since[other][workspace] += 1
                    assert since[other][workspace] <= 1, f"{other} runs nothing and waits for a second {workspace}"
        for workspace in sizes:
            assert not left[workspace] or running[workspace] >= one.share() >= 1
        ended = chance.choice(sorted(running.elements()))
        running[ended] -= 1
        finish(one, ended)
    assert one.running == one.ready_lanes() == 0


@dataclass
class Simulation:
    """One consumer in simulated time: the active records share a processor equally; each needs `work` seconds of it."""

    one: Turns
    work: float = 0.01
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
        while self.left:
            lane, work = min(self.left.items(), key=lambda item: item[1])
            ends = self.now + work * len(self.left)
            if ends > until:
                break
            self._pass(ends)
            self._end(lane)
        self._pass(until)

    def _pass(self, until: float) -> None:
        each = (until - self.now) / len(self.left) if self.left else 0.0
        self.left = {lane: work - each for lane, work in self.left.items()}
        self.now = until

    def _end(self, lane: str) -> None:
        workspace = lane.partition("/")[0]
        del self.left[lane]
        self.took.setdefault(workspace, []).append(self.now - self.came.pop(lane))
        self.one.end(workspace)
        self._start()

    def _start(self) -> None:
        while lane := self.one.start(self.now):
            self.left[lane] = self.work


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
