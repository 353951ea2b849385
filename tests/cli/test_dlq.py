"""`parley dlq` lists, counts, shows and replays dead letters."""

import asyncio
import contextlib
import json
import re
import time
import tracemalloc
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared import topics
from shared.kafka.admin import ensure_topics
from shared.kafka.brokers import Brokers
from shared.kafka.codec import encode, to_record
from shared.kafka.producer import KafkaProducer
from shared.kafka.topic_reader import read_all
from shared.messages.dead_letters import DeadLetter, DeadLetterReason, RecordOrigin
from shared.messages.events import ConversationEvent, EventKind
from shared.operations.dead_letters import reader as reader_module
from shared.operations.dead_letters.reader import DeadLetterFilter, fetch_dead_letters, read_dead_letters
from shared.repositories.dead_letter_index import DeadLetterIndex, IndexedLetter
from shared.storage.mongo import Mongo
from shared.topics import CONVERSATION_EVENTS, TOPICS, Topic, key_for
from tests.cli.conftest import Live, until
from tests.cli.runner import DEMO, parley


def list_dead_letters(live: Live, *options: str) -> list[dict[str, Any]]:
    return live.parley("dlq", "list", "--json", *options).lines()


def set_fault(live: Live, rule: dict[str, Any] | None) -> None:
    """Add a rule to the simulators; None: remove all rules."""
    url = f"{live.simulators.url}/_sim/script"
    data = json.dumps(rule).encode() if rule else None
    with urllib.request.urlopen(urllib.request.Request(url, data, method="POST" if rule else "DELETE")):  # noqa: S310
        pass


async def write(kafka: str, dead_letters: list[DeadLetter], topic: Topic = topics.DEAD_LETTERS) -> None:
    """Write dead letters as a service would."""
    producer = KafkaProducer(Brokers(kafka), "test")
    await producer.start()
    try:
        for first in range(0, len(dead_letters), 500):
            records = [to_record(topic, dead_letter) for dead_letter in dead_letters[first : first + 500]]
            await producer.send(records, timeout=30)
    finally:
        await producer.stop()


def make_dead_letter(workspace: str, number: int, **changes: Any) -> DeadLetter:
    """Return a dead letter of an event, which is harmless to replay, with the key of a sharded workspace."""
    now = datetime.now(UTC)
    event = ConversationEvent(
        id=f"{workspace}-event-{number}",
        workspace=workspace,
        correlation_id=f"{number:032x}",
        created_at=now,
        kind=EventKind.MESSAGE_SENT,
        conversation_id=f"conversation-{number}",
    )
    dead_letter = DeadLetter(
        id=f"{workspace}-{number:06d}",
        workspace=workspace,
        correlation_id=event.correlation_id,
        created_at=now,
        reason=DeadLetterReason.HANDLER_FAILED,
        detail=f"RuntimeError: number {number}",
        origin=RecordOrigin(service="console", topic=CONVERSATION_EVENTS.name, partition=0, offset=number),
        payload=encode(event),
        replay_topic=CONVERSATION_EVENTS.name,
        key=key_for(workspace, event.conversation_id, 4),
    )
    return msgspec.structs.replace(dead_letter, **changes)


