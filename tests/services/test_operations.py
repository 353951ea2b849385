"""Commands of `operations.commands`: carried out once, with an outcome that can be read, and reported by events."""

from datetime import timedelta
from typing import Any, cast

import pytest

from services.delivery.operations.handler import OperationHandler, lane_of
from services.delivery.publisher import DeliveryPublisher
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.domain import ids
from shared.domain.broadcast import BroadcastStage, RecipientState, broadcast_id
from shared.kafka.dead_letters import DeadLetters
from shared.messages.broadcast_content import BroadcastText
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.inbound import Provider, ProviderError
from shared.messages.operations import (
    CancelBroadcast,
    CreateBroadcast,
    ListedRecipient,
    OperationRecord,
    PauseBroadcast,
    ResumeBroadcast,
    ResumeChannel,
    RetryMessage,
    RetryRecipients,
    StartBroadcast,
    SyncTemplates,
)
from shared.messages.outbound import OutboundMessage
from shared.providers.port import Channel
from shared.repositories.broadcast_recipients import BroadcastRecipients, RecipientUpdate
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.channel_states import ChannelStates
from shared.repositories.directory import Directory
from shared.repositories.operation_outcomes import OperationOutcome, OperationOutcomes
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState
from shared.repositories.workspaces import Workspaces
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.console.routed import WORKSPACE, KafkaList
from tests.repositories.builders import NOW, outbound

SPRING = broadcast_id("acme", "Spring")
PEOPLE = (ListedRecipient(identity="+2348031234567", name="Ada"), ListedRecipient(identity="+2348099990000"))
CHANNEL = Channel(workspace="acme", id="main", provider=Provider.META, address="", settings={}, secrets={})


class Delivery:
    """The handler on a real database; Kafka is a list."""

    def __init__(self, mongo: Mongo, redis: Redis, clock: FixedClock) -> None:
        self.mongo, self.clock, self.kafka = mongo, clock, KafkaList()
        directory = Directory(mongo, redis, Secrets({"k1": b"1" * 32}), clock)
        publisher = DeliveryPublisher(self.kafka, cast(DeadLetters, None), clock)
        workspaces = Workspaces(mongo, clock)
        self.handler = OperationHandler(mongo, directory, workspaces, publisher, Settings(), clock)
        self.broadcasts = Broadcasts(mongo, "acme")
        self.recipients = BroadcastRecipients(mongo, "acme")

    def about(self, number: int) -> dict[str, Any]:
        id_ = ids.derived_id("command", "acme", "user:ada", f"key-{number}")
        known = {"workspace": "acme", "created_at": self.clock.now(), "by": "ada"}
        return {"id": id_, "correlation_id": ids.correlation_id(id_), **known}

    async def run(self, *commands: OperationRecord) -> OperationOutcome:
        """Carry out commands; return the last one's outcome."""
        for command in commands:
            await self.handler.on_command(command)
        outcome = await OperationOutcomes(self.mongo, "acme").get(commands[-1].id)
        assert outcome is not None
        return outcome

    def events(self, *kinds: EventKind) -> list[ConversationEvent]:
        found = [one for one in self.kafka.messages() if isinstance(one, ConversationEvent)]
        return [one for one in found if one.kind in kinds]

    def create(self, number: int = 1) -> CreateBroadcast:
        text = BroadcastText(text="Hello {{ customer.name }}")
        return CreateBroadcast(name="Spring", content=text, recipients=PEOPLE, **self.about(number))

    async def stage(self) -> BroadcastStage:
        found = await self.broadcasts.get(SPRING)
        assert found is not None
        return found.stage


@pytest.fixture
async def delivery(mongo: Mongo, redis: Redis, clock: FixedClock) -> Delivery:
    await mongo.collection("workspaces").insert(dict(WORKSPACE))
    return Delivery(mongo, redis, clock)


async def forget_outcomes(delivery: Delivery) -> None:
    """As if the process had been killed before it stored them."""
    for one in await delivery.mongo.collection("operation_outcomes").find({}):
        await delivery.mongo.collection("operation_outcomes").delete({"_id": one["_id"]})


async def test_broadcast_goes_through_its_life(delivery: Delivery) -> None:
    created = await delivery.run(delivery.create())
    assert (created.done, created.result, created.kind) == (True, {"broadcast": SPRING}, "create_broadcast")
    assert [one.name for one in await delivery.recipients.page(SPRING, after="", limit=9)].count("Ada") == 1
    about: dict[str, Any] = {"broadcast": SPRING}
    steps: list[tuple[OperationRecord, BroadcastStage]] = [
        (StartBroadcast(at=NOW + timedelta(days=9999), **about, **delivery.about(2)), BroadcastStage.SCHEDULED),
        (PauseBroadcast(**about, **delivery.about(3)), BroadcastStage.PAUSED),
        (ResumeBroadcast(**about, **delivery.about(4)), BroadcastStage.SCHEDULED),
        (CancelBroadcast(**about, **delivery.about(5)), BroadcastStage.CANCELLED),
    ]
    for command, stage in steps:
        assert (await delivery.run(command)).done
        assert await delivery.stage() is stage
        assert (await delivery.run(command)).done, "redelivered"
        await forget_outcomes(delivery)
        assert (await delivery.run(command)).done, "redelivered after a crash before its outcome was stored"
        assert await delivery.stage() is stage
    done = delivery.events(EventKind.COMMAND_DONE)
    assert len({event.id for event in done}) == 5
    assert {event.detail for event in delivery.events(EventKind.BROADCAST_CHANGED)} == {SPRING}


