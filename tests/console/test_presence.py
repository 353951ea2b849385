"""Presence, people who view and type: at one replica, at two, and after a replica is gone."""

import asyncio
from typing import Any

from services.console.live.presence import Presence
from services.console.live.signals import VALID
from services.console.live.subscriber import Subscriber
from shared.clock import FixedClock
from tests.console.live_builders import Bus, FakeCaller, delivered, waiting


def _member(name: str, presence: Presence, *open_: str) -> Subscriber:
    made = Subscriber(FakeCaller(id=name, name=name.title()), lambda: "", 256)
    for conversation in open_:
        made.note_open(conversation)
        presence.opened(made, conversation)
    return made


def _frames(subscriber: Subscriber) -> list[tuple[str, Any]]:
    found = []
    for frame in waiting(subscriber):
        who = frame["data"]["who"]
        found.append((frame["type"], [one["id"] for one in who] if isinstance(who, list) else who["id"]))
    return found


def test_members_of_one_replica_see_who_views_and_types(clock: FixedClock) -> None:
    presence = Presence("a", None, clock.monotonic)
    ann, bob = _member("ann", presence, "c1"), _member("bob", presence, "c1")
    presence.typing(ann, "c1")
    presence.typing(ann, "c1")
    presence.typing(ann, "c2")
    presence.left(ann)
    assert _frames(bob) == [
        ("viewing", ["ann", "bob"]),
        ("typing:start", "ann"),
        ("typing:stop", "ann"),
        ("viewing", ["bob"]),
    ]


def test_member_whose_conversation_was_closed_by_the_feed_neither_sees_nor_is_seen(clock: FixedClock) -> None:
    presence = Presence("a", None, clock.monotonic)
    ann, bob = _member("ann", presence, "c1"), _member("bob", presence, "c1")
    waiting(bob)
    ann.open.discard("c1")
    waiting(ann)
    presence.typing(bob, "c1")
    presence._tick()
    assert not waiting(ann)
    assert ("viewing", ["bob"]) in _frames(bob)


def test_key_without_the_scope_sees_no_colleagues(clock: FixedClock) -> None:
    presence = Presence("a", None, clock.monotonic)
    _member("ann", presence, "c1")
    key = Subscriber(FakeCaller(scopes=frozenset({"events:read", "messages:read"})), lambda: "", 256)
    key.is_person = False
    key.note_open("c1")
    presence.opened(key, "c1")
    _member("bob", presence, "c1")
    assert not waiting(key)


def test_typing_ends_by_itself(clock: FixedClock) -> None:
    presence = Presence("a", None, clock.monotonic)
    ann, bob = _member("ann", presence, "c1"), _member("bob", presence, "c1")
    presence.typing(ann, "c1")
    clock.advance(VALID - 1)
    presence._tick()
    assert ("typing:stop", "ann") not in _frames(bob)
    clock.advance(1.1)
    presence._tick()
    assert _frames(bob) == [("typing:stop", "ann")]


def _at_the_list(name: str, presence: Presence, **caller: Any) -> Subscriber:
    made = Subscriber(FakeCaller(id=name, name=name.title(), **caller), lambda: "", 256)
    made.see = frozenset({"inbox"})
    presence.joined(made)
    return made


def test_list_shows_who_views_and_types_in_every_conversation_to_those_who_see_all(clock: FixedClock) -> None:
    presence = Presence("a", None, clock.monotonic)
    cat = _at_the_list("cat", presence)
    restricted = _at_the_list("dan", presence, sees="own_and_unassigned")
    ann = _member("ann", presence, "c1")
    eve = _at_the_list("eve", presence)
    presence.typing(ann, "c1")
    assert _frames(cat) == [("viewing", ["ann"]), ("typing:start", "ann")]
    assert _frames(eve) == [("viewing", ["ann"]), ("typing:start", "ann")]
    assert not waiting(restricted)


async def test_what_was_read_is_told_to_the_members_browsers_at_all_replicas(clock: FixedClock) -> None:
    bus = Bus()
    here, there = Presence("a", bus, clock.monotonic), Presence("b", bus, clock.monotonic)
    tasks = [asyncio.create_task(presence.run()) for presence in (here, there)]
    await asyncio.sleep(0.01)
    desk, phone, other = (_at_the_list("ann", here), _at_the_list("ann", there), _at_the_list("bob", there))
    here.seen("acme", "ann", "c1", 7)
    await asyncio.sleep(0.01)
    told = [[(frame["type"], frame["data"]) for frame in waiting(one)] for one in (desk, phone, other)]
    mark = ("seen", {"conversation": "c1", "turn": 7})
    assert told == [[mark], [mark], []]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_members_of_two_replicas_see_each_other_until_one_replica_is_gone(clock: FixedClock) -> None:
    bus = Bus()
    here, there = Presence("a", bus, clock.monotonic), Presence("b", bus, clock.monotonic)
    tasks = [asyncio.create_task(presence.run()) for presence in (here, there)]
    await delivered()
    ann, bob = _member("ann", here, "c1"), _member("bob", there, "c1")
    here.typing(ann, "c1")
    for _ in range(20):
        here.typing(ann, "c1")
    await delivered()
    assert bus.sent == 8  # both ask and answer, and tell that they are there; one types, with its answer
    assert ("typing:start", "ann") in _frames(bob)
    tasks[0].cancel()
    clock.advance(VALID + 0.1)
    there._tick()
    assert _frames(bob)[-1] == ("viewing", ["bob"])
    tasks[1].cancel()
    await asyncio.wait(tasks)


async def test_member_who_comes_later_learns_at_once_who_is_there(clock: FixedClock) -> None:
    bus = Bus()
    here, there = Presence("a", bus, clock.monotonic), Presence("b", bus, clock.monotonic)
    tasks = [asyncio.create_task(presence.run()) for presence in (here, there)]
    await delivered()
    ann = _member("ann", here, "c1")
    here.typing(ann, "c1")
    await delivered()
    bob = _member("bob", there, "c1")
    await delivered()
    assert _frames(bob)[-2:] == [("viewing", ["bob", "ann"]), ("typing:start", "ann")]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
