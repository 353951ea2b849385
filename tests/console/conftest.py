"""The console on real MongoDB, Redis and Kafka; accounts are the test's own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr

from services.console.auth.accounts import make_accounts
from services.console.auth.passwords import HashCost
from services.console.auth.signing_keys import SigningKeys
from services.console.pages import Cursors
from services.console.parts import Parts
from services.console.token_buckets import TokenBuckets
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.repositories.workspaces import Workspaces
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.console.accounts import Accounts
from tests.console.console import Console, make_console
from tests.console.people import People, make_people

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
