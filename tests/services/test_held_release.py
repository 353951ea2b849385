"""Release of held messages, where a channel was removed. Other cases: tests/e2e/test_channels.py."""

import pytest

from services.delivery.channels.gate import ChannelGate
from services.delivery.channels.release import HeldMessageRelease
from services.delivery.publisher import DeliveryPublisher
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.kafka.dead_letters import DeadLetters
from shared.messages.inbound import Provider, ProviderError
from shared.providers.port import Channel
from shared.repositories import channel_states, outbound
from shared.repositories.channel_states import ChannelStates
from shared.repositories.directory import Directory
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.profiler import profiled
from tests.repositories.builders import NOW, workspace_file
from tests.services.send_parts import Calls, Producer

SECRETS = Secrets({"k1": b"1" * 32})
REFUSED = ProviderError(code="190", title="The access token has expired.")


@pytest.fixture
def release(mongo: Mongo, redis: Redis, clock: FixedClock) -> HeldMessageRelease:
    """One replica."""
    states, producer = ChannelStates(mongo), Producer(Calls())
    publisher = DeliveryPublisher(producer, DeadLetters("delivery", producer, clock), clock)
    directory = Directory(mongo, redis, SECRETS, clock)
    return HeldMessageRelease(
        mongo, states, ChannelGate(states, redis, clock), directory, publisher, clock, instance="a"
    )


def _channel(workspace: str, name: str) -> Channel:
    return Channel(
        workspace=workspace, id=name, provider=Provider.META, address="+1", settings={}, secrets={}, credential="?"
    )


async def test_state_of_a_channel_that_no_longer_exists_is_deleted(
    release: HeldMessageRelease, mongo: Mongo, redis: Redis, clock: FixedClock
) -> None:
    """In a workspace with other channels, and in one without any. An existing channel keeps its state."""
    await WorkspaceEditor(mongo, redis, SECRETS, clock).apply(workspace_file())
    directory = Directory(mongo, redis, SECRETS, clock)
    existing = await directory.channel("acme", "main")
    assert existing is not None
    states = ChannelStates(mongo)
    for channel in (existing, _channel("acme", "removed"), _channel("gone", "main")):
        assert await states.stop(channel, REFUSED, NOW)
    await states.request_resume("gone", "main")
    await release.run_once()
    assert [(one.workspace, one.channel) for one in await states.stopped()] == [("acme", "main")]
    assert await mongo.collection(channel_states.COLLECTION).count({}) == 1


async def test_channel_that_was_stopped_anew_keeps_its_state(mongo: Mongo, clock: FixedClock) -> None:
    states = ChannelStates(mongo)
    await states.stop(_channel("acme", "main"), REFUSED, NOW)
    (before,) = await states.stopped()
    await states.mark_resumed(before, NOW)
    clock.advance(1)
    await states.stop(_channel("acme", "main"), REFUSED, clock.now())
    await states.delete(before)
    assert len(await states.stopped()) == 1


async def test_messages_held_for_removed_channels_cost_few_queries(
    release: HeldMessageRelease, mongo: Mongo, clock: FixedClock
) -> None:
    """They stay held, and would go out if the channel was applied again."""
    await mongo.collection(outbound.COLLECTION).insert_all(
        [
            {"_id": name, "workspace": name, "channel": "main", "state": "held", "first_claimed_at": NOW}
            for name in ("gone-1", "gone-2", "gone-3")
        ]
    )
    queries = []
    for _ in range(3):
        async with profiled(mongo, "workspaces") as work:
            for _ in range(5):
                await release.run_once()
                clock.advance(2)
        queries.append(len(work.commands))
        clock.advance(10)
    assert queries[0] > 0
    assert queries[1] == 0
    assert queries[2] == queries[0], "looked up again after half a minute"
    assert await mongo.collection(outbound.COLLECTION).count({"state": "held"}) == 3
