"""The hub without Kafka: bounds, cursors of answers, and what a caller gets first."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.console.live import cursor as cursors
from services.console.live.bot_typing import LASTS
from services.console.live.feed import COALESCE
from services.console.live.hub import RIGHT_GONE, LiveHub
from services.console.live.polling import poll
from services.console.live.presence import Presence
from services.console.live.ring import Entry
from services.console.live.subscriber import Subscriber
from shared.clock import Clock, FixedClock, SystemClock
from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers
from shared.kafka.records import Record
from tests.console.live_builders import TOPIC_ID, FakeCaller, FakeReads, next_frame, waiting


async def _given(callers: Sequence[Any]) -> Sequence[Any]:
    return callers


async def _away(callers: Sequence[Any]) -> Sequence[Any]:
    raise DependencyAway("mongodb")


class _Hub(LiveHub):
    """A hub whose tail a test moves."""

    def __init__(self, clock: Clock | None = None, **options: Any) -> None:
        self.reads, clock = FakeReads(), clock or SystemClock()
        super().__init__(
            Brokers("127.0.0.1:1"),
            self.reads,
            clock,
            recheck=_away,
            presence=Presence("a", None, clock.monotonic),
            **options,
        )
        self.tail.topic_id, self.tail.ready = TOPIC_ID, True
        self.move((5, 5))
        self._rings.reset((5, 5))

    def move(self, positions: tuple[int, ...]) -> None:
        self.tail.positions = positions

    def happens(self, kind: str, conversation: str, message: str | None = None, *, age: float = 0, **more: Any) -> None:
        """Let an event of acme be read. age: seconds since its record was written."""
        fields = {"kind": kind, "conversation_id": conversation, "message_id": message, **more}
        value, at = json.dumps(fields).encode(), int((self._clock.now().timestamp() - age) * 1000)
        before = self.tail.positions
        self._rings.add("acme", Entry(0, before[0], 0.0, value))
        self.move((before[0] + 1, before[1]))
        self.on_events("acme", [Record("conversation.events", 0, before[0], b"acme", value, timestamp_ms=at)], before)


def test_connections_are_bounded_per_session_and_in_all() -> None:
    hub = _Hub(most_sockets=3, most_per_session=2)
    seats = [hub.enter(session) for session in ("a", "a", "a", "b", "c")]
    assert [seat is not None for seat in seats] == [True, True, False, True, False]
    assert seats[0]
    hub.exit(seats[0])
    hub.exit(seats[0])
    assert hub.sockets == 2
    assert hub.enter("c")


def test_newer_connection_of_a_tab_takes_the_place_of_the_former() -> None:
    hub = _Hub(most_per_session=2)
    other, first = hub.enter("a"), hub.enter("a", "tab-1")
    assert other
    assert first
    seats = [hub.enter("a", "tab-1") for _ in range(5)]
    latest = seats[-1]
    assert latest
    assert (first.replaced.is_set(), latest.replaced.is_set(), other.replaced.is_set()) == (True, False, False)
    hub.exit(first)
    assert hub.sockets == 2
    assert hub.enter("b", "tab-1")
    hub.exit(latest)
    assert hub.sockets == 2


async def test_cursor_of_another_replica_is_resumed_from_memory() -> None:
    hub = _Hub()
    hub.reads.row("c1")
    since = hub.cursor("acme")
    hub.happens("conversation.updated", "c1")
    subscriber = await hub.join(FakeCaller(), since, ["inbox"], [])
    ready, missed = waiting(subscriber)
    assert (ready["resumed"], ready["cursor"]) == ("replayed", since)
    assert missed["data"]["rows"] == [{"id": "c1", "assigned_to": ""}]
    assert cursors.decode(missed["cursor"]).positions == (6, 5)
    hub.leave(subscriber)
    assert hub.stats()["workspaces"] == 0


async def test_message_that_comes_while_older_events_are_read_back_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The read back from Kafka takes up to two seconds; what happens meanwhile is in no snapshot."""
    hub = _Hub()
    hub.reads.row("c1")
    hub.reads.stored["m1"] = {"id": "m1", "conversation_id": "c1"}

    async def read_back(*_: Any) -> list[Any]:
        hub.happens("message.received", "c1", "m1")
        return []

    monkeypatch.setattr(hub._resumer, "_read_back", read_back)
    since = cursors.Cursor(TOPIC_ID, (3, 5)).encode()
    subscriber = await hub.join(FakeCaller(), since, [], ["c1"])
    assert [(await next_frame(subscriber))["type"] for _ in range(2)] == ["ready", "message:new"]
    hub.leave(subscriber)


