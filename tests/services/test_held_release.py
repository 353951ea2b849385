"""Release of held messages, where a channel was removed. Other cases: tests/e2e/test_channels.py."""

from dataclasses import replace

import pytest

from services.delivery.channels.gate import ChannelGate
from services.delivery.channels.release import HeldMessageRelease
from services.delivery.publisher import DeliveryPublisher
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.errors import DependencyAway
from shared.kafka.dead_letters import DeadLetters
from shared.messages.inbound import Provider, ProviderError
from shared.providers.errors import ErrorKind, SendError
from shared.providers.port import Channel
from shared.repositories import channel_states, outbound
from shared.repositories.channel_states import ChannelStates
from shared.repositories.directory import Directory
from shared.repositories.due_work import find_due_work
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.console.routed import KafkaList
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


async def test_stop_that_could_not_be_published_is_published_later(
    mongo: Mongo, redis: Redis, clock: FixedClock
) -> None:
    kafka, states = KafkaList(away=True), ChannelStates(mongo)
    publisher = DeliveryPublisher(kafka, DeadLetters("delivery", kafka, clock), clock)
    gate = ChannelGate(states, redis, clock, on_stopped=publisher.channel_changed)
    directory = Directory(mongo, redis, SECRETS, clock)
    release = HeldMessageRelease(mongo, states, gate, directory, publisher, clock, instance="a")
    await WorkspaceEditor(mongo, redis, SECRETS, clock).apply(workspace_file())
    main = await directory.channel("acme", "main")
    assert main is not None
    with pytest.raises(DependencyAway):
        await gate.stop(main, SendError(ErrorKind.CHANNEL, code="190", title="Expired"))
    kafka.away = False
    for seconds in (0, 11, 11):
        clock.advance(seconds)
        await release.run_once()
    assert [event.detail for event in kafka.messages()] == ["stopped"]


async def test_resumption_that_could_not_be_published_is_published_later(
    mongo: Mongo, redis: Redis, clock: FixedClock
) -> None:
    """By any replica, once; also where the watch over due work finds nothing else to do."""
    kafka, states = KafkaList(), ChannelStates(mongo)
    publisher = DeliveryPublisher(kafka, DeadLetters("delivery", kafka, clock), clock)
    await WorkspaceEditor(mongo, redis, SECRETS, clock).apply(workspace_file())
    directory = Directory(mongo, redis, SECRETS, clock)

    def replica(name: str) -> tuple[ChannelGate, HeldMessageRelease]:
        gate = ChannelGate(states, redis, clock, on_stopped=publisher.channel_changed)
        return gate, HeldMessageRelease(mongo, states, gate, directory, publisher, clock, instance=name)

    (gate, first), (_, second) = replica("a"), replica("b")
    main = await directory.channel("acme", "main")
    assert main is not None
    await gate.stop(main, SendError(ErrorKind.CHANNEL, code="190", title="Expired"))
    await states.request_resume("acme", "main")
    clock.advance(1)
    kafka.away = True
    with pytest.raises(DependencyAway):
        await first.run_once()
    assert await states.stopped() == []
    assert not gate.has_stopped, "its messages go out"
    kafka.away = False
    clock.advance(11)
    assert (await find_due_work(mongo, "b", clock.now())).channels
    for release in (second, first):
        await release.run_once()
    assert [event.detail for event in kafka.messages()] == ["stopped", "resumed"]
    assert not (await find_due_work(mongo, "b", clock.now())).channels


async def test_stopped_channel_stays_stopped_when_its_secrets_are_encrypted_with_another_key(
    mongo: Mongo, redis: Redis, clock: FixedClock
) -> None:
    keys = {"k1": b"1" * 32, "k2": b"2" * 32}
    states, kafka = ChannelStates(mongo), KafkaList()
    publisher = DeliveryPublisher(kafka, DeadLetters("delivery", kafka, clock), clock)
    await WorkspaceEditor(mongo, redis, Secrets(keys), clock).apply(workspace_file())
    second = Secrets(dict(reversed(keys.items())))

    async def release(secrets: Secrets) -> HeldMessageRelease:
        directory, gate = Directory(mongo, redis, secrets, clock), ChannelGate(states, redis, clock)
        return HeldMessageRelease(mongo, states, gate, directory, publisher, clock, instance="a")

    main = await Directory(mongo, redis, Secrets(keys), clock).channel("acme", "main")
    assert main is not None
    assert main.secrets
    for credential in (main.credential, main.sealed_credential):  # also as an earlier release has stored it
        await mongo.collection(channel_states.COLLECTION).delete({"_id": "acme/main"})
        await states.stop(replace(main, credential=credential), REFUSED, NOW)
        await (await release(Secrets(keys))).run_once()
        assert len(await states.stopped()) == 1
    await states.delete((await states.stopped())[0])
    await states.stop(main, REFUSED, NOW)
    assert await WorkspaceEditor(mongo, redis, second, clock).reseal("acme")
    resealed = await Directory(mongo, redis, second, clock).channel("acme", "main")
    assert resealed is not None
    assert resealed.sealed_credential != main.sealed_credential
    await (await release(second)).run_once()
    assert len(await states.stopped()) == 1
