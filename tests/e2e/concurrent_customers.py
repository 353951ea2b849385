"""Customers who write concurrently, and checks of their answers."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka.partitioner import DefaultPartitioner

from tests.e2e.shop import FAQS, Shop, phone, word
from tests.e2e.simulator_control import Json
from tests.e2e.waiting import until
from tests.e2e.world import World


@dataclass
class ConcurrentCustomers:
    """Conversations in flight: half of them with the FAQ, half with the model, several messages each.

    scripts: by customer, the messages and a text that each answer must contain. accepted: webhooks that got 200 so far.
    """

    world: World
    shop: Shop
    scripts: dict[str, list[tuple[str, str]]]
    accepted: int = 0
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def size(self) -> int:
        """The number of messages of all customers."""
        return sum(map(len, self.scripts.values()))

    async def write(self) -> None:
        """Send all messages; a customer's next one when ingress has accepted the one before."""
        await asyncio.gather(*map(self._write, self.scripts))

    async def _write(self, customer: str) -> None:
        for text, _ in self.scripts[customer]:
            await self.world.write(self.shop, customer, text, retry=True)
            self.accepted += 1
            self.progress.set()

    async def wait_accepted(self, count: int) -> None:
        """Wait until `count` webhooks got 200."""
        while self.accepted < count:
            self.progress.clear()
            await self.progress.wait()

    async def check(self) -> int:
        """Check that each message was answered once and in order. Return the number of marked possible duplicates.

        Raises AssertionError for duplicates that are not marked.
        """
        await asyncio.gather(*(self.world.answers(customer, len(script)) for customer, script in self.scripts.items()))
        results = await asyncio.gather(*map(self._check, self.scripts))
        return sum(results)

    async def _check(self, customer: str) -> int:
        answers = await self.world.settled_answers(self.shop, customer)
        by_id = Counter(answer["opaque"] for answer in answers)
        for message_id in (message_id for message_id, count in by_id.items() if count > 1):
            stored = await self.world.outbound(self.shop, message_id)
            assert stored["possible_duplicate"], f"{customer} got {message_id} {by_id[message_id]} times, unmarked"
        texts = [answer["text"] for answer in _first_of_each(answers)]
        wanted = [answer for _, answer in self.scripts[customer]]
        assert len(texts) == len(wanted), f"{customer}: expected {wanted}, got {texts}"
        for text, answer in zip(texts, wanted, strict=True):
            assert answer in text, f"{customer}: expected {wanted}, got {texts}"
        return len(answers) - len(texts)


def create_customers(world: World, shop: Shop, *, seed: int, customers: int = 16, each: int = 3) -> ConcurrentCustomers:
    """Return customers with their messages, not yet sent."""
    rng = random.Random(seed)
    scripts: dict[str, list[tuple[str, str]]] = {}
    for number in range(customers):
        questions = rng.sample(list(FAQS), each)
        remarks = [word() for _ in range(each)]
        scripts[phone()] = (
            [(question, FAQS[question]) for question in questions]
            if number % 2
            else [(f"remark {remark}", remark) for remark in remarks]
        )
    return ConcurrentCustomers(world, shop, scripts)


@asynccontextmanager
async def slow_simulators(world: World) -> AsyncIterator[None]:
    """Slow down models and providers until the end of the block, so that work is always in progress."""
    slow = {"anthropic": {"latency": 0.3, "jitter": 0.7}, "meta": {"latency": 0.1, "jitter": 0.1}}
    async with world.simulator_settings(**slow):
        yield


async def write_and_interrupt(
    crowd: ConcurrentCustomers, after: Callable[[], Awaitable[None]], interrupt: Callable[[], object]
) -> int:
    """Send all messages, interrupt when `after` says so, and check the answers; return the marked duplicates."""
    writing = asyncio.create_task(crowd.write())
    await after()
    await asyncio.to_thread(interrupt)
    await writing
    return await crowd.check()


async def replica_of_partition(world: World, service: str, workspace: str) -> int:
    """Return the index of the replica that has the workspace's partition."""
    topic = {"router": "inbound.messages", "ai": "ai.requests", "delivery": "outbound.messages"}[service]
    number = DefaultPartitioner()(workspace.encode(), list(range(12)), list(range(12)))

    async def look() -> int | None:
        for index in (0, 1):
            _, stats = await world.ops(service, "/stats", index)
            if f"{topic}/{number}" in str(stats):
                return index + 1
        return None

    return await until(look, f"a replica has {topic}/{number}") - 1


def _first_of_each(answers: list[Json]) -> list[Json]:
    seen: dict[str, Json] = {}
    for answer in answers:
        seen.setdefault(answer["opaque"], answer)
    return list(seen.values())
