"""A read that MongoDB cannot finish in time is told apart from a MongoDB that is away."""

import pymongo
import pytest

from shared.errors import DependencyAway, TookTooLong
from shared.storage.mongo import Mongo


async def test_read_that_takes_too_long_says_so(mongo: Mongo) -> None:
    things = mongo.collection("things")
    for number in range(200):
        await things.insert({"_id": number})
    with pymongo.timeout(1.0), pytest.raises(TookTooLong, match="mongodb took too long") as raised:
        await things.find({"$where": "sleep(20) || true"})
    assert isinstance(raised.value, DependencyAway), "work that is repeated by itself goes on as for its parent"
    assert len(await things.find({}, limit=3)) == 3, "MongoDB is there"
