"""Reading of webhook bodies within limits of size and memory."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingress.reply import answer
from shared.http import body_memory
from shared.http.body import BodyTooLarge, ClientGone, header, read_body
from shared.http.body_memory import BodyMemory, BodyMemoryFull
from shared.providers.webhooks import WebhookReply

Message = MutableMapping[str, Any]


class Client:
    """Sends pieces; after the last one it is silent or, with `gone`, disconnects."""

    def __init__(self, *pieces: bytes, ends: bool = True, gone: bool = False) -> None:
        self.messages: list[Message] = [
            {"type": "http.request", "body": piece, "more_body": number < len(pieces) - 1 or not ends}
            for number, piece in enumerate(pieces)
        ]
        if gone:
            self.messages.append({"type": "http.disconnect"})
        self.read = 0

    async def receive(self) -> Message:
        if self.read == len(self.messages):
            await asyncio.Event().wait()
        self.read += 1
        return self.messages[self.read - 1]


async def _read(
    client: Client,
    *,
    announced: bytes | None = None,
    at_most: int = 10,
    memory: BodyMemory | None = None,
    address: str = "192.0.2.1",
) -> bytes:
    headers = [(b"content-length", announced)] if announced is not None else []
    reservation = (memory or BodyMemory(1000)).reserve(address)
    return await read_body({"headers": headers}, client.receive, at_most=at_most, reservation=reservation)


@given(pieces=st.lists(st.binary(max_size=6), min_size=1, max_size=6))
def test_pieces_are_joined_or_refused_as_too_large(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    if len(whole) <= 10:
        assert asyncio.run(_read(Client(*pieces))) == whole
    else:
        with pytest.raises(BodyTooLarge):
            asyncio.run(_read(Client(*pieces)))


async def test_announced_size_over_the_limit_is_refused_unread() -> None:
    client = Client(b"x")
    with pytest.raises(BodyTooLarge):
        await _read(client, announced=b"11")
    assert client.read == 0


@pytest.mark.parametrize("announced", [b"-1", b"1e3", b"ten", b"", b"+5"])
async def test_announced_size_must_be_a_number(announced: bytes) -> None:
    with pytest.raises(BodyTooLarge):
        await _read(Client(b"x"), announced=announced)


async def test_wrong_announced_size_does_not_bypass_the_limit() -> None:
    with pytest.raises(BodyTooLarge):
        await _read(Client(b"x" * 6, b"x" * 6), announced=b"5")


async def test_endless_body_is_refused_once_too_large() -> None:
    client = Client(*[b"x"] * 50, ends=False)
    with pytest.raises(BodyTooLarge):
        await _read(client)
    assert client.read == 11


@pytest.mark.parametrize("pieces", [(), (b"x",)], ids=["at once", "in the middle"])
async def test_disconnect_of_the_client_is_noticed(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(ClientGone):
        await _read(Client(*pieces, ends=False, gone=True))


async def test_bodies_share_memory_and_release_it() -> None:
    memory = BodyMemory(10, free=0)
    slow = asyncio.create_task(_read(Client(b"x" * 3, b"x" * 3, ends=False), memory=memory))
    await _settled()
    assert memory.used == 6
    with pytest.raises(BodyMemoryFull):
        await _read(Client(b"y" * 2, b"y" * 3), memory=memory, address="192.0.2.2")
    assert memory.used == 6, "a refused body holds no memory"
    assert await _read(Client(b"y" * 9), memory=memory) == b"y" * 9, "a body in one piece uses none"
    assert await _read(Client(b"y" * 2, b"y" * 2), memory=memory, address="192.0.2.2") == b"y" * 4
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)
    assert memory.used == 0


async def test_first_part_of_a_body_is_not_counted() -> None:
    memory = BodyMemory(3, free=5)
    assert await _read(Client(b"x" * 4, b"x" * 4), memory=memory) == b"x" * 8
    with pytest.raises(BodyMemoryFull):
        await _read(Client(b"y" * 4, b"y" * 5), memory=memory)
    assert memory.used == 0


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def _coming(memory: BodyMemory, address: str, count: int) -> list["asyncio.Task[bytes]"]:
    """Start reading `count` bodies of six bytes whose last piece never arrives."""
    bodies = [Client(b"x" * 3, b"x" * 3, ends=False) for _ in range(count)]
    tasks = [asyncio.create_task(_read(body, memory=memory, address=address)) for body in bodies]
    await _settled()
    return tasks


async def _end(tasks: list["asyncio.Task[bytes]"]) -> list[object]:
    await _settled()
    for task in tasks:
        task.cancel()
    return [type(result) for result in await asyncio.gather(*tasks, return_exceptions=True)]


async def test_one_address_can_use_a_quarter_of_the_memory() -> None:
    memory = BodyMemory(48, free=0)
    flood = await _coming(memory, "192.0.2.1", 10)
    assert memory.used == 12
    assert await _read(Client(b"y" * 5, b"y" * 5), memory=memory, address="192.0.2.2") == b"y" * 10
    with pytest.raises(BodyMemoryFull):
        await _read(Client(b"y" * 5, b"y" * 5), memory=memory, address="192.0.2.1")
    assert await _end(flood) == [asyncio.CancelledError] * 2 + [BodyMemoryFull] * 8
    assert memory.used == 0


async def test_only_body_of_an_address_may_use_all_memory() -> None:
    assert await _read(Client(b"y" * 5, b"y" * 5), memory=BodyMemory(10, free=0)) == b"y" * 10


@pytest.mark.parametrize("address", ["192.0.2.1", "192.0.2.9"], ids=["of the same address", "of another one"])
async def test_slow_body_is_evicted_for_a_fast_one(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """A load balancer has the same address as the providers behind it."""
    memory = BodyMemory(24, free=0)
    flood = [*await _coming(memory, "192.0.2.1", 1), *await _coming(memory, "192.0.2.2", 1)]
    flood += [*await _coming(memory, "192.0.2.3", 1), *await _coming(memory, "192.0.2.4", 1)]
    assert memory.used == 24
    monkeypatch.setattr(body_memory, "_EVICTABLE_AFTER", 0.0)
    assert await _read(Client(b"y" * 5, b"y" * 5), memory=memory, address=address) == b"y" * 10
    ended = await _end(flood)
    assert ended.count(BodyMemoryFull) == 2
    assert ended[0] is BodyMemoryFull, "the oldest first"
    assert memory.used == 0


async def test_dripping_body_evicts_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, more = BodyMemory(12, free=0), asyncio.Event()
    dripping = Client(b"x" * 3, b"x" * 3, b"x" * 3, ends=False)

    async def receive() -> Message:
        if dripping.read == 2:
            await more.wait()
        return await dripping.receive()

    old = asyncio.create_task(read_body({"headers": []}, receive, at_most=20, reservation=memory.reserve("192.0.2.1")))
    await _settled()
    young = await _coming(memory, "192.0.2.2", 1)
    monkeypatch.setattr(body_memory, "_EVICTABLE_AFTER", 0.0)
    more.set()
    with pytest.raises(BodyMemoryFull):
        await old
    assert not young[0].done()
    await _end(young)
    assert memory.used == 0


def test_first_header_of_a_name_is_returned() -> None:
    scope = {"headers": [(b"a", b"1"), (b"b", b"2"), (b"b", b"3")]}
    assert (header(scope, b"b"), header(scope, b"c")) == (b"2", None)


@pytest.mark.parametrize(
    ("reply", "more"),
    [
        (WebhookReply(200, b"OK"), set()),
        (WebhookReply(503, b"again", retry_after=5), {(b"retry-after", b"5")}),
        (WebhookReply(413, b"large"), {(b"connection", b"close")}),
        (WebhookReply(408, b"slow"), {(b"connection", b"close")}),
    ],
)
async def test_reply_has_length_and_retry_after(reply: WebhookReply, more: set[tuple[bytes, bytes]]) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await answer(send, reply)
    start, body = sent
    usual = {(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(reply.body)).encode())}
    assert (start["status"], set(start["headers"]), body["body"]) == (reply.status, usual | more, reply.body)
