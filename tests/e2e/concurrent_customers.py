"""Customers who write at the same time, and checks of the answers that they get."""

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
    """Conversations in flight. Half of them ask the FAQ, the others the model; each says several things in a row.

    accepted: webhooks that were answered with 200 so far.
    """

    world: World
    shop: Shop
    scripts: dict[str, list[tuple[str, str]]]  # by customer: what is said, and what stands in its answer
    accepted: int = 0
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def size(self) -> int:
        """All messages of all customers."""
        return sum(map(len, self.scripts.values()))

    async def write(self) -> None:
        """Everybody writes; a customer's next message goes out when ingress has the one before."""
        await asyncio.gather(*map(self._write, self.scripts))

    async def _write(self, customer: str) -> None:
        for text, _ in self.scripts[customer]:
            await self.world.write(self.shop, customer, text, retry=True)
            self.accepted += 1
            self.progress.set()

    async def wait_accepted(self, count: int) -> None:
        """Wait until so many webhooks were answered with 200."""
        while self.accepted < count:
            self.progress.clear()
            await self.progress.wait()

    async def check(self) -> int:
        """Everybody was answered: each message once, in order. How many were sent twice and marked as possible
        duplicates; one that is not marked is a failure.
        """
        await asyncio.gather(*(self.world.answers(customer, len(told)) for customer, told in self.scripts.items()))
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
        assert len(texts) == len(wanted), f"{customer} asked {wanted} and was told {texts}"
        for told, answer in zip(texts, wanted, strict=True):
            assert answer in told, f"{customer} asked {wanted} and was told {texts}"
        return len(answers) - len(texts)


def create_customers(world: World, shop: Shop, *, seed: int, customers: int = 16, each: int = 3) -> ConcurrentCustomers:
    """Customers who are ready to write."""
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
    """The model and the provider take their time, so that work is in progress at any moment."""
    slow = {"anthropic": {"latency": 0.3, "jitter": 0.7}, "meta": {"latency": 0.1, "jitter": 0.1}}
    async with world.simulator_settings(**slow):
        yield


async def write_and_interrupt(
    crowd: ConcurrentCustomers, after: Callable[[], Awaitable[None]], interrupt: Callable[[], object]
) -> int:
    """Have everybody write and, when `after` says so, interrupt; the number of marked duplicates in the end."""
    writing = asyncio.create_task(crowd.write())
    await after()
    await asyncio.to_thread(interrupt)
    await writing
    return await crowd.check()


async def replica_of_partition(world: World, service: str, workspace: str) -> int:
    """Which of the two has the workspace's partition: the one that is worth killing."""
    topic = {"router": "inbound.messages", "ai": "ai.requests", "delivery": "outbound.messages"}[service]
    number = DefaultPartitioner()(workspace.encode(), list(range(12)), list(range(12)))

    async def look() -> int | None:
        for index in (0, 1):
            _, stats = await world.ops(service, "/stats", index)
            if f"{topic}/{number}" in str(stats):
                return index + 1
        return None

    return await until(look, f"somebody reads {topic}/{number}") - 1


def _first_of_each(answers: list[Json]) -> list[Json]:
    seen: dict[str, Json] = {}
    for answer in answers:
        seen.setdefault(answer["opaque"], answer)
    return list(seen.values())
