"""The fuse of a partition: a broken release stops it, one customer's poison among healthy traffic does not."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.runtime.fuse import Fuse, Witnesses

# What happens, one after another: seconds that pass, and whether the next record fails.
histories = st.lists(st.tuples(st.floats(0, 30), st.booleans()), max_size=600)
limits = st.integers(1, 250)


def buried(fuse: Fuse, history: list[tuple[float, bool]]) -> list[float]:
    """When records were buried."""
    now, times = 0.0, []
    for seconds, fails in history:
        now += seconds
        if not fails:
            fuse.went_well()
        elif fuse.failed(now):
            times.append(now)
    return times


@given(limits, st.floats(1, 10_000), st.integers(0, 400))
def test_when_everything_fails_exactly_the_limit_is_buried(limit: int, window: float, more: int) -> None:
    fuse = Fuse(limit=limit, window=window)
    assert sum(fuse.failed(0.5 * window * n / (limit + more)) for n in range(limit + more)) == limit
    assert fuse.blown == (more > 0)
    assert not any(fuse.failed(window * n) for n in range(100)) or not more, "time does not mend a release"


@given(limits, st.floats(1, 600), histories)
def test_it_stops_only_when_most_failed_and_enough_was_buried(
    limit: int, window: float, history: list[tuple[float, bool]]
) -> None:
    fuse = Fuse(limit=limit, window=window)
    now, times, recent = 0.0, [], deque[bool](maxlen=200)
    for seconds, fails in history:
        now += seconds
        was_blown = fuse.blown
        recent.append(fails)
        most_failed = 2 * sum(recent) >= len(recent)
        if not fails:
            assert fuse.went_well(waiting=1) == (was_blown and 2 * sum(recent) < len(recent) - 1)
        elif fuse.failed(now):
            assert not was_blown
            times.append(now)
        else:
            enough = sum(time > now - window for time in times) >= limit
            assert was_blown or (most_failed and enough)


@given(limits, st.floats(1, 600), st.integers(0, 1000))
def test_poison_among_healthy_traffic_is_buried_however_much_it_is(limit: int, window: float, poison: int) -> None:
    """Every third record: nothing stops."""
    fuse = Fuse(limit=limit, window=window)
    history = [(0.001, False), (0.001, False), (0.001, True)] * poison
    assert len(buried(fuse, history)) == poison
    assert not fuse.blown


@given(limits, st.floats(1, 600), histories)
def test_a_slow_trickle_never_stops(limit: int, window: float, history: list[tuple[float, bool]]) -> None:
    """Fewer than the limit within the window, though nothing else comes."""
    fuse = Fuse(limit=limit, window=window)
    apart = window / limit * 1.001
    assert len(buried(fuse, [(apart, True) for _ in history])) == len(history)


@given(limits, st.integers(1, 300))
def test_what_waits_is_never_buried_beyond_the_limit(limit: int, waiting: int) -> None:
    """Not even when healthy traffic is back: it counts against those that wait."""
    fuse = Fuse(limit=limit, window=1e9)
    buried(fuse, [(0.1, True)] * (limit + 1))
    went_on = any(fuse.went_well(waiting) for _ in range(201))
    assert went_on == (waiting < 200)
    assert not fuse.failed_again(2.0)
    assert fuse.failed_again(2e9) == went_on


@given(limits)
def test_it_goes_on_when_nothing_waits_any_more(limit: int) -> None:
    fuse = Fuse(limit=limit, window=60)
    buried(fuse, [(0.1, True)] * (limit + 1))
    assert fuse.blown
    assert not fuse.went_well(waiting=300)
    assert fuse.went_well(waiting=0)
    assert not fuse.blown


@given(limits, st.integers(2, 60))
def test_a_release_that_fails_for_most_buries_the_limit_and_no_more(limit: int, conversations: int) -> None:
    """Of each five records three fail; those that failed wait and are tried again now and then."""
    fuse = Fuse(limit=limit, window=1e9)
    waiting = count = 0
    for number in range(5 * (limit + 200 * conversations // 10)):
        if number % 5 < 2:
            fuse.went_well(waiting)
        elif fuse.failed(float(number), waiting):
            count += 1
        else:
            waiting += 1
            assert not fuse.failed_again(float(number))
    assert count <= limit + 200  # at the beginning nobody can know yet


@given(limits, histories)
def test_it_remembers_no_more_than_it_needs(limit: int, history: list[tuple[float, bool]]) -> None:
    fuse = Fuse(limit=limit, window=1.0)
    buried(fuse, history)
    assert len(fuse._buried) <= limit
    assert len(fuse._recent) <= 200


def test_the_poison_of_one_workspace_leaves_the_fuse_whole_and_counts_when_a_second_one_fails() -> None:
    fuse = Fuse(limit=5, window=60)
    blown = []
    for now in range(100):
        fuse.failed_alone(float(now))
        blown.append(fuse.blown)
    assert not any(blown)
    assert not fuse.failed(100.0), "a second one fails now"
    blown.append(fuse.blown)
    fuse.failed_alone(101.0, again=True)
    assert blown[-1] is not fuse.blown


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=200))
def test_a_release_is_only_bad_when_it_fails_for_two_workspaces_and_half_of_them(
    ends: list[tuple[str, bool]],
) -> None:
    witnesses = Witnesses(window=1e9)
    last: dict[str, deque[bool]] = {}
    for now, (workspace, failed) in enumerate(ends):
        witnesses.saw(workspace, float(now), failed=failed)
        last.setdefault(workspace, deque(maxlen=20)).append(failed)
    failing = sum(2 * sum(one) >= len(one) for one in last.values())
    assert witnesses.several_fail(len(ends)) == (failing >= 2 and 2 * failing >= len(last))


def test_witnesses_expire_and_their_number_is_limited() -> None:
    witnesses = Witnesses(window=10.0)
    for number in range(5000):
        witnesses.saw(f"healthy{number}", 0.0, failed=False)
    assert len(witnesses._ends) <= 1000
    for name in ("a", "b"):
        witnesses.saw(name, 5.0, failed=True)
    assert not witnesses.several_fail(6.0)
    assert witnesses.several_fail(12.0)
