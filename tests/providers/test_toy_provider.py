"""A provider is one folder and one entry of the registry: the toy provider, added this way, works in every part.

Its sender and webhook pass the contract suites (`test_sender_contract.py`, `test_webhook_contract.py`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, cast

import msgspec
import pytest
from pydantic import Field, TypeAdapter, ValidationError

from services.ingress.accept import Acceptor
from services.ingress.dead_letters import reread
from services.ingress.rate_limit import WindowLimiter
from services.ingress.routes import WebhookRoutes
from services.ingress.webhooks import RequestLimits, Webhooks
from shared.clock import FixedClock
from shared.kafka.codec import decode
from shared.kafka.records import NewRecord, Record
from shared.messages.dead_letters import DeadLetter
from shared.messages.inbound import Provider
from shared.messages.outbound import TemplateBody
from shared.providers.account_events import EventAction
from shared.providers.port import Channel, MalformedItem
from shared.providers.registry import PROVIDERS, limits_of, pace_of
from shared.providers.webhooks import WebhookRoute
from shared.repositories.directory import Directory
from shared.repositories.identity_cache import IdentityCache
from shared.storage.redis import Redis
from shared.topics import DEAD_LETTERS, INBOUND_MESSAGES
from tests.providers import toy
from tests.providers.test_webhook_contract import CASES, NOW, OneChannel
from tests.providers.toy.adapter import NAME as TOY
from tests.providers.toy.adapter import TOY as ADAPTER
from tests.providers.toy.adapter import ToySettings

CASE = CASES[TOY]


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    with toy.registered():
        yield


class StoreOfOneChannel(OneChannel):
    """Implements the directory and the identity cache with one channel."""

    async def by_recipients(self, keys: Iterable[str]) -> dict[str, Channel | None]:
        return {key: await self.by_recipient(key) for key in keys}

    def cached(self, customer: Any) -> None:
        return None

    async def look_up(self, people: Iterable[Any]) -> dict[Any, Any]:
        return {}


class Producer:
    """A producer that stores its records."""

    def __init__(self) -> None:
        self.records: list[NewRecord] = []

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        self.records.extend(records)


async def post(path: str, body: bytes, headers: dict[str, str]) -> tuple[int, list[NewRecord]]:
    """Post to an ingress with the providers of the registry; return the HTTP status and the published records."""
    clock, producer, store = FixedClock(NOW), Producer(), StoreOfOneChannel(CASE.channel)
    routes = WebhookRoutes(PROVIDERS.values())
    directory = cast(Directory, store)
    acceptor = Acceptor(directory, cast(IdentityCache, store), producer, clock, routes=routes)
    limits = RequestLimits(max_body=1 << 20, max_buffered=1 << 20, body_timeout=10.0, accept_timeout=10.0)
    no_limit = WindowLimiter("refused", 0, cast(Redis, None), clock)
    app = Webhooks(directory, acceptor, no_limit, ToySettings(), limits, clock, routes)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "client": ("192.0.2.1", 4711),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await app(scope, receive, send)
    return sent[0]["status"], producer.records


async def test_webhook_becomes_a_record_of_its_workspace() -> None:
    status, (record,) = await post(CASE.path, CASE.message, {"x-toy-key": "key"})
    assert (status, record.topic, record.key) == (200, INBOUND_MESSAGES.name, b"acme")
    message = msgspec.json.decode(record.value)
    assert (message["provider"], message["channel"], message["content"]["body"]) == ("toy", "main", "Hello")


async def test_forged_webhook_is_refused() -> None:
    assert await post(CASE.path, CASE.message, {"x-toy-key": "another"}) == (403, [])


async def test_broken_item_becomes_a_dead_letter_that_can_be_reread(monkeypatch: pytest.MonkeyPatch) -> None:
    status, (record,) = await post(CASE.path, CASE.broken, {"x-toy-key": "key"})
    assert (status, record.topic) == (200, DEAD_LETTERS.name)
    letter = decode(Record(record.topic, 0, 0, record.key, record.value))
    assert isinstance(letter, DeadLetter)
    monkeypatch.setattr("services.ingress.dead_letters.Provider", str)  # `Provider` has no member for the toy
    provider, (item,) = reread(letter, NOW)
    assert provider == TOY
    assert isinstance(item, MalformedItem)


def test_workspace_file_has_its_channels() -> None:
    models = tuple(adapter.channel_model for adapter in PROVIDERS.values())
    union: Any = models[0]
    for model in models[1:]:
        union |= model
    channels: TypeAdapter[Any] = TypeAdapter(Annotated[union, Field(discriminator="provider")])
    given = {"provider": "toy", "id": "t", "address": "+49 151 12345678", "sender_id": "s1", "api_key": "key"}
    channel = channels.validate_python(given)
    assert (channel.recipient, channel.settings) == ("+4915112345678", {"sender_id": "s1"})
    assert channel.secrets == {"api_key": "key"}
    assert "key'" not in repr(channel)
    with pytest.raises(ValidationError):
        channels.validate_python({**given, "auth_token": "of another provider"})


def test_delivery_has_its_limits_pace_errors_and_templates() -> None:
    assert limits_of(TOY).text == 1600
    assert pace_of(CASE.channel) == ADAPTER.pace
    assert pace_of(replace(CASE.channel, messages_per_second=1.0)).number.every > ADAPTER.pace.number.every
    assert PROVIDERS[TOY].status_error("3").title == "The customer cannot be reached."
    assert PROVIDERS[TOY].account_change("anything", b"{}").action is EventAction.UNKNOWN
    template = TemplateBody(name="welcome", language="en")
    assert PROVIDERS[TOY].resolve_template(template, None) == template


def test_routes_must_be_below_the_providers_name_and_distinct() -> None:
    handler = ADAPTER.routes[0].handler
    for paths in (["/webhooks/meta"], ["/webhooks/toys"], ["/webhooks/toy/{a}", "/webhooks/toy/{b}"]):
        routes = tuple(WebhookRoute(path=path, handler=handler) for path in paths)
        with pytest.raises(ValueError, match="/webhooks/"):
            WebhookRoutes([replace(ADAPTER, routes=routes)])


def test_every_name_on_the_wire_has_an_adapter() -> None:
    assert set(PROVIDERS) - {TOY} == set(Provider)
