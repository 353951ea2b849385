"""Customers who keep writing while something is done to a stack; each must get exactly one answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from devtools.simulators.webhooks import meta_webhook
from tests.e2e.shop import FAQS, Shop, phone
from tests.e2e.waiting import until
from tests.e2e.world import World

QUESTION, ANSWER = next(iter(FAQS.items()))
# A message whose fate is unknown waits for its status, which comes late while services restart on a slow machine.
PATIENT_DELIVERY = {"SEND_TIMEOUT": "8", "IN_DOUBT_GRACE": "60"}
PATIENCE = 180.0  # seconds, for what may take as long as a slow machine needs to restart all services
_PAUSE = 0.25  # seconds between two customers


@asynccontextmanager
async def customers_writing(world: World, shop: Shop) -> AsyncIterator[list[str]]:
    """Let new customers ask until the end of the block; then check that each has one answer. Yields their numbers."""
    wrote: list[str] = []
    done = asyncio.Event()

    async def write() -> None:
        while not done.is_set():
            wrote.append(await a_customer_writes(world, shop))
            await asyncio.sleep(_PAUSE)

    writing = asyncio.create_task(write())
    try:
        yield wrote
    finally:
        done.set()
        await writing
    await answered_once(world, wrote)


async def a_customer_writes(world: World, shop: Shop) -> str:
    """Post a new customer's question until it is accepted, as Meta does for days. Returns the number."""
    ada = phone()
    body = meta_webhook(world.item(shop, ada, QUESTION))

    async def accepted() -> bool:
        try:
            return await world.post_meta(body) == 200
        except TimeoutError:
            return False

    await until(accepted, "a webhook is accepted", within=PATIENCE)
    return ada


async def answered_once(world: World, customers: list[str]) -> None:
    """Wait until all customers have an answer, and check that none has two."""
    for ada in customers:
        answers = await world.answers(ada, within=PATIENCE)
        assert [one["text"] for one in answers] == [ANSWER], ada
