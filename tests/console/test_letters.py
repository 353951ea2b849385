"""Dead letters by the API: the index that replicas make of the topic, and replays."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from services.console.parts import Parts
from shared.clock import FixedClock
from shared.kafka.brokers import Brokers
from shared.kafka.codec import encode, to_record
from shared.kafka.producer import KafkaProducer
from shared.kafka.topic_reader import read_all
from shared.maintenance.operator import Operator
from shared.messages.dead_letters import DeadLetter, DeadLetterReason, RecordOrigin
from shared.messages.events import ConversationEvent, EventKind
from shared.operations.dead_letters.indexer import DeadLetterIndexer, first_positions
from shared.repositories.dead_letter_index import DeadLetterIndex
from shared.repositories.dead_letter_positions import DeadLetterPositions
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.topics import CONVERSATION_EVENTS, DEAD_LETTERS
from tests.console.accounts import Accounts
from tests.console.console import Client, Console, make_console, problem
from tests.repositories.builders import NOW
from tests.repositories.samples import LETTER

SECRET = "call me at +2348031234567"


@pytest.fixture
async def console(
    parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack, bootstrap: str
) -> Console:
    """The console, which finds this Kafka by its settings."""
    settings = Settings(secrets_key=SecretStr("-"), kafka_bootstrap_servers=bootstrap)
    return make_console(replace(parts, settings=settings), accounts, clock, closing)


def letter(workspace: str, number: int, **changes: Any) -> DeadLetter:
    """Return the dead letter of an event, which is harmless to replay."""
    at = NOW + timedelta(seconds=number)
    event = ConversationEvent(
        id=f"{workspace}-event-{number}",
        workspace=workspace,
        correlation_id=f"{number:032x}",
        created_at=at,
        kind=EventKind.MESSAGE_SENT,
        conversation_id=f"conversation-{number}",
        detail=SECRET,
    )
    made = DeadLetter(
        id=f"{workspace}-{number}",
        workspace=workspace,
        correlation_id=event.correlation_id,
        created_at=at,
        reason=DeadLetterReason.HANDLER_FAILED,
        detail=SECRET,
        origin=RecordOrigin(service="delivery", topic=CONVERSATION_EVENTS.name, partition=0, offset=number),
        payload=encode(event),
        replay_topic=CONVERSATION_EVENTS.name,
        key=workspace.encode(),
    )
    return msgspec.structs.replace(made, **changes)


async def write(producer: KafkaProducer, *letters: DeadLetter) -> None:
    await producer.send([to_record(DEAD_LETTERS, one) for one in letters])


@asynccontextmanager
async def indexing(bootstrap: str, mongo: Mongo, replicas: int = 1) -> AsyncIterator[None]:
    """Keep the index up to date meanwhile."""
    stop = asyncio.Event()
    running = [asyncio.create_task(DeadLetterIndexer(Brokers(bootstrap), mongo).run(stop)) for _ in range(replicas)]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*running)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110 - another task writes to MongoDB
            await asyncio.sleep(0.02)


async def ids(client: Client, **params: str) -> list[str]:
    return [one["id"] for one in (await client.get("letters", params=params)).json()["items"]]


async def test_letters_are_listed_counted_and_shown_without_their_content(
    console: Console, mongo: Mongo, producer: KafkaProducer, bootstrap: str
) -> None:
    owner, other = console.client("owner", "letters-a"), console.client("owner", "letters-b")
    failed = DeadLetterReason.WEBHOOK_FAILED
    await write(
        producer,
        *(letter("letters-a", number) for number in (1, 2)),
        letter("letters-a", 3, reason=failed),
        letter("letters-b", 4),
        letter("-", 5),
    )

    async def complete() -> bool:
        return len(await ids(owner)) == 3 and len(await ids(other)) == 1

    async with indexing(bootstrap, mongo, replicas=2):
        await until(complete)
    assert await ids(owner) == ["letters-a-3", "letters-a-2", "letters-a-1"]
    assert await ids(owner, reason="webhook_failed") == ["letters-a-3"]
    assert await ids(other) == ["letters-b-4"]
    first = (await owner.get("letters", params={"limit": "2"})).json()
    assert await ids(owner, limit="2", cursor=first["next"]) == ["letters-a-1"]
    counts = (await owner.get("letters/counts")).json()
    assert counts == {"reasons": {"handler_failed": 2, "webhook_failed": 1}, "most": 10_000}
    shown = await owner.get("letters/letters-a-1")
    assert shown.json() == {
        "id": "letters-a-1",
        "reason": "handler_failed",
        "at": (NOW + timedelta(seconds=1)).isoformat().replace("+00:00", "Z"),
        "service": "delivery",
        "topic": "conversation.events",
        "partition": 0,
        "offset": 1,
        "correlation": f"{1:032x}",
        "replayable": True,
        "state": "new",
        "replays": None,
    }
    why = (await owner.get("letters/letters-a-1/why")).json()
    assert (why["correlation_id"], why["steps"]) == (f"{1:032x}", [])
    assert problem(await other.get("letters/letters-a-1/why")) == "not-found"
    assert problem(await other.get("letters/letters-a-1")) == "not-found"
    assert problem(await owner.get("letters", params={"reason": "none"})) == "invalid"
    stored = await mongo.collection("letters").find({})
    assert SECRET not in str(stored)
    assert not [one for one in stored if one["workspace"] == "-"]


async def test_indexer_goes_on_where_the_index_ends(
    console: Console, mongo: Mongo, producer: KafkaProducer, bootstrap: str
) -> None:
    owner = console.client("owner", "letters-c")

    async def indexed() -> bool:
        return bool(await ids(owner))

    async def all_noted() -> bool:
        written = [record async for record in read_all(Brokers(bootstrap), DEAD_LETTERS.name)]
        noted = await mongo.collection("dead_letter_positions").find({})
        return bool(noted) and sum(noted[0]["next"].values()) == len(written)

    await write(producer, letter("letters-c", 1))
    async with indexing(bootstrap, mongo):
        await until(all_noted)
    assert await ids(owner) == ["letters-c-1"]
    await mongo.collection("letters").delete({})
    await write(producer, letter("letters-c", 2))
    async with indexing(bootstrap, mongo):
        await until(indexed)
    assert await ids(owner) == ["letters-c-2"], "the first one is not read again"


async def test_letter_is_replayed_once_unless_again(
    console: Console, mongo: Mongo, producer: KafkaProducer, bootstrap: str
) -> None:
    owner, path = console.client("owner", "letters-d"), "letters/letters-d-1/replay"
    await write(producer, letter("letters-d", 1))

    async def indexed() -> bool:
        return bool(await ids(owner))

    async def events() -> int:
        found = [record async for record in read_all(Brokers(bootstrap), CONVERSATION_EVENTS.name)]
        return sum(record.key == b"letters-d" for record in found)

    async with indexing(bootstrap, mongo):
        await until(indexed)
    assert problem(await console.client("admin", "letters-d").post(path, {})) == "not-allowed"
    assert problem(await console.client("owner", "letters-e").post(path, {})) == "not-found"
    done = await owner.post(path, {}, key="press-0001")
    assert done.json() == {"destination": "put into conversation.events"}, done.text
    assert (await owner.post(path, {}, key="press-0001")).json() == done.json()
    assert await events() == 1
    refused = await owner.post(path, {})
    assert problem(refused) == "conflict"
    assert "was replayed already" in refused.json()["detail"]
    assert (await owner.post(path, {"again": True})).status_code == 200
    assert await events() == 2
    shown = (await owner.get("letters/letters-d-1")).json()
    assert (shown["state"], shown["replays"]["count"], shown["replays"]["by"]) == (
        "replayed",
        2,
        "user:owner-letters-d",
    )
    seen_by_operators = await Operator(mongo).replays(["letters-d-1"])
    assert seen_by_operators["letters-d-1"].count == 2


async def test_letters_that_are_not_replayed_here_or_may_be_sent_twice_are_refused(
    console: Console, mongo: Mongo, producer: KafkaProducer, bootstrap: str
) -> None:
    owner = console.client("owner", "letters-f")
    of_ingress = RecordOrigin(service="ingress", path="/webhooks/meta")
    await write(
        producer,
        letter("letters-f", 1, reason=DeadLetterReason.IN_DOUBT),
        letter("letters-f", 2, reason=DeadLetterReason.MALFORMED_ITEM, origin=of_ingress, replay_topic=None),
    )

    async def indexed() -> bool:
        return len(await ids(owner)) == 2

    async with indexing(bootstrap, mongo):
        await until(indexed)
    in_doubt = await owner.post("letters/letters-f-1/replay", {})
    assert "may send it twice" in in_doubt.json()["detail"]
    unknown = await owner.post("letters/letters-f-1/replay", {"may_send_twice": True})
    assert "cannot be decoded" in unknown.json()["detail"] or "is not known" in unknown.json()["detail"]
    webhook = await owner.post("letters/letters-f-2/replay", {})
    assert "ingress has to read it again" in webhook.json()["detail"]
    assert {problem(one) for one in (in_doubt, unknown, webhook)} == {"conflict"}
    shown = (await owner.get("letters/letters-f-2")).json()
    assert (shown["topic"], shown["offset"], shown["replayable"], shown["state"]) == (None, None, False, "new")


async def test_last_version_of_a_letter_counts(mongo: Mongo) -> None:
    index = DeadLetterIndex(mongo, "acme")
    later = msgspec.structs.replace(LETTER, place=(0, 9), reason="too_large")
    for letters in ([LETTER], [later], [LETTER], [LETTER, later]):
        await index.write(letters)
    assert await index.get(LETTER.id) == later
    moved = msgspec.structs.replace(later, at=later.at + timedelta(seconds=1), place=(5, 0))
    for letters in ([moved], [later]):
        await index.write(letters)
    assert await index.get(LETTER.id) == moved, "the topic has more partitions now"
    of_new_topic = msgspec.structs.replace(LETTER, log="1" * 32, place=(0, 0))
    await index.write([of_new_topic])
    assert await index.page("", None, 9) == [of_new_topic]


async def test_positions_never_go_back_within_a_topic(mongo: Mongo) -> None:
    positions = DeadLetterPositions(mongo)
    await positions.note("a", [5, 1])
    await positions.note("a", [3, 2, 1])
    assert await positions.read("a") == {0: 5, 1: 2, 2: 1}
    await positions.note("b", [1, 1])
    assert await positions.read("a") == {}
    assert await positions.read("b") == {0: 1, 1: 1}


def test_partition_without_the_known_position_is_read_from_its_start() -> None:
    assert first_positions([0, 7, 0, 0], [9, 9, 2, 4], {0: 5, 1: 3, 2: 8}) == [5, 7, 0, 0]
