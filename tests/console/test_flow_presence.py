"""Drafts of flows: who has one open, and that somebody has changed it; at one replica and at two."""

from typing import Any

from services.console.live.flow_presence import DraftChange
from services.console.live.presence import Presence
from services.console.live.signals import VALID
from services.console.live.subscriber import Subscriber
from shared.clock import FixedClock
from tests.console.live_builders import Bus, FakeCaller, delivered, waiting


def _at(presence: Presence, name: str, *see: str, **caller: Any) -> Subscriber:
    made = Subscriber(FakeCaller(id=name, name=name.title(), **caller), lambda: "", 256)
    made.see = frozenset(see)
    presence.joined(made)
    return made


def _editors(subscriber: Subscriber) -> list[list[str]]:
    """Return who had the draft of `hello` open, by the frames that wait."""
    data = [frame["data"] for frame in waiting(subscriber) if frame["type"] == "flow:viewing"]
    return [[one["id"] for one in shown["who"]] for shown in data if shown["flow"] == "hello"]


def _change(clock: FixedClock, flow: str = "hello") -> DraftChange:
    by = {"kind": "member", "id": "ann", "name": "Ann"}
    return DraftChange(flow=flow, change="edited", digest="d2", by=by, at=clock.now())


def test_members_with_the_same_draft_open_see_each_other(clock: FixedClock) -> None:
    presence = Presence("a", None, clock.monotonic)
    ann = _at(presence, "ann", "flow:hello")
    bob = _at(presence, "bob", "flow:hello", "flow:other")
    cat = _at(presence, "cat", "inbox", "flows")
    assert _editors(ann) == [["ann"], ["ann", "bob"]]
    assert _editors(bob) == [["ann", "bob"]]
    bob.see = frozenset({"flow:other"})
    presence.sees(bob)
    assert _editors(ann) == [["ann"]]
    assert not waiting(cat)


def test_member_with_two_tabs_is_there_until_the_last_is_closed(clock: FixedClock) -> None:
    presence = Presence("a", None, clock.monotonic)
    ann = _at(presence, "ann", "flow:hello")
    first, second = (_at(presence, "bob", "flow:hello") for _ in range(2))
    assert _editors(ann)[-1] == ["ann", "bob"]
    presence.left(first)
    assert not waiting(ann)
    presence.left(second)
    assert _editors(ann) == [["ann"]]


def test_program_is_told_and_not_shown(clock: FixedClock) -> None:
    presence = Presence("a", None, clock.monotonic)
    ann = _at(presence, "ann", "flow:hello")
    assert _editors(ann) == [["ann"]]
    program = Subscriber(FakeCaller(id="key", scopes=frozenset({"events:read", "flows:read"})), lambda: "", 256)
    program.is_person, program.see = False, frozenset({"flow:hello"})
    presence.joined(program)
    assert _editors(program) == [["ann"]]
    assert not waiting(ann)


def test_change_reaches_editors_and_lists_with_the_right(clock: FixedClock) -> None:
    presence = Presence("a", None, clock.monotonic)
    editor, at_list = _at(presence, "ann", "flow:hello"), _at(presence, "bob", "flows")
    at_inbox, at_other = _at(presence, "cat", "inbox"), _at(presence, "dan", "flow:other")
    without_right = _at(presence, "key", "flows", "flow:hello", scopes=frozenset({"events:read"}))
    for one in (editor, at_other):
        waiting(one)
    presence.draft_changed("acme", _change(clock))
    presence.draft_changed("zeta", _change(clock))
    (frame,) = waiting(editor)
    assert frame == {
        "type": "flow:draft",
        "data": {
            "flow": "hello",
            "change": "edited",
            "digest": "d2",
            "by": {"kind": "member", "id": "ann", "name": "Ann"},
            "at": clock.now().isoformat().replace("+00:00", "Z"),
        },
    }
    assert waiting(at_list) == [frame]
    assert not waiting(at_inbox) + waiting(at_other) + waiting(without_right)


async def test_replicas_tell_each_other(clock: FixedClock) -> None:
    bus = Bus()
    async with bus.replicas(clock, "a", "b") as (here, there):
        ann = _at(here, "ann", "flow:hello")
        await delivered()
        bob = _at(there, "bob", "flow:hello")
        await delivered()
        assert _editors(ann)[-1] == _editors(bob)[-1][::-1] == ["ann", "bob"]
        there.draft_changed("acme", _change(clock))
        await delivered()
        assert waiting(ann) == waiting(bob)
        there.left(bob)
        await delivered()
        assert _editors(ann) == [["ann"]]


async def test_member_of_a_replica_that_died_is_forgotten(clock: FixedClock) -> None:
    bus = Bus()
    async with bus.replicas(clock, "a", "b") as (here, there):
        ann = _at(here, "ann", "flow:hello")
        bob = _at(there, "bob", "flow:hello")
        await delivered()
        waiting(ann)
        clock.advance(VALID - 1)
        here._tick()
        there._tick()
        await delivered()
        assert not waiting(ann)
        clock.advance(VALID + 1)
        here._tick()
        assert _editors(ann) == [["ann"]]
        assert bob.flows == {"hello"}


def test_member_who_loses_the_right_is_told_no_more(clock: FixedClock) -> None:
    presence = Presence("a", None, clock.monotonic)
    ann, program = _at(presence, "ann", "flow:hello"), _at(presence, "bob", "flow:hello")
    waiting(program)
    program.set_caller(FakeCaller(id="bob", scopes=frozenset({"events:read"})))
    presence._tick()
    assert _editors(ann)[-1] == ["ann"]
    presence.draft_changed("acme", _change(clock))
    assert not waiting(program)
