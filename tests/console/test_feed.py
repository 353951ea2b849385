"""The feed of a workspace: what is read, what is sent to whom, and how far the cursor goes."""

import asyncio
import time

import pytest

from services.console.live.feed import COALESCE
from tests.console.live_builders import World, cursor, next_frame, waiting


@pytest.fixture
def world() -> World:
    return World()


async def _flushed() -> None:
    await asyncio.sleep(COALESCE * 4)


async def test_many_events_of_a_conversation_are_read_once_for_all_sockets(world: World) -> None:
    watchers = [world.subscriber(id=f"agent{number}") for number in range(5)]
    world.reads.row("c1", turn=3)
    for _ in range(20):
        world.happens("conversation.updated")
    for watcher in watchers:
        frame = await next_frame(watcher)
        assert frame["data"]["rows"] == [{"id": "c1", "assigned_to": "", "turn": 3}]
        assert frame["cursor"] == cursor(20, 0)
        assert not waiting(watcher)
    assert world.reads.reads == [("rows", frozenset({"c1"}))]


async def test_messages_go_only_to_those_who_have_the_conversation_open(world: World) -> None:
    reader, other = world.subscriber("c1"), world.subscriber()
    world.reads.row("c1")
    world.reads.stored["m1"] = {"id": "m1", "turn": 1}
    world.happens("message.received", message="m1")
    assert await next_frame(reader) == {
        "type": "message:new",
        "cursor": cursor(0, 0),
        "data": {"conversation": "c1", "message": {"id": "m1", "turn": 1}},
    }
    assert (await next_frame(reader))["cursor"] == cursor(1, 0)
    assert [frame["type"] for frame in waiting(other)] == ["conversation:changed"]


async def test_status_is_read_from_the_message_so_that_it_never_goes_back(world: World) -> None:
    reader = world.subscriber("c1")
    world.reads.sent["o1"] = {"id": "o1", "status": "read", "rank": 40, "delivery": {"state": "read"}}
    world.happens("message.status", message="o1", detail="delivered")
    frame = await next_frame(reader)
    assert frame["type"] == "message:status"
    delivery = {"state": "read"}
    assert frame["data"] == {
        **{"conversation": "c1", "message": "o1"},
        **{"status": "read", "rank": 40, "delivery": delivery},
    }


async def test_message_announced_before_it_is_stored_is_read_again(world: World) -> None:
    reader = world.subscriber("c1")
    world.reads.row("c1")
    world.happens("message.received", message="m1")
    await _flushed()
    assert not waiting(reader)
    assert world.feed.cursor == cursor(0, 0)
    world.reads.stored["m1"] = {"id": "m1"}
    assert (await next_frame(reader))["data"]["message"] == {"id": "m1"}
    assert (await next_frame(reader))["type"] == "conversation:changed"
    assert world.feed.cursor == cursor(1, 0)


async def test_message_that_is_never_stored_is_given_up_and_does_not_hold_others_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.console.live.feed._READS", 3)
    reader = world.subscriber("c1")
    world.reads.row("c1")
    world.reads.stored["m2"] = {"id": "m2"}
    world.happens("message.received", message="m1")
    world.happens("message.received", message="m2")
    assert (await next_frame(reader))["data"]["message"] == {"id": "m2"}
    assert (await next_frame(reader))["data"]["message"] == {"id": "m1", "partial": True}
    assert (await next_frame(reader))["type"] == "conversation:changed"
    assert world.feed.cursor == cursor(2, 0)


async def test_rows_are_sent_at_most_four_times_a_second(world: World) -> None:
    watcher, began = world.subscriber(), time.monotonic()
    world.reads.row("c1")
    for _ in range(10):
        world.happens("conversation.updated")
        await asyncio.sleep(0.04)
    async with asyncio.timeout(30):
        while world.feed.cursor != cursor(10, 0):  # noqa: ASYNC110  (the feed has no event)
            await asyncio.sleep(0.01)
    assert 1 <= len(waiting(watcher)) <= 1 + 4 * (time.monotonic() - began)


