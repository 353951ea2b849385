"""aiohttp connections under the client of httpx2: failures are told apart, and nothing is done that was not asked."""

import gzip
from collections.abc import AsyncIterator

import httpx2
import pytest
from aiohttp import web

from devtools.stack.ports import any_free_port
from services.ai.vendors.transport import AiohttpTransport
from tests.providers import fakes
from tests.providers.fakes import FakeProvider

LIMITS = httpx2.Timeout(10.0)
SHORT = httpx2.Timeout(10.0, read=0.5)


@pytest.fixture
async def vendor() -> AsyncIterator[FakeProvider]:
    async with fakes.running() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=AiohttpTransport(), timeout=LIMITS, trust_env=False) as client:
        yield client


async def test_a_request_goes_out_as_it_is_and_the_answer_comes_back_decoded(
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


async def test_a_connection_is_used_again(vendor: FakeProvider, client: httpx2.AsyncClient) -> None:
    ports = set()

    async def noting(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername")[1])
        return web.Response(text="{}")

    vendor.answer = noting
    for _ in range(3):
        assert (await client.get(vendor.url)).text == "{}"
    assert len(ports) == 1


async def test_an_answer_that_leads_elsewhere_is_not_followed(vendor: FakeProvider, client: httpx2.AsyncClient) -> None:
    vendor.answer = fakes.always(307, "{}", Location="/elsewhere", Set_Cookie="a=b")
    assert (await client.get(vendor.url)).status_code == 307
    assert [request.path for request in vendor.requests] == ["/"]


@pytest.mark.parametrize(
    ("answer", "failure", "limits"),
    [
        (fakes.silence, httpx2.ReadTimeout, SHORT),
        (fakes.hang_up, httpx2.RemoteProtocolError, LIMITS),
        (fakes.half_an_answer, httpx2.RemoteProtocolError, LIMITS),
    ],
)
async def test_an_answer_that_does_not_come(
    vendor: FakeProvider,
    client: httpx2.AsyncClient,
    answer: fakes.Answerer,
    failure: type[Exception],
    limits: httpx2.Timeout,
) -> None:
    """The request was sent: it may have cost something."""
    vendor.answer = answer
    with pytest.raises(failure):
        await client.get(vendor.url, timeout=limits)


async def test_nobody_there(client: httpx2.AsyncClient) -> None:
    with pytest.raises(httpx2.ConnectError):
        await client.get(f"http://127.0.0.1:{any_free_port()}")


@pytest.mark.parametrize("value", ["two\nlines", "a\0b"])
async def test_a_header_that_cannot_be_sent_is_an_error_of_httpx2s(
    vendor: FakeProvider, client: httpx2.AsyncClient, value: str
) -> None:
    """A key that was copied with a line's end, say."""
    with pytest.raises(httpx2.LocalProtocolError):
        await client.get(vendor.url, headers={"x-api-key": value})
    assert vendor.requests == []
