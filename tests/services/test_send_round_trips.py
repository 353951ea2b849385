"""The round trips of a reply that is accepted at the first attempt, as they are listed."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec.structs import replace

from services.delivery.sending.attempts import FIRST_OF_CONVERSATION, ROUND_TRIPS
from services.delivery.sending.order import OutboundJob
from shared.clock import SystemClock
from shared.messages.outbound import OutboundMessage
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Collection, Mongo
from shared.storage.redis import Redis
from tests.repositories.builders import outbound
from tests.services.send_parts import CHANNEL, Calls, Producer, Sender, message_attempts

_OF_COLLECTION = (
    "find_one",
    "find",
    "insert",
    "look_up",
    "write",
    "write_if",
    "update",
    "update_many",
    "find_and_update",
)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Counts all calls of MongoDB and Redis."""
    calls = Calls()
    for name in _OF_COLLECTION:
        method = getattr(Collection, name)
        monkeypatch.setattr(Collection, name, _counting(calls, "mongodb", method))
    for name in ("get", "put", "claim", "pause", "run_script"):
        monkeypatch.setattr(Redis, name, _counting(calls, "redis", getattr(Redis, name)))
    return calls


def _counting(calls: Calls, store: str, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def counting(self: Any, *arguments: Any, **named: Any) -> Any:
        calls.stores.append(store)
        return await method(self, *arguments, **named)

    return counting


def reply(turn: int = 1, index: int = 0) -> OutboundMessage:
    return replace(outbound(turn, index=index), received_at=SystemClock().now())


async def test_reply_makes_the_listed_round_trips(mongo: Mongo, redis: Redis, calls: Calls) -> None:
    repository = OutboundMessages(mongo, "acme")
    attempts, sender = message_attempts(mongo, redis, Producer(calls)), Sender(calls)
    await redis.run_script("return {}", (), ())
    for message, expected in [
        (reply(1), FIRST_OF_CONVERSATION + ROUND_TRIPS),
        (reply(1, 1), ROUND_TRIPS),
        (reply(2), ROUND_TRIPS),
    ]:
        calls.stores.clear()
        await attempts.deliver(OutboundJob(message, CHANNEL, repository), sender, retried=False)
        assert calls.stores == [store for store, _ in expected]
        stored = await repository.get(message.id)
        assert stored is not None
        assert (stored.state, stored.provider_message_id) == (OutboundState.SENT, f"wamid.{len(sender.sent)}")


async def test_redelivered_reply_is_not_sent_again(mongo: Mongo, redis: Redis, calls: Calls) -> None:
    job = OutboundJob(reply(), CHANNEL, OutboundMessages(mongo, "acme"))
    attempts, sender = message_attempts(mongo, redis, Producer(calls)), Sender(calls)
    for _ in range(2):
        await attempts.deliver(job, sender, retried=False)
    assert calls.stores.count("provider") == 1
    assert calls.stores[-1] == "kafka", "message.sent may not have been written the first time"
