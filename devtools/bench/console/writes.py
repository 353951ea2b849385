"""Measures the cost of readers to the router: its reads and writes of MongoDB at a steady rate, alone and beside
readers."""

import asyncio
import random
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context

import msgspec

from devtools.bench.console.page_readers import read_first_pages
from devtools.bench.console.seeding import NOW, WORKSPACE, SeedPlan, conversation_of, inbound_of
from devtools.bench.errors import BenchFailed
from shared.domain import ids
from shared.domain.conversation import RecordedDecision, RecordedOutput
from shared.errors import Conflict
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.storage.mongo import Mongo

RATE = 100  # messages per second
_BROWSERS, _BROWSER_PAUSE = 5, 10.0  # open inboxes, and seconds between two pages of one
_READERS, _READER_PAUSE = 20, 0.5


async def write_beside_readers(
    mongo: Mongo, uri: str, plan: SeedPlan, seconds: float
) -> Mapping[str, tuple[list[float], list[float]]]:
    """Return the latencies of a message's reads and writes, and of the pages meanwhile, in ms, by the readers."""
    found = {}
    with ProcessPoolExecutor(1, get_context("spawn")) as readers:
        for name, clients, pause in (
            ("nobody reads", 0, 1.0),
            (f"{_BROWSERS} open inboxes", _BROWSERS, _BROWSER_PAUSE),
            (f"{_READERS} readers who page", _READERS, _READER_PAUSE),
        ):
            reading = asyncio.get_running_loop().run_in_executor(
                readers, read_first_pages, uri, clients, seconds, pause
            )
            found[name] = await asyncio.gather(_write_for(mongo, plan, seconds, f"{name}:{time.time_ns()}"), reading)
    return {name: (writes, reads) for name, (writes, reads) in found.items()}


async def _write_for(mongo: Mongo, plan: SeedPlan, seconds: float, run: str) -> list[float]:
    rng, tasks = random.Random(run), list[asyncio.Task[float]]()
    start = time.perf_counter()
    for number in range(int(seconds * RATE)):
        await asyncio.sleep(max(0.0, start + number / RATE - time.perf_counter()))
        who = rng.randrange(plan.conversations)
        tasks.append(asyncio.create_task(_one_message(mongo, who, f"{run}:{number}")))
    return await asyncio.gather(*tasks)


async def _one_message(mongo: Mongo, who: int, cause: str) -> float:
    """Read and write what the router does for a message that the FAQ answers; return the milliseconds."""
    start = time.perf_counter()
    at = NOW + timedelta(milliseconds=time.time_ns() // 1_000_000 % 10**9)
    turn = await _decide(mongo, who, cause, at)
    message = msgspec.structs.replace(inbound_of(who, turn, at, "Where is it?"), id=f"{WORKSPACE}:{cause}")
    customer_id = ids.customer_id(WORKSPACE, message.sender.identity)
    await asyncio.gather(
        InboundMessages(mongo, WORKSPACE).add(message, turn=turn, decision="faq", routed_at=at),
        Customers(mongo, WORKSPACE).update_contact(customer_id, message, at),
    )
    return (time.perf_counter() - start) * 1000


async def _decide(mongo: Mongo, who: int, cause: str, at: datetime) -> int:
    """Store a conversation's next turn with a decision, as often as another one comes first; return the turn."""
    conversations = Conversations(mongo, WORKSPACE)
    output = RecordedOutput("outbound.messages", WORKSPACE.encode(), b"x" * 600)
    while True:
        stored = await conversations.load_state(conversation_of(who))
        if stored is None:
            raise BenchFailed(f"the conversation {conversation_of(who)} is not stored")
        before = stored.conversation
        after = msgspec.structs.replace(before, version=before.version + 1, turn=before.turn + 1, last_inbound_at=at)
        decision = RecordedDecision(cause=cause, turn=after.turn, decision="faq", outputs=(output,), at=at)
        try:
            await conversations.save(after, before.version, decision)
        except Conflict:  # of this one, or of another one in the same batch
            if (await conversations.load(conversation_of(who), cause))[1] is None:
                continue
        return after.turn