async def test_redelivered_creation_is_one_broadcast_and_another_of_its_name_is_refused(delivery: Delivery) -> None:
    create = delivery.create()
    await delivery.run(create)
    await forget_outcomes(delivery)
    assert (await delivery.run(create)).done
    delivery.clock.advance(1)
    refused = await delivery.run(delivery.create(2))
    assert (refused.done, refused.code) == (False, "conflict")
    (event,) = delivery.events(EventKind.COMMAND_REFUSED)
    assert (event.command_id, event.detail, event.by) == (delivery.create(2).id, "conflict", "ada")


async def test_interrupted_creation_is_finished_by_the_redelivered_command(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = BroadcastRecipients.add

    async def killed(self: BroadcastRecipients, *arguments: Any) -> int:
        raise RuntimeError("killed")

    monkeypatch.setattr(BroadcastRecipients, "add", killed)
    with pytest.raises(RuntimeError):
        await delivery.run(delivery.create())
    assert await delivery.stage() is BroadcastStage.MAKING
    monkeypatch.setattr(BroadcastRecipients, "add", add)
    assert (await delivery.run(delivery.create())).done
    assert await delivery.stage() is BroadcastStage.DRAFT
    assert len(await delivery.recipients.page(SPRING, after="", limit=9)) == 2


async def test_interrupted_retry_of_recipients_runs_the_broadcast_again(delivery: Delivery) -> None:
    await delivery.run(delivery.create())
    now = delivery.clock.now()
    for one in await delivery.recipients.page(SPRING, after="", limit=9):
        update = RecipientUpdate(id=one.id, was=RecipientState.PENDING, reached=RecipientState.FAILED, reason="500")
        await delivery.recipients.update([update], now)
    await delivery.broadcasts.start(SPRING, now)
    await delivery.broadcasts.begin(SPRING, 2, now)
    await delivery.broadcasts.finish(SPRING, now)
    await delivery.recipients.retry(SPRING, now)  # and killed
    outcome = await delivery.run(RetryRecipients(broadcast=SPRING, **delivery.about(2)))
    assert (outcome.done, await delivery.stage()) == (True, BroadcastStage.RUNNING)


async def test_failed_message_is_published_again_and_one_in_doubt_is_not(delivery: Delivery) -> None:
    messages, now = OutboundMessages(delivery.mongo, "acme"), delivery.clock.now()
    reasons = (DeadLetterReason.SEND_REJECTED, DeadLetterReason.IN_DOUBT)
    for number, reason in enumerate(reasons, 1):
        await messages.claim(outbound(number), "a", now)
        await messages.record_failure(outbound(number).id, "a", ProviderError(code="1", title="no"), reason, now)
    failed, doubtful = (RetryMessage(message_id=outbound(number).id, **delivery.about(number)) for number in (1, 2))
    for _ in range(2):
        assert (await delivery.run(failed)).done
        await forget_outcomes(delivery)
    sent = [one for one in delivery.kafka.messages() if isinstance(one, OutboundMessage)]
    assert {(one.id, one.attempt) for one in sent} == {(outbound(1).id, 0)}
    stored = await messages.get(outbound(1).id)
    assert stored is not None
    assert stored.state is OutboundState.WAITING
    assert (await delivery.run(doubtful)).code == "conflict"
    unknown = await delivery.run(RetryMessage(message_id="none", **delivery.about(3)))
    assert (unknown.done, unknown.code) == (False, "not-found")


async def test_stopped_channel_is_resumed_once(delivery: Delivery) -> None:
    states, now = ChannelStates(delivery.mongo), delivery.clock.now()
    resume = ResumeChannel(channel="main", **delivery.about(1))
    assert (await delivery.run(resume)).code == "conflict"
    await states.stop(CHANNEL, ProviderError(code="190", title="expired"), now)
    again = ResumeChannel(channel="main", **delivery.about(2))
    assert (await delivery.run(again)).done
    (stopped,) = await states.stopped()
    assert stopped.resume_requested
    await states.mark_resumed(stopped, now)
    await forget_outcomes(delivery)
    assert (await delivery.run(again)).done


async def test_commands_for_one_broadcast_keep_their_order(delivery: Delivery) -> None:
    start = StartBroadcast(broadcast=SPRING, **delivery.about(2))
    assert lane_of(delivery.create()) == lane_of(start)
    assert lane_of(start) != lane_of(SyncTemplates(**delivery.about(3)))
