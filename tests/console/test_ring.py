"""The rings of latest events: what they still have, and when they say that they lack something."""

from hypothesis import given
from hypothesis import strategies as st

from services.console.live.ring import Entry, Rings

_PARTITIONS = 3


def _rings(**limits: float) -> Rings:
    rings = Rings(**limits)  # type: ignore[arg-type]
    rings.reset((0,) * _PARTITIONS)
    return rings


def test_events_after_the_cursor_are_returned_in_order() -> None:
    rings = _rings()
    for offset in range(4):
        rings.add("acme", Entry(1, offset, 0.0, b"%d" % offset))
    assert rings.since("acme", (0, 2, 0)) == [b"2", b"3"]
    assert rings.since("acme", (9, 9, 9)) == []


def test_cursor_before_a_dropped_event_is_refused() -> None:
    rings = _rings(most_events=2)
    for offset in range(3):
        rings.add("acme", Entry(0, offset, 0.0, b""))
    assert rings.since("acme", (0, 0, 0)) is None
    assert rings.since("acme", (1, 0, 0)) == [b"", b""]
    assert rings.floor("acme") == (1, 0, 0)


def test_cursor_before_the_first_record_read_is_refused() -> None:
    rings = _rings()
    rings.reset((10, 10, 10))
    assert rings.since("acme", (9, 10, 10)) is None
    assert rings.since("acme", (10, 10, 10)) == []


def test_events_expire_and_the_floor_stays_when_the_ring_is_gone() -> None:
    rings = _rings(most_seconds=10)
    rings.add("acme", Entry(0, 7, 0.0, b"x"))
    rings.expire(11.0)
    assert rings.bytes == 0
    assert not rings.workspaces()
    assert rings.since("acme", (7, 0, 0)) is None
    assert rings.since("acme", (8, 0, 0)) == []


def test_workspace_watched_longest_ago_is_dropped_first() -> None:
    rings = _rings(most_bytes=1000)
    for name in ("old", "watched"):
        rings.add(name, Entry(0, 0, 0.0, b"x" * 200))
    rings.touch("old")
    rings.add("new", Entry(1, 0, 0.0, b"x" * 200))
    assert set(rings.workspaces()) == {"old", "new"}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, _PARTITIONS - 1), st.integers(0, 300)), max_size=60),
    st.integers(1, 5),
    st.integers(300, 3000),
)
def test_a_ring_returns_every_event_since_a_cursor_or_refuses(
    added: list[tuple[str, int, int]], most_events: int, most_bytes: int
) -> None:
    rings = _rings(most_events=most_events, most_bytes=most_bytes)
    ends = [0] * _PARTITIONS
    log: list[tuple[str, int, int, bytes]] = []
    for number, (workspace, partition, size) in enumerate(added):
        value = b"%d" % number + b"x" * size
        rings.add(workspace, Entry(partition, ends[partition], float(number), value))
        log.append((workspace, partition, ends[partition], value))
        ends[partition] += 1
        if number % 7 == 6:
            rings.expire(number + 290.0)
    assert rings.bytes <= max(most_bytes, 0)
    for workspace in "abc":
        for cut in (0, 1, 2):
            cursor = tuple(end // 2 + cut for end in ends)
            found = rings.since(workspace, cursor)
            wanted = [
                value for name, partition, offset, value in log if name == workspace and offset >= cursor[partition]
            ]
            assert found is None or found == wanted