async def test_cursor_waits_for_rows_that_wait(world: World) -> None:
    watcher = world.subscriber()
    world.reads.row("c1")
    world.happens("conversation.updated")
    await next_frame(watcher)
    world.happens("conversation.updated")
    world.happens("command.done", command_id="k1")
    done = await next_frame(watcher)
    assert (done["type"], done["cursor"]) == ("command:done", cursor(1, 0))
    assert (await next_frame(watcher))["cursor"] == cursor(3, 0)


async def test_too_many_changed_rows_are_only_counted_but_for_open_conversations(world: World) -> None:
    watcher = world.subscriber("c7")
    for number in range(80):
        world.reads.row(f"c{number}")
        world.happens("conversation.updated", f"c{number}")
    frames = [await next_frame(watcher), await next_frame(watcher)]
    assert frames[0]["data"]["rows"] == [{"id": "c7", "assigned_to": ""}]
    assert (frames[1]["type"], frames[1]["data"]) == ("inbox:stale", {"count": 79})


async def test_slow_browser_loses_its_frames_and_gets_one_resync(world: World) -> None:
    slow, quick = world.subscriber("c1", most=3), world.subscriber("c1")
    for number in range(10):
        world.reads.sent[f"o{number}"] = {"id": f"o{number}"}
        world.happens("message.sent", message=f"o{number}")
    world.reads.row("c1")
    await _flushed()
    left = waiting(slow)
    assert len(left) <= 3
    assert [frame["why"] for frame in left if frame["type"] == "resync"] == ["overflow"]
    assert len(waiting(quick)) == 11


async def test_without_the_store_events_are_sent_without_copies(world: World) -> None:
    reader = world.subscriber("c1")
    world.reads.away = True
    world.happens("message.received", message="m1")
    assert (await next_frame(reader))["data"]["message"] == {"id": "m1", "partial": True}
    assert (await next_frame(reader))["data"]["rows"] == [{"id": "c1", "partial": True}]


async def test_conversation_that_is_gone_is_sent_as_gone(world: World) -> None:
    watcher = world.subscriber()
    world.happens("conversation.updated", "erased")
    assert (await next_frame(watcher))["data"]["rows"] == [{"id": "erased", "gone": True}]


async def test_error_in_reading_lets_all_fetch_anew_and_the_feed_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = world.subscriber()
    with monkeypatch.context() as patch:
        patch.setattr(world.reads, "_found", lambda *_: 1 / 0)
        world.happens("conversation.updated")
        assert (await next_frame(watcher))["why"] == "overflow"
    world.reads.row("c1")
    world.happens("conversation.updated")
    while (frame := await next_frame(watcher))["type"] != "conversation:changed":
        pass
    assert frame["cursor"] == cursor(2, 0)


async def test_colleagues_conversation_is_not_sent_to_a_restricted_member(world: World) -> None:
    restricted = world.subscriber("c1", id="ann", sees="own_and_unassigned")
    world.reads.row("c2", assigned_to="bob")
    world.reads.row("c3", channel="main", assigned_to="ann")
    for conversation in ("c2", "c3"):
        world.happens("message.sent", conversation, "o1")
        world.happens("command.done", conversation, command_id=conversation)
        world.happens("order.changed", conversation, detail=conversation)
    await _flushed()
    frames = waiting(restricted)
    assert "c2" not in str(frames)
    assert [frame["type"] for frame in frames] == ["conversation:changed", "command:done", "order:changed"]


async def test_conversation_assigned_to_a_colleague_is_closed_and_fetched_anew(world: World) -> None:
    restricted, free = world.subscriber("c1", sees="own_and_unassigned"), world.subscriber("c1", id="owner")
    world.reads.row("c1", assigned_to="bob")
    world.happens("conversation.updated")
    assert (await next_frame(restricted))["why"] == "rights"
    assert not restricted.open
    assert (await next_frame(free))["data"]["rows"][0]["assigned_to"] == "bob"
    world.happens("command.refused", command_id="k1", detail="taken-by", by="bob")
    assert (await next_frame(restricted))["data"]["command"] == "k1"
    world.reads.sent["o1"] = {"id": "o1"}
    world.happens("message.sent", message="o1")
    await _flushed()
    assert not waiting(restricted)


