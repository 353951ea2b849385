"""The counts of lists of broadcasts: shared, and waited for only a moment."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from shared.clock import FixedClock
from shared.domain.broadcast import Broadcast, BroadcastStage, Recipient, RecipientState
from shared.operations.broadcasts.counts import SharedCounts
from shared.repositories.broadcast_recipients import COLLECTION, BroadcastRecipients
from shared.storage.mongo import Mongo
from tests.profiler import profiled
from tests.repositories.builders import NOW
from tests.repositories.samples import BROADCAST


def broadcasts(**changes: object) -> list[Broadcast]:
    return [
        msgspec.structs.replace(BROADCAST, id=id_, **{"stage": BroadcastStage.RUNNING, **changes})
        for id_ in ("b1", "b2")
    ]


@pytest.fixture
async def recipients(mongo: Mongo) -> BroadcastRecipients:
    made = BroadcastRecipients(mongo, "acme")
    await made.add("b1", [Recipient(id="r1", customer_id="u1", identity="+234803")])
    return made


@pytest.mark.parametrize(("ended", "reads"), [(timedelta(days=8), 2), (timedelta(days=1), 4)])
async def test_counts_of_what_ended_long_ago_are_read_once_an_hour(
    mongo: Mongo, recipients: BroadcastRecipients, ended: timedelta, reads: int
) -> None:
    clock = FixedClock(NOW)
    shared, listed = SharedCounts(mongo, clock), broadcasts(stage=BroadcastStage.DONE, finished_at=NOW - ended)
    async with profiled(mongo, COLLECTION) as profile:
        first = await asyncio.gather(*(shared.read(listed, within=None) for _ in range(10)))
        clock.advance(1800)
        await shared.read(listed, within=None)
    assert len(profile.commands) == reads
    assert [first[0][id_][RecipientState.PENDING] for id_ in ("b1", "b2")] == [1, 0]


async def test_list_does_not_wait_for_what_takes_long(mongo: Mongo, recipients: BroadcastRecipients) -> None:
    shared = SharedCounts(mongo, FixedClock(NOW))
    assert await shared.read(broadcasts(), within=0) == {}
    assert set(await shared.read(broadcasts(), within=None)) == {"b1", "b2"}, "meanwhile they were counted"
    assert await shared.read(broadcasts(stage=BroadcastStage.DRAFT), within=None) == {}
