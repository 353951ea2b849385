"""A conversation's summary only ever goes further."""

import asyncio

import msgspec

from shared.repositories.summaries import Summaries, Summary
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW

FIRST = Summary(conversation_id="c1", up_to=6, text="Ada wants oak.", at=NOW)


async def test_the_one_that_goes_further_is_kept_whoever_comes_last(mongo: Mongo) -> None:
    kept = Summaries(mongo, "acme")
    further = msgspec.structs.replace(FIRST, up_to=9, text="Ada has bought oak.")
    assert await kept.get("c1") is None
    assert [await kept.put(one) for one in (FIRST, FIRST, further, FIRST)] == [True, False, True, False]
    assert await kept.get("c1") == further


async def test_of_many_at_once_one_is_stored(mongo: Mongo) -> None:
    kept = Summaries(mongo, "acme")
    same = [msgspec.structs.replace(FIRST, text=f"number {number}") for number in range(8)]
    stored = await asyncio.gather(*map(kept.put, same))
    assert sum(stored) == 1