def test_message_to_unknown_number_is_answered_after_apply_and_replay(
    live: Live, customer: str, tmp_path: Path
) -> None:
    at = int(time.time())
    for _ in range(2):  # Meta delivers it twice
        live.write("when do you open?", customer, phone_number_id="777000111222", id="wamid.early", timestamp=at)

    until(lambda: live.has_dead_letter("unknown_recipient"))
    [found] = list_dead_letters(live, "--reason", "unknown_recipient")
    assert (found["count"], found["replayed"]) == (2, 0)
    assert found["detail"] == "no workspace owns meta 777000111222"

    shown = live.parley("dlq", "show", found["id"][:8])
    assert '"body": "when do you open?"' in shown.out
    assert customer[-6:] not in shown.out
    assert customer in live.parley("dlq", "show", found["id"], "--raw").out

    early = live.parley("dlq", "replay", found["id"])
    assert (early.code, early.out) == (1, "")
    assert "still no workspace owns meta 777000111222" in early.err

    late = DEMO.read_text().replace("workspace: acme", "workspace: late").replace("665397593326012", "777000111222")
    (tmp_path / "late.yaml").write_text(late.replace("+14155238886", "+14155238887"))
    allowed = ("--allow-env", "ACME_*", "--share-account")
    assert live.parley("apply", "-f", str(tmp_path / "late.yaml"), *allowed).code == 0

    assert live.parley("dlq", "replay", found["id"]).out == f"{found['id']}: accepted by ingress\n"
    assert live.received(customer)[0]["text"].startswith("We are open from 9 to 5")
    # Not `live.trace`, which waits for statuses: ingress may still have cached the number as unknown.
    found_trace = live.parley("trace", "wamid.early", "--json").json()
    assert found_trace["messages"][0]["workspace"] == "late"

    second = live.parley("dlq", "replay", found["id"])
    assert second.code == 1
    assert "was replayed already" in second.err
    assert list_dead_letters(live, "--reason", "unknown_recipient")[0]["replayed"] == 1

    assert live.parley("dlq", "replay", found["id"], "--again").code == 0  # harmless: the message is known
    assert list_dead_letters(live, "--reason", "unknown_recipient")[0]["replayed"] == 2
    assert len(live.received(customer)) == 1


def test_rejected_message_is_sent_by_a_replay(live: Live, customer: str) -> None:
    fault = {"kind": "error", "code": 131026}
    set_fault(live, {"provider": "meta", "match": {"to": customer, "kind": "message"}, "fault": fault})
    wamid = live.write("when do you open?", customer)
    until(lambda: live.has_dead_letter("send_rejected"))
    [found] = list_dead_letters(live, "--reason", "send_rejected")
    assert "131026" in found["detail"]
    assert "131026" in live.parley("trace", wamid).out
    set_fault(live, None)

    replayed = live.parley("dlq", "replay", "--reason", "send_rejected", "--workspace", "acme", "--yes")

    assert replayed.out == f"{found['id']}: put into outbound.messages\n"
    assert len(live.received(customer)) == 1
    assert live.trace(wamid)["outbound"][0]["attempt"] == 2
    again = live.parley("dlq", "replay", found["id"], "--again")
    assert (again.code, "is `sent`" in again.err) == (1, True)
    assert len(live.received(customer)) == 1
    everything = live.parley("dlq", "replay", "--reason", "send_rejected", "--yes")
    assert everything.out.startswith("Nothing to replay")


def test_message_that_failed_again_can_be_replayed_without_again_option(live: Live, customer: str) -> None:
    """A dead letter whose replay failed is open again until its next replay."""
    fault = {"kind": "error", "code": 131026}
    set_fault(live, {"provider": "meta", "match": {"to": customer, "kind": "message"}, "fault": fault})
    live.write("when do you open?", customer)

    def with_state(state: str) -> list[dict[str, Any]]:
        found = list_dead_letters(live, "--reason", "send_rejected", "--since", "1h")
        return [item for item in found if item["standing"] == state]

    [found] = until(lambda: with_state("new"))
    assert live.parley("dlq", "replay", found["id"]).code == 0
    [again] = until(lambda: with_state("failed again after replay"))
    assert (again["id"], again["count"], again["replayed"]) == (found["id"], 2, 1)
    assert "[failed again after replay, " in live.parley("dlq", "list", "--id", found["id"][:10]).out
    assert live.parley("dlq", "summary", "--json", "--service", "delivery").json()["standing"][again["standing"]] == 1

    history = [line.split("  ", 2)[-1] for line in live.parley("dlq", "show", found["id"]).out.splitlines()]
    events = [
        line for line in history if line.startswith(("written:", "written", "replayed by", "attempt: failed, 131026"))
    ]
    kinds = [line.split()[0].strip(":") for line in events[-5:]]
    assert kinds == ["attempt", "written", "replayed", "attempt", "written"]

    set_fault(live, None)
    done = live.parley("dlq", "replay", "--reason", "send_rejected", "--since", "1h", "--yes")
    assert done.out == f"{found['id']}: put into outbound.messages\n"
    assert len(live.received(customer)) == 1
    assert with_state("replayed")
    assert live.parley("dlq", "replay", found["id"]).code == 1
    assert len(live.received(customer)) == 1