@pytest.mark.parametrize(
    ("topic_id", "positions", "why"),
    [(b"x" * 16, (5, 5), "topic"), (TOPIC_ID, (5, 5, 5), "topic"), (TOPIC_ID, (0, 5), "too-old")],
)
async def test_useless_cursor_is_answered_with_the_reason(
    topic_id: bytes, positions: tuple[int, ...], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.console.live.resume.MOST_RECORDS", 2)
    hub = _Hub()
    subscriber = await hub.join(FakeCaller(), cursors.Cursor(topic_id, positions).encode(), ["inbox"], [])
    (ready,) = waiting(subscriber)
    assert (ready["resumed"], ready["why"]) == ("resync", why)


async def test_cursor_beyond_the_end_means_another_topic_where_topics_have_no_ids() -> None:
    hub = _Hub()
    hub.tail.topic_id = cursors.NO_TOPIC_ID

    async def ends() -> tuple[int, ...]:
        return (5, 5)

    hub.tail.ends = ends  # type: ignore[method-assign]
    beyond = cursors.Cursor(cursors.NO_TOPIC_ID, (9, 5)).encode()
    (ready,) = waiting(await hub.join(FakeCaller(), beyond, ["inbox"], []))
    assert (ready["resumed"], ready["why"]) == ("resync", "topic")


async def test_only_visible_conversations_are_opened() -> None:
    hub = _Hub()
    hub.reads.row("mine", assigned_to="ann")
    hub.reads.row("theirs", assigned_to="bob")
    subscriber = await hub.join(FakeCaller(sees="own_and_unassigned"), None, [], ["mine", "theirs", "unknown"])
    assert subscriber.open == {"mine"}
    await hub.open(subscriber, "theirs")
    assert subscriber.open == {"mine"}


async def test_key_without_the_scopes_opens_and_gets_nothing_by_polling_neither() -> None:
    hub = _Hub()
    hub.reads.row("c1")
    only_events = FakeCaller(id="key", role="", scopes=frozenset({"events:read"}))
    since = hub.cursor("acme")
    hub.happens("conversation.updated", "c1")
    subscriber = await hub.join(only_events, None, ["inbox"], ["c1"])
    await hub.open(subscriber, "c1")
    assert not subscriber.open
    assert [frame["type"] for frame in waiting(subscriber)] == ["ready"]
    found = await poll(hub, only_events, "key", cursor=since, wait=0, see=["inbox"], open_=["c1"])
    assert found is not None
    assert found["events"] == []


async def test_polling_gives_viewers_no_phone_numbers() -> None:
    hub = _Hub()
    hub.reads.row("c1")
    hub.reads.stored["m1"] = {"id": "m1"}
    since = hub.cursor("acme")
    hub.happens("message.received", "c1", "m1")
    found = await poll(hub, FakeCaller(role="viewer"), "ann", cursor=since, wait=0, see=["inbox"], open_=["c1"])
    assert found is not None
    assert found["events"][0]["data"]["message"]["masked"]
    assert found["events"][1]["data"]["rows"][0]["masked"]


async def test_key_that_loses_scopes_fetches_anew_and_gets_nothing_more() -> None:
    key = FakeCaller(id="key", role="", scopes=frozenset({"events:read", "messages:read", "conversations:read"}))
    hub = _Hub()
    hub.reads.row("c1")
    subscriber = await hub.join(key, None, ["inbox"], ["c1"])
    waiting(subscriber)
    hub._recheck = lambda callers: _given([replace(key, scopes=frozenset({"events:read"}))])
    await hub.look_at_rights()
    (resync,) = waiting(subscriber)
    assert (resync["type"], resync["why"]) == ("resync", "rights")
    assert not subscriber.open
    hub.happens("conversation.updated", "c1")
    await asyncio.sleep(COALESCE * 4)
    assert not waiting(subscriber)


async def test_connections_stay_while_rights_cannot_be_looked_up() -> None:
    hub = _Hub()
    subscriber = await hub.join(FakeCaller(), None, [], [])
    await hub.look_at_rights()
    assert not subscriber.ended


async def test_person_whose_rights_cannot_be_read_leaves_alone() -> None:
    """A stored account that cannot be decoded ends neither the process nor the check of the others."""
    hub = _Hub()
    broken, whole = FakeCaller(id="eve"), FakeCaller(id="ann")
    eve, ann = await hub.join(broken, None, [], []), await hub.join(whole, None, [], [])

    async def recheck(callers: Sequence[Any]) -> Sequence[Any]:
        if broken in callers:
            raise ValueError("no such role")
        return callers

    hub._recheck = recheck
    await hub.look_at_rights()
    assert (eve.ended, ann.ended) == (RIGHT_GONE, 0)


async def test_before_events_are_read_nobody_joins() -> None:
    hub = _Hub()
    hub.tail.ready = False
    assert hub.cursor("acme") == ""
    with pytest.raises(DependencyAway):
        await hub.join(FakeCaller(), None, [], [])


async def test_topic_made_anew_lets_all_fetch_anew() -> None:
    hub = _Hub()
    subscriber = await hub.join(FakeCaller(), None, [], [])
    waiting(subscriber)
    hub.on_changed()
    (resync,) = waiting(subscriber)
    assert (resync["type"], resync["why"]) == ("resync", "topic")


_ANSWERING: dict[str, Any] = {"presence": {"provider_message_id": "p1", "turn": 1, "typing": True}}


def _typing(subscriber: Subscriber) -> list[tuple[str, str]]:
    frames = [frame for frame in waiting(subscriber) if frame["type"].startswith("typing:")]
    assert all(frame["data"]["who"]["kind"] == "bot" for frame in frames)
    return [(frame["type"], frame["data"]["conversation"]) for frame in frames]


@pytest.mark.parametrize(
    ("kind", "more", "ends"),
    [
        ("message.sent", {"author": "ai"}, True),
        ("message.sent", {"author": "system"}, True),
        ("message.failed", {"author": "ai"}, True),
        ("conversation.updated", {"detail": "human"}, True),
        ("message.sent", {"author": "broadcast"}, False),
        ("message.status", {"author": "ai"}, False),
        ("command.done", {}, False),
    ],
)
async def test_bot_types_until_it_has_answered_or_somebody_took_over(
    kind: str, more: dict[str, Any], ends: bool
) -> None:
    hub = _Hub()
    watching = await hub.join(FakeCaller(), None, ["inbox"], ["c1"])
    elsewhere = await hub.join(FakeCaller(id="bob"), None, ["inbox"], ["c2"])
    hub.happens("message.received", "c1", "m1", **_ANSWERING)
    assert _typing(watching) == [("typing:start", "c1")]
    hub.happens(kind, "c1", "m2", **more)
    assert _typing(watching) == ([("typing:stop", "c1")] if ends else [])
    hub.happens(kind, "c1", "m3", **more)
    assert not _typing(watching) + _typing(elsewhere)
    for one in (watching, elsewhere):
        hub.leave(one)


async def test_bot_that_answers_without_a_model_or_answered_long_ago_does_not_type() -> None:
    hub = _Hub()
    watching = await hub.join(FakeCaller(), None, ["inbox"], ["c1"])
    hub.happens("message.received", "c1", "m1")
    hub.happens("message.received", "c1", "m2", presence={**_ANSWERING["presence"], "typing": False})
    hub.happens("message.received", "c1", "m3", age=LASTS + 1, **_ANSWERING)
    assert not _typing(watching)
    hub.leave(watching)


async def test_who_opens_the_conversation_while_the_bot_types_is_told_and_so_is_its_end(clock: FixedClock) -> None:
    hub = _Hub(clock)
    first = await hub.join(FakeCaller(), None, ["inbox"], [])
    hub.happens("message.received", "c1", "m1", age=LASTS - 1, **_ANSWERING)
    assert not _typing(first)
    await hub.open(first, "c1")
    second = await hub.join(FakeCaller(id="bob"), None, [], ["c1"])
    program = await hub.join(FakeCaller(scopes=frozenset({"messages:read"})), None, [], ["c1"])
    assert _typing(first) == _typing(second) == [("typing:start", "c1")]
    clock.advance(2)
    hub._tick(hub._feeds["acme"], 0)
    assert _typing(first) == _typing(second) == [("typing:stop", "c1")]
    assert not _typing(program)
    for one in (first, second, program):
        hub.leave(one)
