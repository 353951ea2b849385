"""`Turns`: workspaces take turns, and the total of active records is divided among them. See test_lanes_stateful."""

import random
from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.runtime.bursts import LONGEST_REST, SIZE
from shared.kafka.runtime.turns import LATELY, Turns

NOW = 100.0
TOTAL = 64


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


def started_lately(one: Turns, counts: Mapping[str, int]) -> None:
    """Let each workspace start so many records and finish them."""
    for workspace, count in counts.items():
        for _ in range(count):
            add(one, workspace, 1)
            finish(one, *start_all(one))


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ({}, {"new": 64}),
        ({"a": 1000}, {"a": 64}),
        ({"a": 30, "b": 30}, {"a": 32, "b": 32}),
        (dict.fromkeys("abcdefgh", 100), dict.fromkeys("abcdefgh", 8)),
        ({"a": 100, "b": 300}, {"a": 57, "b": 6}),
        ({"flooder": 500, "quiet": 50}, {"flooder": 1, "quiet": 63}),
        ({"flooder": 500, **dict.fromkeys("abcdefghi", 10)}, {"flooder": 1, "a": 7}),
        ({**dict.fromkeys("abcd", 100), "quiet": 50}, {"a": 8, "quiet": 32}),
        (dict.fromkeys(map(str, range(200)), 3), {"0": 1, "new": 2}),
    ],
)
def test_shares_are_in_inverse_proportion_to_the_square_of_demand(
    counts: Mapping[str, int], shares: Mapping[str, int]
) -> None:
    one = turns()
    started_lately(one, counts)
    assert {workspace: one.share(workspace) for workspace in shares} == shares


