"""`parley tail` shows the records of a topic, with personal data masked."""

import asyncio
import subprocess

from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.kafka.records import NewRecord
from tests.cli.conftest import Live, until
from tests.cli.runner import PARLEY, ROOT


async def produce(bootstrap: str, record: NewRecord) -> None:
    producer = KafkaProducer(Brokers(bootstrap), "test")
    await producer.start()
    try:
        await producer.send([record])
    finally:
        await producer.stop()


def test_line_has_workspace_id_and_masked_sender(live: Live, customer: str) -> None:
    live.write("hello", customer)

    done = live.parley("tail", "inbound.messages", "--from-start", "-n", "1")

    assert done.code == 0
    assert "acme       acme:meta:wamid." in done.out
    assert "text from +234…" in done.out


def test_json_is_masked_unless_raw(live: Live, customer: str) -> None:
    wamid = live.write("hello", customer)

    masked = live.parley("tail", "inbound.messages", "--from-start", "-n", "1", "--json").json()
    raw = live.parley("tail", "inbound.messages", "--from-start", "-n", "1", "--json", "--raw").json()

    assert wamid.startswith("wamid.")
    assert masked["topic"] == "inbound.messages"
    assert "…" in masked["value"]["sender"]["phone"]
    assert "…" in masked["value"]["raw"]["from"]
    assert raw["value"]["sender"]["phone"].startswith("+234803")


def test_tail_follows_new_records(live: Live, customer: str) -> None:
    command = [*PARLEY, "tail", "inbound.messages", "-n", "1", "--raw", "--dir", str(live.dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:

        def write_until_shown() -> bool:
            live.write("marco polo", customer)  # repeatedly: it is not known when tail starts to read
            return process.poll() is not None

        until(write_until_shown)
        assert process.stdout is not None
        assert '"marco polo"' in process.stdout.read()


def test_undecodable_record_is_shown_masked(live: Live) -> None:
    value = b'{"garbage": "to +2348035559999"}'
    asyncio.run(produce(live.stack.info["kafka"], NewRecord("conversation.events", b"garbled", value)))

    options = ("--from-start", "--workspace", "garbled", "-n", "1")
    line = live.parley("tail", "conversation.events", *options).out
    json = live.parley("tail", "conversation.events", *options, "--json").json()

    assert "UNDECODABLE 32 bytes" in line
    assert "5559999" not in line
    assert "missing required field" in json["error"]


def test_unknown_topic_is_refused_with_the_list_of_topics(live: Live) -> None:
    done = live.parley("tail", "inbound")

    assert done.code == 1
    assert done.err.startswith("parley: there is no topic 'inbound'; there are inbound.messages, inbound.statuses,")
