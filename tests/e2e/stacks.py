"""Starting stacks for tests, and a test's view of one."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from devtools.stack.supervisor import Stack
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.e2e.shop import TIMINGS, Said
from tests.e2e.world import World


@contextmanager
def started(place: Path, said: Said | None, env: Mapping[str, str], **settings: Any) -> Iterator[Stack]:
    """A new stack with the tests' timings and `env`. `said`: looked for in its logs when all tests are over."""
    with Stack(dir=place, fresh=True, env={**TIMINGS, **env}, **settings) as stack:
        if said is not None:
            said.logs.append(Path(stack.info["logs"]))
        yield stack


@asynccontextmanager
async def world_of(stack: Stack, said: Said) -> AsyncIterator[World]:
    """A test's view of a stack."""
    mongo = Mongo(stack.info["mongodb"], stack.info["mongodb_database"])
    redis = Redis(stack.info["redis"])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        try:
            yield World(stack, http, mongo, redis, said)
        finally:
            await redis.close()
            await mongo.close()