def test_workspaces_with_the_same_backlog_have_equal_shares() -> None:
    one = turns()
    for workspace in "abcdefgh":
        add(one, workspace, 1000)
    for _ in range(10):
        running = start_all(one)
        finish(one, *running)
    assert Counter(start_all(one)) == dict.fromkeys("abcdefgh", TOTAL // 8)


def test_larger_backlog_has_no_smaller_share_while_both_have_more_than_they_get() -> None:
    one = turns()
    started_lately(one, dict.fromkeys("ab", 150))
    add(one, "a", 2000)
    add(one, "b", 300)
    assert one.share("a") == one.share("b") == TOTAL // 2


def test_backlog_counts_as_what_its_workspace_could_have_got_lately() -> None:
    """Of 600, as evenly as they are wanted, `big` could have got 400, which is twice as much as the other: a fourth of
    its share. The level is looked at now and then.
    """
    one = turns()
    started_lately(one, {"a": 200, "big": 400})
    add(one, "big", 5000)
    assert TOTAL // 5 <= one.share("big") <= TOTAL // 4


def test_flood_is_limited_from_its_first_record() -> None:
    one = turns()
    started_lately(one, {"a": 10, "b": 10})
    add(one, "big", 300)
    assert start_all(one) == ["big"] * SIZE


def flooded() -> Turns:
    """Return turns with a flooder beside a quiet workspace."""
    one = turns()
    started_lately(one, {"quiet": 10, "big": 300})
    add(one, "big", 1000)
    return one


def test_flooder_beside_a_quiet_workspace_has_one_active_record_on_average() -> None:
    one, now = flooded(), NOW
    for seconds in (0.005, 0.01, 0.03):
        assert start_all(one, now) == ["big"] * SIZE
        ends = now + seconds
        finish(one, *["big"] * SIZE)
        assert start_all(one, ends) == []
        rested = now + SIZE * seconds
        assert one.next_look() == pytest.approx(rested)
        assert start_all(one, rested - 0.001) == []
        now = rested + 0.001


def test_next_burst_waits_for_all_records_of_the_last_one() -> None:
    one = flooded()
    start_all(one)
    finish(one, *["big"] * (SIZE - 1))
    assert start_all(one, NOW + 1) == []
    finish(one, "big")
    assert start_all(one, NOW + 1) == []
    assert one.next_look() is not None


def test_record_that_runs_alone_is_followed_by_no_rest() -> None:
    one = turns()
    started_lately(one, {"quiet": 10, "big": 300})
    for number in range(5):
        add(one, "big", 1)
        assert start_all(one, NOW + number) == ["big"]
        finish(one, "big")


def test_rest_after_slow_records_is_bounded() -> None:
    one = flooded()
    start_all(one)
    finish(one, *["big"] * SIZE)
    assert start_all(one, NOW + 5) == []
    assert one.next_look() == NOW + 5 + LONGEST_REST
    assert start_all(one, NOW + 5 + LONGEST_REST) == ["big"] * SIZE


def test_external_waits_end_a_burst() -> None:
    one = flooded()
    start_all(one)
    for _ in range(SIZE):
        one.begin_external_wait("big")
    assert start_all(one, NOW + 0.01) == []
    assert start_all(one, NOW + SIZE * 0.011) == ["big"] * SIZE


def test_record_of_a_quiet_workspace_starts_during_a_burst_and_a_rest() -> None:
    one = flooded()
    start_all(one)
    add(one, "quiet", 1)
    assert start_all(one) == ["quiet"]
    finish(one, "quiet", *["big"] * SIZE)
    start_all(one, NOW + 0.1)
    add(one, "quiet", 3)
    assert start_all(one, NOW + 0.1) == ["quiet"] * 3


def test_flooder_has_the_whole_total_when_the_quiet_are_gone() -> None:
    one = flooded()
    start_all(one)
    finish(one, *["big"] * SIZE)
    assert start_all(one, NOW + LATELY) == ["big"] * TOTAL


@pytest.mark.parametrize("active", [1, 2, 3])
def test_burst_is_no_larger_than_the_total(active: int) -> None:
    one = turns(active=active)
    started_lately(one, {"quiet": 10, "big": 300})
    add(one, "big", 1000)
    assert start_all(one) == ["big"] * active


@pytest.mark.parametrize(("workspaces", "active"), [(20, 60), (60, 64), (100, 100)])
def test_bursts_of_many_workspaces_do_not_exceed_the_total(workspaces: int, active: int) -> None:
    one = turns()
    for number in range(workspaces):
        add(one, f"w{number}", 50)
    start_all(one)
    assert one.active() == active


def test_workspaces_at_their_shares_are_not_looked_at_by_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    one, looks = turns(active=1, lanes=2000), Counter[str]()
    share = Turns.share

    def counted(self: Turns, workspace: str) -> int:
        looks[workspace] += 1
        return share(self, workspace)

    monkeypatch.setattr(Turns, "share", counted)
    names = [f"w{number}" for number in range(500)]
    for name in names:
        add(one, name, 2)
    assert len(start_all(one)) == len(names)
    looks.clear()
    for _ in range(100):
        assert start_all(one) == []
    assert not looks
    add(one, "quiet", 1)
    assert start_all(one) == ["quiet"]
    finish(one, "w7")
    assert start_all(one) == ["w7"]
    assert looks.total() <= 4


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


def let_hang(one: Turns, workspaces: int, records: int) -> None:
    """Start all records that the workspaces may, each of them in an external wait that does not end."""
    for number in range(workspaces):
        add(one, f"w{number}", records)
    for now in range(1000):
        for workspace in start_all(one, NOW + now):
            one.begin_external_wait(workspace)


def test_workspaces_that_wait_with_all_they_may_leave_lanes_for_others() -> None:
    one = turns()
    let_hang(one, workspaces=4, records=120)
    assert (one.running, one.active()) == (360, 0)
    for number in range(40):
        add(one, f"quiet{number}", 2)
    assert start_all(one, NOW + 1000) == [f"quiet{number}" for number in range(40)], "one each"
    finish(one, "quiet7")
    assert start_all(one, NOW + 1001) == ["quiet7"], "its next record is the first again"


def test_lane_that_is_left_goes_to_any_workspace() -> None:
    one = turns()
    let_hang(one, workspaces=4, records=120)
    one.end_external_wait("w1")
    finish(one, "w1")
    assert len(start_all(one, NOW + 1000)) == 1
    assert one.running == 360


def test_workspaces_without_a_lane_are_not_looked_at_by_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    one = turns(lanes=100, per_workspace=25)
    let_hang(one, workspaces=90, records=2)
    looks, share = Counter[str](), Turns.share

    def counted(self: Turns, workspace: str) -> int:
        looks[workspace] += 1
        return share(self, workspace)

    monkeypatch.setattr(Turns, "share", counted)
    assert [start_all(one, NOW + 2000) for _ in range(100)] == [[]] * 100
    assert not looks


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
            assert not left[workspace] or running[workspace] >= one.share(workspace) >= 1
        ended = chance.choice(sorted(running.elements()))
        running[ended] -= 1
        finish(one, ended)
    assert one.running == one.ready_lanes() == 0
