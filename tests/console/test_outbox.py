"""The frames that wait for one socket."""

import asyncio

from services.console.live.outbox import Outbox


async def test_replayed_frames_go_before_those_put_meanwhile() -> None:
    outbox = Outbox(lambda: "resync")
    outbox.begin_replay()
    outbox.put("later")
    assert outbox.take_now() is None
    outbox.end_replay(["ready", "missed"])
    outbox.close()
    assert [await outbox.take() for _ in range(4)] == ["ready", "missed", "later", None]


async def test_full_outbox_has_one_resync_in_place_of_all_frames() -> None:
    outbox = Outbox(lambda: "resync", most=3)
    for number in range(5):
        outbox.put(str(number))
    assert [outbox.take_now() for _ in range(3)] == ["resync", "4", None]


async def test_ephemeral_frames_are_dropped_first() -> None:
    outbox = Outbox(lambda: "resync", most=4)
    for number in range(6):
        outbox.put_if_room(str(number))
    assert len(outbox) == 2


async def test_take_waits_for_a_frame() -> None:
    outbox = Outbox(lambda: "resync")
    taking = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    outbox.put("frame")
    assert await taking == "frame"
