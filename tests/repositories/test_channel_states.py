"""Stopped channels and their held messages at the cost of what is held for one channel or workspace."""

import pytest

from shared.repositories import outbound
from shared.repositories.channel_states import ChannelStates
from shared.storage.mongo import Document, Mongo
from tests.profiler import profiled
from tests.repositories.builders import NOW

HELD = 2000


@pytest.fixture
async def held(mongo: Mongo) -> Mongo:
    """Messages held for two channels, beside sent ones."""
    documents: list[Document] = [
        {
            "_id": f"m{number}",
            "workspace": "acme",
            "channel": "main" if number % 4 else "second",
            "state": "held" if number < HELD else "sent",
            "created_at": NOW,
            "first_claimed_at": NOW,
        }
        for number in range(2 * HELD)
    ]
    await mongo.collection(outbound.COLLECTION).insert_all(documents)
    return mongo


async def test_held_messages_are_counted_by_the_index_alone(held: Mongo) -> None:
    async with profiled(held, outbound.COLLECTION) as of_workspace:
        assert await ChannelStates(held).held_of("acme") == {"main": 1500, "second": 500}
    async with profiled(held, outbound.COLLECTION) as of_channel:
        assert await ChannelStates(held).how_many_held("acme", "second") == "500"
    assert (of_workspace.total("docsExamined"), of_channel.total("docsExamined")) == (0, 0)
    assert of_workspace.total("keysExamined") <= HELD + 1
    assert of_channel.total("keysExamined") <= HELD / 4 + 1
