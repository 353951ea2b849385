"""Customers who keep writing while something is done to a stack; each must get exactly one answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.e2e.shop import FAQS, Shop, phone
from tests.e2e.world import World

QUESTION, ANSWER = next(iter(FAQS.items()))
_PAUSE = 0.25  # seconds between two customers


@asynccontextmanager
async def customers_writing(world: World, shop: Shop) -> AsyncIterator[list[str]]:
    """Let new customers ask until the end of the block; then check that each has one answer. Yields their numbers."""
    wrote: list[str] = []
    done = asyncio.Event()

    async def write() -> None:
        while not done.is_set():
            ada = phone()
            await world.write(shop, ada, QUESTION, retry=True)  # as Meta does, until it is accepted
            wrote.append(ada)
            await asyncio.sleep(_PAUSE)

    writing = asyncio.create_task(write())
    try:
        yield wrote
    finally:
        done.set()
        await writing
    await answered_once(world, wrote)


async def answered_once(world: World, customers: list[str]) -> None:
    """Wait until all customers have an answer, and check that none has two."""
    for ada in customers:
        answers = await world.answers(ada, within=60.0)
        assert [one["text"] for one in answers] == [ANSWER], ada
