"""Order within a conversation, although a replica remembers the message that it finished last: the memory is outdated
where another replica, a status or an operator changed the conversation meanwhile.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from services.delivery.sending.attempts import MessageAttempts
from services.delivery.sending.order import ConversationOrder, OutboundJob
from shared.clock import SystemClock
from shared.errors import RetryLater
from shared.messages.inbound import ProviderError, Status
from shared.messages.outbound import Author, OutboundMessage
from shared.providers.errors import ErrorKind, SendError
from shared.providers.port import OutgoingMessage
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_order import PlaceTaken
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.repositories.builders import outbound, status
from tests.services.send_parts import CHANNEL, Calls, Producer, Sender, message_attempts

ERROR = ProviderError(code="131026", title="Not delivered")
NOW = SystemClock().now()


class Replica(NamedTuple):
    attempts: MessageAttempts
    order: ConversationOrder
    sender: Sender
    repository: OutboundMessages

    async def deliver(self, message: OutboundMessage, times: int = 2) -> bool:
        """Deliver a message; return whether it went out. Like its lane, try again after RetryLater."""
        for _ in range(times):
            try:
                await self.attempts.deliver(OutboundJob(message, CHANNEL, self.repository), self.sender, retried=False)
                break
            except RetryLater:
                continue
        return message.id in self.sender.sent

    def remembers(self, message: OutboundMessage) -> bool:
        finished = self.order._finished.get(message.conversation_id)
        return finished is not None and finished.id == message.id


def reply(turn: int, index: int = 0) -> OutboundMessage:
    return replace(outbound(turn, index=index), received_at=NOW, created_at=NOW)


@pytest.fixture
def replicas(mongo: Mongo, redis: Redis) -> tuple[Replica, Replica]:
    def replica(name: str) -> Replica:
        calls, order = Calls(), ConversationOrder()
        attempts = message_attempts(mongo, redis, Producer(calls), order, instance=name)
        return Replica(attempts, order, Sender(calls), OutboundMessages(mongo, "acme"))

    return replica("a"), replica("b")


def _later() -> datetime:
    """Return when a message is due that waits; from now on, as the module may be loaded long before its tests run."""
    return SystemClock().now() + timedelta(seconds=30)


async def _claim(at: Replica, message: OutboundMessage, state: OutboundState) -> None:
    """Store a message as another process does that reads the conversation first."""
    last = await at.repository.order.last(message.conversation_id)
    due = _later() if state is OutboundState.WAITING else None
    assert last is not None
    await at.repository.claim(message, "c:1:1", SystemClock().now(), state=state, not_before=due, follows=last.id)


@pytest.mark.parametrize("state", [OutboundState.SENDING, OutboundState.WAITING, OutboundState.HELD])
async def test_message_of_another_replica_in_between_is_waited_for(
    replicas: tuple[Replica, Replica], state: OutboundState
) -> None:
    """In doubt, waiting for its retry, or held: the replica that remembers an older message does not overtake it."""
    one, _ = replicas
    assert await one.deliver(reply(1))
    assert one.remembers(reply(1))
    await _claim(one, reply(1, 1), state)
    assert not await one.deliver(reply(2))
    stored = await one.repository.get(reply(2).id)
    expected = {OutboundState.WAITING: OutboundState.WAITING, OutboundState.HELD: OutboundState.HELD}
    assert (stored.state if stored else None) is expected.get(state)


async def test_finished_message_of_another_replica_in_between_is_followed(replicas: tuple[Replica, Replica]) -> None:
    one, two = replicas
    assert await one.deliver(reply(1))
    assert await two.deliver(reply(1, 1))
    assert await one.deliver(reply(2)), "after one more look"
    assert await two.deliver(reply(2, 1)), "after one more look"
    assert [one.sender.sent, two.sender.sent] == [[reply(1).id, reply(2).id], [reply(1, 1).id, reply(2, 1).id]]


async def test_message_whose_attempt_failed_is_waited_for_by_both_replicas(replicas: tuple[Replica, Replica]) -> None:
    one, two = replicas
    assert await one.deliver(reply(1))

    async def fail(outgoing: OutgoingMessage) -> None:
        raise SendError(ErrorKind.TRANSIENT, code="131000", title="Something went wrong", retry_after=60.0)

    one.sender.answer = fail
    assert not await one.deliver(reply(1, 1))
    assert not one.remembers(reply(1))
    assert not await one.deliver(reply(2))
    assert not await two.deliver(reply(2, 1))
    stored = [await one.repository.get(message.id) for message in (reply(1, 1), reply(2), reply(2, 1))]
    assert [item.state if item else None for item in stored] == 3 * [OutboundState.WAITING]


async def test_message_that_was_given_up_is_followed(replicas: tuple[Replica, Replica]) -> None:
    one, _ = replicas

    async def refuse(outgoing: OutgoingMessage) -> None:
        if outgoing.id == reply(1).id:
            raise SendError(ErrorKind.PERMANENT, code="131026", title="Undeliverable")

    one.sender.answer = refuse
    assert not await one.deliver(reply(1))
    assert one.remembers(reply(1))
    assert await one.deliver(reply(1, 1))


async def _failed_status(one: Replica, message: OutboundMessage) -> None:
    stored = await one.repository.get(message.id)
    assert stored is not None and stored.provider_message_id is not None
    provider_id = stored.provider_message_id
    await one.repository.status(status(Status.FAILED, message, provider_id=provider_id))
    assert await one.repository.retry_failed(
        message.id, provider_id, ERROR, _later(), NOW, charged=True, possible_duplicate=False
    )


async def _replayed(one: Replica, message: OutboundMessage) -> None:
    await _failed(one, message)
    assert await one.repository.reopen(message.id)


async def _failed(one: Replica, message: OutboundMessage) -> None:
    """Turn the sent message into one that was given up, as its status says."""
    stored = await one.repository.get(message.id)
    assert stored is not None and stored.provider_message_id is not None
    await one.repository.status(status(Status.FAILED, message, provider_id=stored.provider_message_id))


@pytest.mark.parametrize("reopen", [_failed_status, _replayed], ids=["a failed status", "an operator"])
async def test_sent_message_that_waits_again_is_waited_for(
    replicas: tuple[Replica, Replica], reopen: Callable[[Replica, OutboundMessage], Awaitable[None]]
) -> None:
    one, _ = replicas
    assert await one.deliver(reply(1))
    await reopen(one, reply(1))
    assert one.remembers(reply(1))
    assert not await one.deliver(reply(2))


@pytest.mark.parametrize("reopen", [_failed_status, _replayed], ids=["a failed status", "an operator"])
async def test_message_can_wait_again_although_the_next_one_is_sent(
    replicas: tuple[Replica, Replica], reopen: Callable[[Replica, OutboundMessage], Awaitable[None]]
) -> None:
    one, _ = replicas
    assert await one.deliver(reply(1))
    assert await one.deliver(reply(2))
    await reopen(one, reply(1))
    stored = await one.repository.get(reply(1).id)
    assert stored is not None
    assert stored.state is OutboundState.WAITING
    assert await one.deliver(reply(3))


async def test_conversation_goes_on_after_a_repeated_message(replicas: tuple[Replica, Replica]) -> None:
    one, _ = replicas
    assert await one.deliver(reply(1))
    await _failed_status(one, reply(1))
    stored = await one.repository.get(reply(1).id)
    assert stored is not None
    assert await one.repository.reclaim(stored, "a:1:9", NOW, possible_duplicate=False)
    await one.repository.record_accepted(reply(1).id, "a:1:9", "wamid.9", NOW)
    assert [await one.deliver(reply(turn)) for turn in (2, 3, 4)] == [True, True, True]
    assert one.remembers(reply(4))


async def test_two_processes_cannot_both_follow_the_same_message(replicas: tuple[Replica, Replica]) -> None:
    one, two = replicas
    assert await one.deliver(reply(1))
    assert await one.repository.claim(reply(1, 1), "a", NOW, follows=reply(1).id) is None
    with pytest.raises(PlaceTaken):
        await two.repository.claim(reply(2), "b", NOW, follows=reply(1).id)
    again = await two.repository.claim(reply(1, 1), "b", NOW, follows=reply(1).id)
    assert again is not None
    assert again.claim == "a"


async def test_earlier_message_that_arrives_late_is_not_remembered(replicas: tuple[Replica, Replica]) -> None:
    """Its place is in the middle: a later message that waits must be found."""
    one, _ = replicas
    assert await one.deliver(reply(1))
    await _claim(one, reply(3), OutboundState.WAITING)
    assert await one.deliver(reply(2))
    assert not one.remembers(reply(2))
    assert not await one.deliver(reply(3, 1))


async def test_message_of_a_later_turn_is_looked_up(replicas: tuple[Replica, Replica]) -> None:
    """The messages of a merged customer get turns in between, and keep what they follow."""
    one, _ = replicas
    assert await one.deliver(reply(1))
    merged = reply(2)
    await one.repository.claim(merged, "c", NOW, state=OutboundState.HELD, follows="a message of another conversation")
    assert not await one.deliver(reply(3))


async def test_broadcast_neither_waits_in_the_order_nor_is_remembered(replicas: tuple[Replica, Replica]) -> None:
    one, two = replicas
    assert await one.deliver(reply(1))
    bulk = replace(reply(2), author=Author.BROADCAST)
    assert await two.deliver(bulk)
    assert not two.remembers(bulk)
    assert one.remembers(reply(1))
    assert await one.deliver(reply(2, 1), times=1), "the broadcast has not taken its place"


async def test_redelivered_message_is_neither_sent_nor_remembered_by_the_next_replica(
    replicas: tuple[Replica, Replica],
) -> None:
    one, two = replicas
    assert await one.deliver(reply(1))
    assert not await two.deliver(reply(1))
    assert not two.remembers(reply(1))
    assert await two.deliver(reply(2))


async def test_assignment_of_partitions_ends_the_memory(replicas: tuple[Replica, Replica]) -> None:
    """A replica of an older version may have had them: it does not store what a message follows."""
    one, _ = replicas
    assert await one.deliver(reply(1))
    await one.repository.claim(reply(1, 1), "old", NOW, state=OutboundState.HELD)
    one.order.forget_all()
    assert not await one.deliver(reply(2))
