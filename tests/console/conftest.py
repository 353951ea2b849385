"""The console on real MongoDB, Redis and Kafka; accounts are the test's own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr

from services.ai.answerer import AnswerOptions
from services.ai.replays.job import ReplayRunner
from services.console.auth.accounts import make_accounts
from services.console.auth.passwords import HashCost
from services.console.auth.signing_keys import SigningKeys
from services.console.pages import Cursors
from services.console.parts import Parts
from services.console.token_buckets import TokenBuckets
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.domain.jobs import JobLane
from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.operations.jobs.worker import JobWorker
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.console.accounts import Accounts
from tests.console.ai_jobs import PRICES, job_models
from tests.console.console import Client, Console, make_console
from tests.console.edited_workspace import edited_workspace
from tests.console.people import People, make_people
from tests.console.recorded_shop import Shop, open_shop
from tests.console.replay_requests import Vendor
from tests.console.stored_conversations import store_conversations

KEY = b"1" * 32
FAST = HashCost(time=1, memory=8, parallelism=1)


@pytest.fixture
def accounts(clock: FixedClock) -> Accounts:
    """People who gave their password a moment ago."""
    return Accounts(proved_at=clock.now())


@pytest.fixture
async def producer(bootstrap: str) -> AsyncIterator[KafkaProducer]:
    """A connected producer."""
    producer = KafkaProducer(Brokers(bootstrap), "console-test")
    await producer.start()
    yield producer
    await producer.stop()


@pytest.fixture
def parts(mongo: Mongo, redis: Redis, producer: KafkaProducer, clock: FixedClock, accounts: Accounts) -> Parts:
    """The parts of a console process; `dataclasses.replace` changes one."""
    settings = Settings(secrets_key=SecretStr("-"))
    return Parts(
        settings=settings,
        clock=clock,
        mongo=mongo,
        redis=redis,
        producer=producer,
        secrets=Secrets({"k1": KEY}),
        authenticator=accounts,
        accounts=make_accounts(
            settings, clock, mongo, redis, Secrets({"k1": KEY}), keys=SigningKeys({"k1": KEY}), cost=FAST
        ),
        workspaces=Workspaces(mongo, clock),
        cursors=Cursors([KEY]),
        buckets=TokenBuckets(redis, clock),
    )


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    """A stack of things to close at the test's end."""
    async with AsyncExitStack() as closing:
        yield closing


@pytest.fixture
async def console(parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack) -> Console:
    """The console with all its routes."""
    return make_console(parts, accounts, clock, closing)


@pytest.fixture
async def people(parts: Parts, clock: FixedClock, closing: AsyncExitStack) -> People:
    """The console with stored accounts instead of the test's own."""
    return make_people(parts, clock, closing)


@pytest.fixture
async def three_conversations(mongo: Mongo) -> None:
    """Store the conversations of `stored_conversations`."""
    await store_conversations(mongo)


@pytest.fixture
def agent(console: Console) -> Client:
    return console.client("agent")


@pytest.fixture
async def editor(parts: Parts) -> WorkspaceEditor:
    """Store the workspace acme with a webhook and an FAQ, and return its editor."""
    return await edited_workspace(parts)


@pytest.fixture
def owner(console: Console, editor: WorkspaceEditor) -> Client:
    """An owner of the stored workspace."""
    return console.client("owner")


@pytest.fixture
def admin(console: Console, editor: WorkspaceEditor) -> Client:
    """An admin of the stored workspace."""
    return console.client("admin")


@pytest.fixture
async def shop(mongo: Mongo, clock: FixedClock) -> Shop:
    """A workspace with an FAQ and recorded conversations."""
    return await open_shop(mongo, clock)


@pytest.fixture
def vendor() -> Vendor:
    """The vendor of the models that replays ask."""
    return Vendor()


@pytest.fixture
def replay_worker(parts: Parts, redis: Redis, clock: FixedClock, vendor: Vendor) -> JobWorker:
    """The worker of an AI process that runs replays."""
    models = job_models(parts, redis, clock, vendor)
    options = AnswerOptions(deadline=10, max_tokens=700, prices=PRICES)
    replays = ReplayRunner(models=models, options=options, erasures=ErasureGuard(parts.mongo, clock))
    return JobWorker(parts.mongo, Workspaces(parts.mongo, clock), clock, JobLane.REPLAYS, replays.run)