async def test_other_channels_are_not_sent(world: World) -> None:
    restricted = world.subscriber(channels=frozenset({"sales"}))
    world.reads.row("c1", channel="support")
    world.reads.row("c2", channel="sales")
    world.happens("message.sent", "c1", "o1")
    world.happens("message.sent", "c2", "o2")
    world.happens("channel.changed", "", channel="support", detail="stopped")
    world.happens("channel.changed", "", channel="sales", detail="stopped")
    world.happens("broadcast.changed", "", channel="support", detail="b1")
    world.happens("broadcast.changed", "", channel="sales", detail="b2")
    await _flushed()
    frames = waiting(restricted)
    assert [row["id"] for row in frames[0]["data"]["rows"]] == ["c2"]
    assert [frame["data"] for frame in frames[1:]] == [
        {"channel": "sales", "change": "stopped"},
        {"broadcast": "b2"},
    ]


async def test_phone_numbers_are_masked_for_those_who_may_not_see_them(world: World) -> None:
    viewer, agent = world.subscriber("c1", role="viewer"), world.subscriber("c1", role="owner")
    world.reads.row("c1")
    world.reads.stored["m1"] = {"id": "m1"}
    world.reads.sent["o1"] = {"id": "o1", "delivery": {"detail": "+2348031234567"}}
    world.happens("message.received", message="m1")
    world.happens("message.sent", message="o1")
    await _flushed()
    seen, full = waiting(viewer), waiting(agent)
    assert [frame["type"] for frame in seen] == ["message:new", "message:new", "conversation:changed"]
    assert all("'masked': True" in str(frame) for frame in seen)
    assert "masked" not in str(full)


_OF_SCOPES = {
    "messages:read": {"message:new", "message:status"},
    "conversations:read": {"conversation:changed", "command:done", "command:refused"},
    "orders:read": {"order:changed"},
    "customers:read": {"customer:changed"},
    "broadcasts:read": {"broadcast:changed"},
    "channels:read": {"channel:changed"},
    "content:read": {"template:changed"},
}


async def test_key_gets_only_frames_of_its_scopes(world: World) -> None:
    keys = {
        scope: world.subscriber("c1", id=scope, role="", scopes=frozenset({"events:read", scope}))
        for scope in ("events:read", *_OF_SCOPES)
    }
    world.reads.row("c1")
    world.reads.stored["m1"] = {"id": "m1", "text": "Hello"}
    world.reads.sent["o1"] = {"id": "o1", "status": "read", "rank": 40}
    world.happens("message.received", message="m1")
    world.happens("message.status", message="o1")
    world.happens("command.done", command_id="k1")
    world.happens("command.refused", command_id="k2")
    world.happens("order.changed", detail="order")
    world.happens("customer.changed", detail="customer")
    world.happens("broadcast.changed", "", detail="broadcast")
    world.happens("channel.changed", "", detail="stopped", channel="main")
    world.happens("template.changed", "", detail="news en")
    await _flushed()
    got = {scope: {frame["type"] for frame in waiting(key)} for scope, key in keys.items()}
    assert got == {"events:read": set(), **_OF_SCOPES}


async def test_key_without_the_scope_gets_no_count_of_rows(world: World) -> None:
    key = world.subscriber(role="", scopes=frozenset({"events:read", "messages:read"}))
    for number in range(80):
        world.reads.row(f"c{number}")
        world.happens("conversation.updated", f"c{number}")
    await _flushed()
    assert not waiting(key)


async def test_message_that_only_changes_another_one_is_not_shown(world: World) -> None:
    reader = world.subscriber("c1", see=())
    world.reads.row("c1")
    world.reads.stored["m2"] = {"id": "m2", "hidden": True}
    world.happens("message.received", message="m2")
    assert (await next_frame(reader))["type"] == "conversation:changed"


async def test_note_is_announced_and_fetched_by_the_browser(world: World) -> None:
    reader = world.subscriber("c1", see=())
    world.reads.row("c1")
    world.happens("note.added", detail="n1")
    assert (await next_frame(reader))["data"] == {"conversation": "c1", "message": {"id": "n1", "partial": True}}


async def test_nothing_is_read_for_events_that_nobody_wants(world: World) -> None:
    world.subscriber()
    world.happens("message.status", message="o1", detail="delivered")
    world.happens("budget.spent")
    await _flushed()
    assert not world.reads.reads
    assert world.feed.cursor == cursor(2, 0)
