"""Addresses that webhooks out may be posted to."""

import socket
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from pydantic import ValidationError

from shared.http.poster import Poster, PostResult
from shared.messages.events import EventKind
from shared.workspace.webhooks_out import WebhookOut
from tests.services.webhook_endpoint import Endpoint

SECRET = "a-secret-of-the-crm"


class Names(AbstractResolver):
    """A resolver that resolves every name to one address."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        kind = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        return [ResolveResult(hostname=host, host=self._address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        return None


PRIVATE = (
    *("127.0.0.1", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104 - to be refused
    *("::1", "fd00::1", "fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"),
)


@pytest.mark.parametrize("address", PRIVATE)
async def test_name_of_a_private_address_is_not_called(address: str) -> None:
    poster = Poster(private=False, timeout=2.0, resolver=Names(address))
    answer = await poster.post("https://crm.example.com/hook", b"{}", {})
    await poster.close()
    assert answer == PostResult(0, "the address is not a public one")


@pytest.mark.parametrize("address", PRIVATE)
async def test_private_address_is_not_called(address: str, endpoint: Endpoint) -> None:
    host, port = (f"[{address}]" if ":" in address else address), endpoint.url.rsplit(":", 1)[1].partition("/")[0]
    poster = Poster(private=False, timeout=2.0)
    answer = await poster.post(f"https://{host}:{port}/hook", b"{}", {})
    await poster.close()
    assert answer == PostResult(0, "the address is not a public one")
    assert endpoint.requests == []


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "127.1", "localhost"])
async def test_other_spellings_of_this_machine_are_not_called(host: str) -> None:
    poster = Poster(private=False, timeout=2.0)
    answer = await poster.post(f"https://{host}/hook", b"{}", {})
    await poster.close()
    assert answer.status == 0


async def test_plain_http_is_refused_outside_private_networks(endpoint: Endpoint) -> None:
    poster = Poster(private=False, timeout=2.0, resolver=Names("93.184.216.34"))
    assert (await poster.post("http://crm.example.com/hook", b"{}", {})).why == "only https may be called"
    await poster.close()


async def test_large_response_is_not_read(endpoint: Endpoint) -> None:
    poster = Poster(private=True, timeout=2.0)
    assert (await poster.post(endpoint.url, b"{}", {})).ok
    await poster.close()


async def test_aiohttp_creates_a_socket_by_the_factory_for_every_connection() -> None:
    """The check of addresses at the connection depends on it, also for addresses written as numbers."""
    asked: list[str] = []

    def refuse(info: Any) -> Any:
        asked.append(info[4][0])
        raise OSError("no")

    connector = aiohttp.TCPConnector(socket_factory=refuse)
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get("http://127.0.0.1:9/")
    assert asked == ["127.0.0.1"]


WRONG = [
    ("not a URL", "crm"),
    ("another scheme", "ftp://crm.example.com/"),
    ("no host", "https:///hook"),
    ("a user", "https://me@crm.example.com/"),
    ("a password", "https://me:pw@crm.example.com/"),
    ("a fragment", "https://crm.example.com/#a"),
    ("a space", "https://crm.example.com/a b"),
    ("a line end", "https://crm.example.com/\r\nX: y"),
    ("a backslash", "https://crm.example.com\\@evil.example/"),
    ("digits that are not ASCII", "https://①②⑦.⓪.⓪.①/"),
    ("an invalid port", "https://crm.example.com:99999/"),
    ("a host with odd letters", "https://crm_%31.example.com/"),
]


@pytest.mark.parametrize("url", [case[1] for case in WRONG], ids=[case[0] for case in WRONG])
def test_ambiguous_url_is_refused_in_the_workspace_file(url: str) -> None:
    with pytest.raises(ValidationError):
        WebhookOut(id="crm", url=url, secret=SECRET)


@pytest.mark.parametrize(
    "url", ["https://crm.example.com", "https://crm.example.com:8443/a?b=c", "https://[2001:db8::1]/"]
)
def test_ordinary_url_is_accepted(url: str) -> None:
    hook = WebhookOut(id="crm", url=url, secret=SECRET, events=(EventKind.MESSAGE_SENT,))
    assert hook.wants(EventKind.MESSAGE_SENT)
    assert not hook.wants(EventKind.MESSAGE_FAILED)
    assert SECRET not in repr(hook)
