"""Benchmarks fail when messages are lost, duplicated, refused or answered wrongly."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest

from devtools.bench.answer_checks import check_answers
from devtools.bench.corpus import Corpus, SampleMessage
from devtools.bench.errors import BenchFailed
from devtools.bench.load_generator import LoadPlan, generate
from devtools.bench.stack import require_all_accepted

SAMPLES = [SampleMessage("2348000000001", "600", b"", "red"), SampleMessage("2348000000001", "600", b"", "blue")]


def answer(text: str, at: float = 1.0, **changes: object) -> dict[str, Any]:
    record = {"phone_number_id": "600", "to": "+2348000000001", "text": text, "at": at, "accepted": True, "error": None}
    return record | changes


def test_check_returns_the_time_of_each_answer() -> None:
    assert check_answers(SAMPLES, [answer("it is blue", 5.0), answer("it is red", 4.0)]) == [4.0, 5.0]


@pytest.mark.parametrize(
    ("label", "records"),
    [
        ("one message is never answered", [answer("red")]),
        ("one message is answered twice", [answer("red"), answer("red"), answer("blue")]),
        ("another customer gets the answer", [answer("red"), answer("blue", to="+2348000000002")]),
        ("another number answers", [answer("red"), answer("blue", phone_number_id="601")]),
        ("the provider refuses an answer", [answer("red"), answer("blue", accepted=False, error={"code": 131047})]),
        ("a send that answers no message", [answer("red"), answer("blue"), answer("sorry")]),
    ],
)
def test_wrong_sends_fail_the_benchmark(label: str, records: list[dict[str, Any]]) -> None:
    with pytest.raises(BenchFailed, match="2 messages"):
        check_answers(SAMPLES, records)


@asynccontextmanager
async def ingress(answer: bytes) -> AsyncIterator[int]:
    """Serve the same response to every request."""
    handlers: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
                writer.write(answer)
        writer.close()
        await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.create_task(serve(reader, writer)))

    async with await asyncio.start_server(begin, "127.0.0.1", 0) as server:
        yield int(server.sockets[0].getsockname()[1])
        await asyncio.gather(*handlers)


def plan(
    port: int, mode: Literal["timed", "once", "paced"] = "once", *, rate: float = 0.0, seconds: float = 0.0
) -> LoadPlan:
    corpus = Corpus(seed=1, run=0, messages=20, customers=5, workspaces=2, timestamp=1_770_000_000)
    return LoadPlan(host="127.0.0.1", port=port, connections=4, mode=mode, corpus=corpus, rate=rate, seconds=seconds)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


async def test_every_message_is_sent_once() -> None:
    async with ingress(OK) as port:
        load = require_all_accepted(await generate(plan(port)))
    assert load.answered == 20
    assert all(load.sent_at)


async def test_paced_messages_are_sent_in_order() -> None:
    async with ingress(OK) as port:
        load = require_all_accepted(await generate(plan(port, mode="paced", rate=500.0)))
    assert load.answered == 20
    assert load.sent_at == sorted(load.sent_at)


async def test_timed_run_sends_the_corpus_in_a_cycle() -> None:
    async with ingress(OK) as port:
        load = require_all_accepted(await generate(plan(port, mode="timed", seconds=0.3)))
    assert load.answered > 20
    assert 0 < load.p50 <= load.p99 <= load.worst


async def test_response_other_than_200_fails() -> None:
    async with ingress(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n") as port:
        load = await generate(plan(port))
    with pytest.raises(BenchFailed, match="'503': 20"):
        require_all_accepted(load)
