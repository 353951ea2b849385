"""The progress of a broadcast is read once for all who look at it."""

import asyncio

import msgspec
import pytest

from shared.clock import FixedClock
from shared.domain.broadcast import Broadcast, BroadcastStage, Recipient, RecipientState
from shared.errors import DependencyAway
from shared.messages.broadcast_content import BroadcastTemplate
from shared.operations.broadcasts.progress import BroadcastProgress, SharedProgress, read_progress
from shared.repositories.broadcast_recipients import COLLECTION, BroadcastRecipients, RecipientUpdate
from shared.storage.mongo import Mongo
from tests.conftest import Infra
from tests.profiler import profiled
from tests.repositories.builders import NOW
from tests.repositories.samples import BROADCAST

RUNNING = msgspec.structs.replace(BROADCAST, stage=BroadcastStage.RUNNING)
COMPARISON = msgspec.structs.replace(
    RUNNING, id="b2", other=BroadcastTemplate(name="summer", language="en"), name="both"
)
READS = 5  # round trips of one reading


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def recipients(mongo: Mongo) -> BroadcastRecipients:
    made = BroadcastRecipients(mongo, "acme")
    for broadcast in ("b1", "b2"):
        ids = [f"{digit}{broadcast}" for digit in "028f"]
        await made.add(broadcast, [Recipient(id=one, customer_id=f"u{one}", identity="+234803") for one in ids])
    return made


@pytest.fixture
def shared(mongo: Mongo, clock: FixedClock, recipients: BroadcastRecipients) -> SharedProgress:
    return SharedProgress(mongo, clock)


async def fail(recipients: BroadcastRecipients, id_: str) -> None:
    step = RecipientUpdate(id=id_, was=RecipientState.PENDING, reached=RecipientState.FAILED, reason="131026: no")
    await recipients.update([step], NOW)


def failed(progress: BroadcastProgress) -> int:
    return progress.counts[RecipientState.FAILED]


@pytest.mark.parametrize("broadcast", [RUNNING, COMPARISON], ids=["one content", "a comparison"])
async def test_viewers_at_the_same_time_share_one_reading(
    mongo: Mongo, shared: SharedProgress, broadcast: Broadcast
) -> None:
    async with profiled(mongo, COLLECTION) as profile:
        found = await asyncio.gather(*(shared.read(broadcast) for _ in range(20)))
    assert len(profile.commands) == READS
    assert {id(one.counts) for one in found} == {id(found[0].counts)}
    assert found[0] == await read_progress(mongo, broadcast, NOW)
    assert (found[0].total, {half.value: sum(counts.values()) for half, counts in found[0].variants.items()}) == (
        4,
        {"a": 2, "b": 2} if broadcast.other else {},
    )


async def test_reading_is_shared_for_two_seconds(
    shared: SharedProgress, recipients: BroadcastRecipients, clock: FixedClock
) -> None:
    assert failed(await shared.read(RUNNING)) == 0
    await fail(recipients, "0b1")
    clock.advance(1.9)
    assert failed(await shared.read(RUNNING)) == 0
    clock.advance(0.1)
    found = await shared.read(RUNNING)
    assert (failed(found), found.failed) == (1, {"131026: no": 1})


async def test_slow_reading_is_shared_for_twenty_times_as_long(
    shared: SharedProgress, recipients: BroadcastRecipients, clock: FixedClock
) -> None:
    reading = asyncio.create_task(shared.read(RUNNING))
    await asyncio.sleep(0)
    clock.advance(3)
    await reading
    await fail(recipients, "0b1")
    clock.advance(59)
    assert failed(await shared.read(RUNNING)) == 0
    clock.advance(1)
    assert failed(await shared.read(RUNNING)) == 1


async def test_change_of_the_stage_is_seen_at_once(shared: SharedProgress, recipients: BroadcastRecipients) -> None:
    await shared.read(RUNNING)
    await fail(recipients, "0b1")
    paused = msgspec.structs.replace(RUNNING, stage=BroadcastStage.PAUSED, reason="a person")
    found = await shared.read(paused)
    assert (failed(found), found.broadcast) == (1, paused)
    renamed = msgspec.structs.replace(paused, reason="the channel main is stopped")
    assert (await shared.read(renamed)).broadcast == renamed, "only the numbers are shared"


async def test_viewer_who_leaves_ends_no_reading(mongo: Mongo, shared: SharedProgress) -> None:
    async with profiled(mongo, COLLECTION) as profile:
        first = asyncio.create_task(shared.read(RUNNING))
        second = asyncio.create_task(shared.read(RUNNING))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).total == 4
    assert first.cancelled()
    assert len(profile.commands) == READS


async def test_failure_is_not_kept(infra: Infra, clock: FixedClock) -> None:
    nowhere = Mongo("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100", "none")
    shared = SharedProgress(nowhere, clock)
    for _ in range(2):
        with pytest.raises(DependencyAway):
            await shared.read(RUNNING)
    (reading,) = shared._readings.values()
    assert reading.until == clock.monotonic(), "the next viewer reads anew"
    await nowhere.close()
