"""Calls of the stores that `test_round_trip_recorder.py` has recorded in a process of its own."""

import asyncio
import os

from shared.storage.mongo import Find, Mongo
from shared.storage.redis import Redis

NAME = "recorded-program"


async def call_mongo(mongo: Mongo) -> None:
    """Call every kind of operation; nothing is batched but the look-ups."""
    things, others = mongo.collection("things"), mongo.collection("others")
    await things.insert({"_id": 0})
    await others.insert_all([{"_id": number, "text": "x" * 500_000} for number in range(60)])
    await others.find({}, limit=100)  # too large for one answer
    await asyncio.gather(*(things.look_up({"_id": number}, ["n"]) for number in range(5)))
    await things.write({"_id": 0}, {"$set": {"n": 1}})
    await things.update({"_id": 0}, {"$inc": {"n": 1}})
    await things.find_and_update({"_id": 0}, {"$inc": {"n": 1}})
    await things.count({})
    await mongo.find_each(
        [Find(collection="things", query={}, fields={}), Find(collection="others", query={}, fields={})]
    )
    await others.delete({})


async def call_redis(redis: Redis) -> None:
    await redis.put("parley:thing:1", b"1", 60)
    await redis.get("parley:thing:1")
    await redis.claim("parley:claim:1", b"1", 60, look_at="parley:thing:1")
    await asyncio.gather(redis.get("parley:thing:1"), redis.delete("parley:thing:2"))


async def main() -> None:
    mongo = Mongo(os.environ["MONGODB_URI"], os.environ["MONGODB_DATABASE"], client=NAME)
    redis = Redis(os.environ["REDIS_URL"], client=NAME)
    await call_mongo(mongo)
    await call_redis(redis)
    await redis.close()
    await mongo.close()


if __name__ == "__main__":
    asyncio.run(main())
