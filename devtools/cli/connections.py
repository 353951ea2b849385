"""Connects a command to MongoDB, Redis and Kafka, as the settings say, while it runs."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.crypto import Secrets, SecretUnreadable
from shared.errors import AccessRefused, DependencyAway
from shared.kafka.brokers import brokers_of
from shared.kafka.producer import KafkaProducer
from shared.kafka.topic_reader import TopicMissing
from shared.maintenance.operator import Operator
from shared.repositories.directory import Directory
from shared.settings import SecretsKeyMissing, Settings, SettingsError, load
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis

T = TypeVar("T")
MONGODB_DRIVER = "pymongo"
"""Independent of the services' driver: motor has threads, for which a process waits half a second at its end."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end. Raises StackError for errors that a person can correct."""
    _quiet()
    try:
        return asyncio.run(work)
    except AccessRefused as error:
        raise StackError(f"{error}; docs/deploy.md lists the rights that Parley needs") from None
    except DependencyAway as error:
        raise StackError(f"{error}; is the stack running? (`parley status`, `parley up`)") from None
    except SecretsKeyMissing:  # a running stack would have one
        raise StackError(
            "no local stack is running here, and SECRETS_KEY is not set: start a stack with `parley run`, or set the "
            "settings of the services that you mean (.env.example lists them)"
        ) from None
    except (SettingsError, SecretUnreadable, TopicMissing) as error:
        raise StackError(str(error)) from None


def _quiet() -> None:
    """Log errors only, on the standard error."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # of the moment: a test replaces it
    )
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Connections:
    """Open connections."""

    settings: Settings
    mongo: Mongo
    redis: Redis
    directory: Directory
    operator: Operator


@asynccontextmanager
async def connections() -> AsyncIterator[Connections]:
    """Connect to MongoDB and Redis. Raises SettingsError."""
    settings = load()
    mongo = Mongo(settings.mongodb_uri.get_secret_value(), settings.mongodb_database, MONGODB_DRIVER)
    redis = Redis(settings.redis_url.get_secret_value())
    try:
        directory = Directory(mongo, redis, Secrets(settings.secret_keys), SystemClock())
        yield Connections(settings, mongo, redis, directory, Operator(mongo))
    finally:
        await redis.close()
        await mongo.close()


@asynccontextmanager
async def connected_mongo() -> AsyncIterator[Mongo]:
    """Connect to MongoDB alone, for commands that need neither Redis nor SECRETS_KEY. Raises SettingsError."""
    settings = load(secrets_key=False)
    mongo = Mongo(settings.mongodb_uri.get_secret_value(), settings.mongodb_database, MONGODB_DRIVER)
    try:
        yield mongo
    finally:
        await mongo.close()


@asynccontextmanager
async def connected_redis() -> AsyncIterator[Redis]:
    """Connect to Redis alone, for commands that need neither MongoDB nor SECRETS_KEY. Raises SettingsError."""
    redis = Redis(load(secrets_key=False).redis_url.get_secret_value())
    try:
        yield redis
    finally:
        await redis.close()


@asynccontextmanager
async def producing(settings: Settings) -> AsyncIterator[KafkaProducer]:
    """Connect a producer. Raises DependencyAway."""
    producer = KafkaProducer(brokers_of(settings), "parley-cli")
    await producer.start(timeout=10.0)
    try:
        yield producer
    finally:
        await producer.stop()