def test_dead_letters_are_filtered_by_each_option(live: Live) -> None:
    now = datetime.now(UTC)
    written = [
        *(make_dead_letter("finds", number) for number in range(3)),
        make_dead_letter("finds", 3, created_at=now - timedelta(hours=5)),
        make_dead_letter("finds", 4, reason=DeadLetterReason.UNDECODABLE, detail="Expected `object`"),
        make_dead_letter(
            "finds", 5, origin=RecordOrigin(service="router", topic="inbound.messages", partition=1, offset=5)
        ),
        make_dead_letter(
            "finds", 5, origin=RecordOrigin(service="router", topic="inbound.messages", partition=1, offset=5)
        ),
    ]
    asyncio.run(write(live.stack.info["kafka"], written))

    def numbers(*options: str) -> list[int]:
        return [int(item["id"][-1]) for item in list_dead_letters(live, "--workspace", "finds", *options)]

    assert numbers() == [3, 0, 1, 2, 4, 5]
    assert numbers("--limit", "2") == [4, 5]
    assert numbers("--since", "2h") == [0, 1, 2, 4, 5]
    assert numbers("--reason", "undecodable") == numbers("--contains", "expected") == [4]
    assert numbers("--service", "router") == numbers("--topic", "inbound.messages") == [5]
    assert numbers("--id", "finds-000002") == [2]
    counts = live.parley("dlq", "summary", "--workspace", "finds", "--json").json()
    assert counts["reason"] == {"handler_failed": 5, "undecodable": 1}
    assert counts["service"] == {"console": 5, "router": 1}
    assert counts["standing"] == {"new": 6}
    shown = live.parley("dlq", "summary", "-w", "finds").out
    assert re.search(r"from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d to \S+ \d\d:\d\d:\d\d UTC\n", shown)
    assert shown.startswith("6 dead letters, from ")
    assert "       5  handler_failed\n" in shown


def test_running_console_has_new_dead_letters_in_its_index(live: Live) -> None:
    asyncio.run(write(live.stack.info["kafka"], [make_dead_letter("indexed", 1)]))

    async def indexed() -> IndexedLetter | None:
        mongo = Mongo(live.stack.info["mongodb"], live.stack.info["mongodb_database"])
        try:
            return await DeadLetterIndex(mongo, "indexed").get("indexed-000001")
        finally:
            await mongo.close()

    found = until(lambda: asyncio.run(indexed()))
    assert found is not None
    assert found.reason == DeadLetterReason.HANDLER_FAILED


