"""The workspace acme with a customer, whose commands are kept in a list instead of Kafka and routed on request."""

import pytest

from services.router.worker import Router
from shared.storage.mongo import Mongo
from tests.console.console import Client, Console
from tests.console.routed import WORKSPACE, KafkaList, RoutedConsole


@pytest.fixture
def kafka() -> KafkaList:
    return KafkaList()


@pytest.fixture
def producer(kafka: KafkaList) -> KafkaList:
    """Instead of Kafka."""
    return kafka


@pytest.fixture
async def acme(console: Console, kafka: KafkaList, mongo: Mongo) -> RoutedConsole:
    await mongo.collection("workspaces").insert(dict(WORKSPACE))
    routed = RoutedConsole(console, Router(mongo, console.parts.workspaces, kafka, console.clock), kafka)
    await routed.customer_writes()
    return routed


@pytest.fixture
def admin(acme: RoutedConsole) -> Client:
    return acme.console.client("admin")
