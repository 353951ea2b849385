"""`shared.kafka.runtime.fuse`: a broken release stops a partition, one workspace's bad records do not."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.runtime.fuse import Fuse, WorkspaceFailures

# Each: seconds that pass, and whether the next record fails.
histories = st.lists(st.tuples(st.floats(0, 30), st.booleans()), max_size=600)
limits = st.integers(1, 250)


def dead_letter_times(fuse: Fuse, history: list[tuple[float, bool]]) -> list[float]:
    """Return when records became dead letters."""
    now, times = 0.0, []
    for seconds, fails in history:
        now += seconds
        if not fails:
            fuse.succeed()
        elif fuse.fail(now):
            times.append(now)
    return times


@given(limits, st.floats(1, 10_000), st.integers(0, 400))
def test_when_all_fail_exactly_the_limit_becomes_dead_letters(limit: int, window: float, more: int) -> None:
    fuse = Fuse(limit=limit, window=window)
    assert sum(fuse.fail(0.5 * window * n / (limit + more)) for n in range(limit + more)) == limit
    assert fuse.blown == (more > 0)
    assert not any(fuse.fail(window * n) for n in range(100)) or not more, "time does not repair a release"


@given(limits, st.floats(1, 600), histories)
def test_fuse_blows_only_when_most_failed_and_the_limit_is_reached(
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
            assert fuse.succeed(retried=1) == (was_blown and 2 * sum(recent) < len(recent) - 1)
        elif fuse.fail(now):
            assert not was_blown
            times.append(now)
        else:
            enough = sum(time > now - window for time in times) >= limit
            assert was_blown or (most_failed and enough)


@given(limits, st.floats(1, 600), st.integers(0, 1000))
def test_bad_records_among_good_ones_become_dead_letters(limit: int, window: float, poison: int) -> None:
    """Every third record: nothing stops."""
    fuse = Fuse(limit=limit, window=window)
    history = [(0.001, False), (0.001, False), (0.001, True)] * poison
    assert len(dead_letter_times(fuse, history)) == poison
    assert not fuse.blown


@given(limits, st.floats(1, 600), histories)
def test_few_failures_within_the_window_never_blow_the_fuse(
    limit: int, window: float, history: list[tuple[float, bool]]
) -> None:
    """Nothing else arrives."""
    fuse = Fuse(limit=limit, window=window)
    apart = window / limit * 1.001
    assert len(dead_letter_times(fuse, [(apart, True) for _ in history])) == len(history)


@given(limits, st.integers(1, 300))
def test_retried_records_never_become_dead_letters_beyond_the_limit(limit: int, waiting: int) -> None:
    """Not even when healthy traffic is back: it is weighed against the retried records."""
    fuse = Fuse(limit=limit, window=1e9)
    dead_letter_times(fuse, [(0.1, True)] * (limit + 1))
    went_on = any(fuse.succeed(waiting) for _ in range(201))
    assert went_on == (waiting < 200)
    assert not fuse.fail_again(2.0)
    assert fuse.fail_again(2e9) == went_on


@given(limits)
def test_fuse_is_whole_again_when_no_record_is_retried(limit: int) -> None:
    fuse = Fuse(limit=limit, window=60)
    dead_letter_times(fuse, [(0.1, True)] * (limit + 1))
    assert fuse.blown
    assert not fuse.succeed(retried=300)
    assert fuse.succeed(retried=0)
    assert not fuse.blown


@given(limits, st.integers(2, 60))
def test_release_that_fails_for_most_makes_few_dead_letters_beyond_the_limit(limit: int, conversations: int) -> None:
    """Of each five records three fail; the failed ones are retried now and then."""
    fuse = Fuse(limit=limit, window=1e9)
    waiting = count = 0
    for number in range(5 * (limit + 200 * conversations // 10)):
        if number % 5 < 2:
            fuse.succeed(waiting)
        elif fuse.fail(float(number), waiting):
            count += 1
        else:
            waiting += 1
            assert not fuse.fail_again(float(number))
    assert count <= limit + 200  # at first it cannot be known


@given(limits, histories)
def test_memory_of_a_fuse_is_bounded(limit: int, history: list[tuple[float, bool]]) -> None:
    fuse = Fuse(limit=limit, window=1.0)
    dead_letter_times(fuse, history)
    assert len(fuse._dead_letters) <= limit
    assert len(fuse._recent) <= 200


def test_failures_of_one_workspace_leave_the_fuse_whole_and_count_once_a_second_one_fails() -> None:
    fuse = Fuse(limit=5, window=60)
    blown = []
    for now in range(100):
        fuse.fail_alone(float(now))
        blown.append(fuse.blown)
    assert not any(blown)
    assert not fuse.fail(100.0), "a second workspace fails now"
    blown.append(fuse.blown)
    fuse.fail_alone(101.0, again=True)
    assert blown[-1] is not fuse.blown


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=200))
def test_several_fail_means_two_workspaces_and_half_of_all(
    ends: list[tuple[str, bool]],
) -> None:
    failures = WorkspaceFailures(window=1e9)
    last: dict[str, deque[bool]] = {}
    for now, (workspace, failed) in enumerate(ends):
        failures.add(workspace, float(now), failed=failed)
        last.setdefault(workspace, deque(maxlen=20)).append(failed)
    failing = sum(2 * sum(one) >= len(one) for one in last.values())
    assert failures.several_fail(len(ends)) == (failing >= 2 and 2 * failing >= len(last))


def test_workspace_failures_expire_and_are_bounded() -> None:
    failures = WorkspaceFailures(window=10.0)
    for number in range(5000):
        failures.add(f"healthy{number}", 0.0, failed=False)
    assert len(failures._outcomes) <= 1000
    for name in ("a", "b"):
        failures.add(name, 5.0, failed=True)
    assert not failures.several_fail(6.0)
    assert failures.several_fail(12.0)