def test_replay_of_many_keeps_keys_and_continues_after_a_refusal(live: Live) -> None:
    written = [make_dead_letter("many", number) for number in range(30)]
    written[7] = msgspec.structs.replace(
        written[7], reason=DeadLetterReason.SEND_REJECTED
    )  # there is no such message: refused
    asyncio.run(write(live.stack.info["kafka"], written))

    unsure = live.parley("dlq", "replay", "--workspace", "many")
    assert (unsure.code, "30 dead letters would be replayed; confirm with --yes" in unsure.err) == (1, True)
    first = live.parley("dlq", "replay", "--workspace", "many", "--limit", "10", "--rate", "40", "--yes")
    assert first.code == 1
    assert first.out.splitlines()[-1] == "9 replayed, 1 refused"
    assert "many-000007: not replayed: " in first.err
    rest = live.parley("dlq", "replay", "--workspace", "many", "--contains", "number", "--yes")
    assert rest.out.splitlines()[-1] == "20 replayed, 1 refused"
    assert live.parley("dlq", "summary", "-w", "many", "--json").json()["standing"] == {"replayed": 29, "new": 1}

    async def read_events() -> list[tuple[bytes, bytes]]:
        async with contextlib.aclosing(
            read_all(Brokers(live.stack.info["kafka"]), CONVERSATION_EVENTS.name)
        ) as records:
            return [(record.key, record.value) async for record in records if b'"many-event-' in record.value]

    wanted = [
        (dead_letter.key, dead_letter.payload)
        for dead_letter in written
        if dead_letter.reason is DeadLetterReason.HANDLER_FAILED
    ]
    assert sorted(asyncio.run(read_events())) == sorted(wanted)
    assert len({dead_letter.key for dead_letter in written}) == 4


def test_replay_of_a_message_in_doubt_needs_confirmation(live: Live) -> None:
    asyncio.run(write(live.stack.info["kafka"], [make_dead_letter("doubts", 1, reason=DeadLetterReason.IN_DOUBT)]))
    asked = live.parley("dlq", "replay", "doubts-000001")
    assert asked.code == 1
    assert "the provider may have sent it already: a replay sends it again; confirm with --yes" in asked.err
    sure = live.parley("dlq", "replay", "doubts-000001", "--yes")
    assert "needs no replay: its message doubts-event-1 is not known" in sure.err or "cannot be decoded" in sure.err


@pytest.mark.stack
async def test_large_topic_is_read_in_little_memory(bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of eighty megabytes of dead letters only three payloads are read."""
    topic = replace(topics.DEAD_LETTERS, name="test.large.dead.letters")
    monkeypatch.setitem(TOPICS, topic.name, topic)
    monkeypatch.setattr(reader_module, "DEAD_LETTERS", topic)
    assert (await ensure_topics(Brokers(bootstrap))).problems == []
    for first in range(0, 4000, 1000):
        written = [make_dead_letter("large", number, payload=b"x" * 15_000) for number in range(first, first + 1000)]
        await write(bootstrap, written, topic)
        written.clear()
    tracemalloc.start()
    found = await read_dead_letters(Brokers(bootstrap), DeadLetterFilter(workspace="large"))
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.entries) == 4000
    assert kept < 4_000_000
    assert peak < 40_000_000
    some = [found.entries[number] for number in (3998, 17, 2000)]
    opened = [
        (entry.id, dead_letter.id, len(dead_letter.payload))
        async for entry, dead_letter in fetch_dead_letters(Brokers(bootstrap), some)
    ]
    assert opened == [(entry.id, entry.id, 15_000) for entry in sorted(some, key=lambda entry: entry.offset)]


def test_mistakes_are_reported_in_one_line(live: Live) -> None:
    for arguments, expected in (
        (("replay",), "name the dead letters to replay"),
        (("show", "no-such-entry"), "there is no dead letter no-such-entry"),
        (("list", "--since", "yesterday"), "--since yesterday: say 90s, 30m, 2h or 3d"),
        (("list", "--reason", "boredom"), "there is no reason 'boredom'; the reasons are unknown_recipient,"),
    ):
        done = live.parley("dlq", *arguments)
        assert done.code == 1
        assert done.err.startswith(f"parley: {expected}")
        assert done.err.count("\n") == 1


def test_missing_stack_is_reported_in_one_line(tmp_path: Path) -> None:
    unreachable = {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "MONGODB_URI": "mongodb://127.0.0.1:9/",
        "SECRETS_KEY": "A" * 43 + "=",
    }
    done = parley("dlq", "list", "--dir", str(tmp_path / "none"), env=unreachable)

    assert done.code == 1
    assert "is away" in done.err
    assert done.err.count("\n") == 1
