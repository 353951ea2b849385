"""The vendors' HTTP client: a request that was never sent costs nothing, any other failure may have cost something."""

import gzip
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from aiohttp import web

from devtools.stack.ports import any_free_port
from services.ai.prompt.prompt import Prompt, PromptTurn
from services.ai.vendors.anthropic import AnthropicModel
from services.ai.vendors.failures import ModelFailed
from services.ai.vendors.http_client import http_client, was_sent
from tests.providers import fakes
from tests.providers.fakes import FakeProvider
from tests.runtime.secured import make_authority

LIMITS = httpx2.Timeout(10.0)
SHORT = httpx2.Timeout(10.0, read=0.5)


@pytest.fixture
async def vendor() -> AsyncIterator[FakeProvider]:
    async with fakes.running() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with http_client() as client:
        client.timeout = LIMITS
        yield client


async def test_request_is_sent_unchanged_and_the_answer_is_decompressed(
    vendor: FakeProvider, client: httpx2.AsyncClient
) -> None:
    async def packed(_: web.Request) -> web.Response:
        return web.Response(
            body=gzip.compress(b'{"text": "h\xc3\xa9"}'), headers={"Content-Encoding": "gzip", "X-A": "b"}
        )

    vendor.answer = packed
    answer = await client.post(f"{vendor.url}/v1/messages?beta=true", json={"a": 1}, headers={"x-api-key": "k"})
    assert (answer.status_code, answer.json(), answer.headers["x-a"]) == (200, {"text": "hé"}, "b")
    (received,) = vendor.requests
    assert (received.path, received.body, received.headers["x-api-key"]) == ("/v1/messages", b'{"a":1}', "k")


async def test_connections_are_reused(vendor: FakeProvider, client: httpx2.AsyncClient) -> None:
    ports = set()

    async def noting(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername")[1])
        return web.Response(text="{}")

    vendor.answer = noting
    for _ in range(3):
        assert (await client.get(vendor.url)).text == "{}"
    assert len(ports) == 1


async def test_authority_of_ssl_cert_file_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a proxy of a company that opens TLS."""
    authority = make_authority(tmp_path / "authority")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(authority.server)
    monkeypatch.setenv("SSL_CERT_FILE", authority.ca)
    async with fakes.running(tls) as vendor, http_client() as client:
        assert (await client.get(vendor.url, timeout=LIMITS)).text == "{}"


async def test_redirects_are_not_followed(vendor: FakeProvider, client: httpx2.AsyncClient) -> None:
    vendor.answer = fakes.always(307, "{}", Location="/elsewhere", Set_Cookie="a=b")
    assert (await client.get(vendor.url)).status_code == 307
    assert [request.path for request in vendor.requests] == ["/"]


@pytest.mark.parametrize(
    ("answer", "failure", "limits"),
    [
        (fakes.silence, httpx2.ReadTimeout, SHORT),
        (fakes.hang_up, httpx2.ConnectError, LIMITS),
        (fakes.half_an_answer, httpx2.ReadError, LIMITS),
    ],
)
async def test_request_that_gets_no_answer_was_sent(
    vendor: FakeProvider,
    client: httpx2.AsyncClient,
    answer: fakes.Answerer,
    failure: type[Exception],
    limits: httpx2.Timeout,
) -> None:
    vendor.answer = answer
    with pytest.raises(failure) as raised:
        await client.get(vendor.url, timeout=limits)
    assert was_sent(raised.value)


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b'{"type": ', "unreadable: DecodeError"), (b'{"type": "\xff"}', "unreadable: UnicodeDecodeError")],
)
async def test_unreadable_answer_of_anthropic_has_unknown_usage(vendor: FakeProvider, body: bytes, reason: str) -> None:
    """The vendor charges for it, so it counts with the most that it can have cost."""

    async def unreadable(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    vendor.answer = unreadable
    model = AnthropicModel("key", vendor.url)
    with pytest.raises(ModelFailed) as raised:
        await model.answer(Prompt(("s",), (PromptTurn("user", "q"),)), model="m", max_tokens=9, timeout=10.0)
    await model.close()
    assert (raised.value.reason, raised.value.unknown) == (reason, True)


async def test_request_without_a_server_was_not_sent(client: httpx2.AsyncClient) -> None:
    with pytest.raises(httpx2.ConnectError) as raised:
        await client.get(f"http://127.0.0.1:{any_free_port()}")
    assert not was_sent(raised.value)


@pytest.mark.parametrize("value", ["two\nlines", "a\0b"])
async def test_request_with_an_impossible_header_is_not_sent(
    vendor: FakeProvider, client: httpx2.AsyncClient, value: str
) -> None:
    """As when a key was copied with the end of its line."""
    with pytest.raises(ValueError) as raised:
        await client.get(vendor.url, headers={"x-api-key": value})
    assert not was_sent(raised.value)
    assert vendor.requests == []
