"""Starting stacks for tests, and a test's view of one."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from devtools.stack.supervisor import Stack
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.e2e import log_checks
from tests.e2e.shop import TIMINGS, PrivateData
from tests.e2e.world import World


@contextmanager
def started(place: Path, private: PrivateData | None, env: Mapping[str, str], **settings: Any) -> Iterator[Stack]:
    """Start a stack with the tests' timings and `env`. private: fail if its logs, when it has ended, hold any of it,
    or are not as logs are to be.
    """
    with Stack(dir=place, fresh=True, env={**TIMINGS, **env}, **settings) as stack:
        logs = Path(stack.info["logs"])
        yield stack
    if private is not None:
        log_checks.check_all(log_checks.read_logs(logs), private)


class CurrentStack:
    """Keeps one stack running at a time: an idle one takes a tenth of a processor."""

    def __init__(self, folders: pytest.TempPathFactory, private: PrivateData) -> None:
        self._folders = folders
        self._private = private
        self._running = ExitStack()
        self._name = ""
        self._stack: Stack | None = None

    def get(self, name: str, env: Mapping[str, str], **settings: Any) -> Stack:
        """Return the stack of this name; if another one runs, end that and start this. Raises StackError."""
        if self._stack is None or name != self._name:
            self.close()
            context = started(self._folders.mktemp(name), self._private, env, **settings)
            self._name, self._stack = name, self._running.enter_context(context)
        return self._stack

    def close(self) -> None:
        """End the running stack. Raises AssertionError if its logs are not as they should be."""
        self._stack = None
        self._running.close()


@asynccontextmanager
async def world_of(stack: Stack, private: PrivateData) -> AsyncIterator[World]:
    """A test's view of a stack."""
    mongo = Mongo(stack.info["mongodb"], stack.info["mongodb_database"])
    redis = Redis(stack.info["redis"])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        try:
            yield World(stack, http, mongo, redis, private)
        finally:
            await redis.close()
            await mongo.close()
