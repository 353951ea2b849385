"""The parts of a console process that routes use. `main.py` makes them once; tests make their own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from starlette.requests import HTTPConnection

from services.console.auth.accounts import Accounts
from services.console.authenticator import Authenticator
from services.console.live.hub import LiveHub
from services.console.pages import Cursors
from services.console.side_work import SideWork
from services.console.token_buckets import TokenBuckets
from services.console.turns import Turns
from shared.clock import Clock
from shared.crypto import Secrets
from shared.kafka.lag.on_request import LagOnRequest
from shared.kafka.ports import Producer
from shared.operations.broadcasts.counts import SharedCounts
from shared.operations.broadcasts.progress import SharedProgress
from shared.operations.faqs import FaqForecasts, FaqRemarksCache, FaqTrials
from shared.operations.inbox.folder_counts import FolderCounter
from shared.repositories.workspaces import Workspaces
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis

_LETTER_FETCHES = 2  # at the same time; each has up to 24 MiB in memory

Readiness = Callable[[], Awaitable[tuple[Mapping[str, Any], bool]]]


async def always_ready() -> tuple[Mapping[str, Any], bool]:
    """Return that the process is ready; for tests."""
    return {"status": "ready", "dependencies": {}}, True


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of a console process that routes use. authenticator: finds the caller of a request. accounts: sign-in,
    sessions, people. workspaces: their configuration, cached for seconds. buckets: the rate limits. readiness:
    the state of the process and its dependencies, as on the operations port. live: live events; None: not served.
    side_work: runs CPU work. estimates: turns of workspaces for estimates of broadcasts. lag: of the consumer
    groups; None: not measured. letter_fetches: bounds the memory of replays of dead letters.

    Repositories of one workspace cost nothing to make: `Orders(parts.mongo, caller.workspace)`.
    """

    settings: Settings
    clock: Clock
    mongo: Mongo
    redis: Redis
    producer: Producer
    secrets: Secrets
    authenticator: Authenticator
    accounts: Accounts
    workspaces: Workspaces
    cursors: Cursors
    buckets: TokenBuckets
    readiness: Readiness = field(default=always_ready)
    live: LiveHub | None = None
    side_work: SideWork = field(default_factory=SideWork)
    estimates: Turns = field(default_factory=Turns)
    lag: LagOnRequest | None = None
    letter_fetches: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_LETTER_FETCHES))

    @cached_property
    def folder_counter(self) -> FolderCounter:
        """Counts the conversations of folders, for callers with the same rights and filters together."""
        return FolderCounter(self.mongo, self.clock)

    @cached_property
    def broadcast_counts(self) -> SharedCounts:
        """Counts of broadcasts, read once for all who look at lists of them."""
        return SharedCounts(self.mongo, self.clock)

    @cached_property
    def broadcast_progress(self) -> SharedProgress:
        """Progress of broadcasts, shared by those who look at the same one."""
        return SharedProgress(self.mongo, self.clock)

    @cached_property
    def faq_trials(self) -> FaqTrials:
        """Tries questions against the FAQ of a workspace, with the last indexes in memory."""
        return FaqTrials(self.mongo)

    @cached_property
    def faq_remarks(self) -> FaqRemarksCache:
        """Remarks about FAQs, of the last workspaces that asked for them."""
        return FaqRemarksCache()

    @cached_property
    def faq_forecasts(self) -> FaqForecasts:
        """Forecasts of FAQs, of the last workspaces that asked for them."""
        return FaqForecasts()


def parts_of(connection: HTTPConnection) -> Parts:
    """Return the parts of this process; as a dependency: `PartsOf` (`parameters.py`)."""
    parts: Parts = connection.app.state.parts
    return parts
