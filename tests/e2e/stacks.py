"""Start stacks for tests, and open clients to them."""

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
    """Run a stack with the tests' timings and `env` until the end of the block, then check its logs.

    The console runs only if `replicas` names it. private: data that the logs must not contain; None: do not check the
    logs.
    """
    replicas = {"console": 0, **settings.pop("replicas", {})}
    with Stack(dir=place, fresh=True, env={**TIMINGS, **env}, replicas=replicas, **settings) as stack:
        logs = Path(stack.info["logs"])
        yield stack
    if private is not None:
        log_checks.check_all(log_checks.read_logs(logs), private)


class CurrentStack:
    """Runs one stack at a time: an idle one takes a tenth of a processor."""

    def __init__(self, folders: pytest.TempPathFactory, private: PrivateData) -> None:
        self._folders = folders
        self._private = private
        self._running = ExitStack()
        self._name = ""
        self._stack: Stack | None = None

    def get(self, name: str, env: Mapping[str, str], **settings: Any) -> Stack:
        """Return the stack of this name; stop another running one and start it if necessary. Raises StackError."""
        if self._stack is None or name != self._name:
            self.close()
            context = started(self._folders.mktemp(name), self._private, env, **settings)
            self._name, self._stack = name, self._running.enter_context(context)
        return self._stack

    def close(self) -> None:
        """Stop the running stack. Raises AssertionError if its logs fail the checks."""
        self._stack = None
        self._running.close()


@asynccontextmanager
async def world_of(stack: Stack, private: PrivateData) -> AsyncIterator[World]:
    """Open clients to a stack until the end of the block."""
    mongo = Mongo(stack.info["mongodb"], stack.info["mongodb_database"])
    redis = Redis(stack.info["redis"])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        try:
            yield World(stack, http, mongo, redis, private)
        finally:
            await redis.close()
            await mongo.close()
