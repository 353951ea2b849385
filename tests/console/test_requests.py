"""Rules for every request: from this site, of the right type and size, over https; for every route."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Request
from fastapi.routing import APIRoute
from prometheus_client import REGISTRY
from pydantic import SecretStr

from services.console import body as body_module
from services.console.api import ROUTERS
from services.console.body import upload
from services.console.caller import Principal, needs
from services.console.idempotency import REPEATABLE
from services.console.parts import Parts
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.server import make_server
from shared.clock import FixedClock
from shared.settings import Settings
from tests.console import example_routes
from tests.console.accounts import Accounts
from tests.console.console import HOST, Console, make_console, problem
from tests.security.raw_http import connection, until

SETTINGS = Settings(secrets_key=SecretStr("-"), console_max_body_bytes=2000)
router = workspace_router("/files", "files")


@router.post("", dependencies=[REPEATABLE, upload(5000, "text/csv")])
async def take_file(request: Request, caller: Annotated[Principal, needs(Right.CUSTOMERS_IMPORT)]) -> dict[str, int]:
    return {"bytes": sum([len(piece) async for piece in request.stream()])}


@pytest.fixture
async def console(parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack) -> Console:
    routers = [*ROUTERS, example_routes.router, router]
    return make_console(replace(parts, settings=SETTINGS), accounts, clock, closing, routers)


CROSS_SITE = [
    {"origin": HOST, "sec-fetch-site": "same-origin"},
    {"x-parley": "1"},
    {"x-parley": "1", "origin": "https://evil.example"},
    {"x-parley": "1", "origin": "null"},
    {"x-parley": "1", "origin": HOST.replace("http", "https")},
    {"x-parley": "1", "sec-fetch-site": "cross-site"},
    {"x-parley": "1", "origin": HOST, "sec-fetch-site": "same-site"},
    {"x-parley": "0", "origin": HOST},
]


@pytest.mark.parametrize("headers", CROSS_SITE, ids=str)
async def test_change_from_another_site_is_refused_on_every_route(console: Console, headers: dict[str, str]) -> None:
    client = console.client("owner").http
    for name in ("origin", "sec-fetch-site", "x-parley"):
        client.headers.pop(name, None)
    checked = 0
    for route in console.app.routes:
        for method in sorted(getattr(route, "methods", ()) or ()):
            if isinstance(route, APIRoute) and method not in ("GET", "HEAD"):
                path = route.path.replace("{workspace}", "acme").replace("{", "").replace("}", "")
                response = await client.request(method, path, json={"name": "a"}, headers=headers)
                assert problem(response) == "cross-site", f"{method} {path}"
                checked += 1
    assert checked >= 4


@pytest.mark.parametrize("headers", [{"origin": HOST}, {"sec-fetch-site": "same-origin"}])
async def test_change_from_the_console_is_accepted(console: Console, headers: dict[str, str]) -> None:
    client = console.client("owner").http
    for name in ("origin", "sec-fetch-site"):
        client.headers.pop(name, None)
    response = await client.put("/api/v1/workspaces/acme/things/1", json={"name": "a"}, headers=headers)
    assert response.status_code == 200


async def test_key_needs_no_origin(console: Console) -> None:
    assert (await console.key("orders:write").post("things", {"name": "a"})).status_code == 202


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_body_is_json(console: Console, kind: str) -> None:
    for client in (console.client("owner"), console.key("orders:write")):
        response = await client.post("things", headers={"content-type": kind}, content=b'{"name":"a"}')
        assert problem(response) == "unsupported-media-type"


async def test_large_body_is_refused(console: Console) -> None:
    response = await console.client("owner").post("things", {"name": "a" * 2000})
    assert problem(response) == "too-large"
    assert response.json()["detail"] == "the limit is 2000 bytes"


async def test_large_body_without_a_length_is_refused_while_it_arrives(console: Console) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 100

    response = await console.client("owner").post(
        "things", content=pieces(), headers={"content-type": "application/json"}
    )
    assert problem(response) == "too-large"


async def test_file_has_its_own_type_and_limit(console: Console) -> None:
    owner = console.client("owner")
    csv = {"content-type": "text/csv"}
    assert (await owner.post("files", content=b"a" * 5000, headers=csv)).json() == {"bytes": 5000}
    assert problem(await owner.post("files", content=b"a" * 5001, headers=csv)) == "too-large"
    assert problem(await owner.post("files", {"name": "a"})) == "unsupported-media-type"

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(51):
            yield b"a" * 100

    assert problem(await owner.post("files", content=pieces(), headers=csv)) == "too-large"


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("http://127.0.0.1:8090", False),
        ("http://localhost", False),
        ("http://[::1]:8090", False),
        ("https://console.example", False),
        ("http://console.example", True),
        ("http://10.0.0.7:8090", True),
        ("http://127.0.0.1.evil.example", True),
    ],
)
async def test_plain_http_is_only_for_this_machine(console: Console, address: str, refused: bool) -> None:
    transport = httpx2.ASGITransport(app=console.app)
    async with httpx2.AsyncClient(transport=transport, base_url=address) as client:
        response = await client.get("/problems/invalid")
        assert (response.status_code == 403) is refused
        assert not refused or problem(response) == "insecure"
        assert ("strict-transport-security" in response.headers) is address.startswith("https")
        assert (await client.get("/api/v1/health")).status_code == 200


async def test_plain_http_can_be_allowed(
    parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack
) -> None:
    settings = Settings(secrets_key=SecretStr("-"), console_insecure=True)
    open_console = make_console(replace(parts, settings=settings), accounts, clock, closing)
    transport = httpx2.ASGITransport(app=open_console.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://console.example") as client:
        assert (await client.get("/problems/invalid")).status_code == 200


async def test_other_origins_are_only_those_configured(
    parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack, console: Console
) -> None:
    preflight = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    path = "/api/v1/workspaces/acme/things"
    response = await console.anonymous().http.request("OPTIONS", path, headers=preflight)
    assert problem(response) == "method-not-allowed"
    assert not [name for name in response.headers if name.startswith("access-control")]
    settings = Settings(secrets_key=SecretStr("-"), console_origins="https://shop.example")
    shop = make_console(replace(parts, settings=settings), accounts, clock, closing, [example_routes.router])
    response = await shop.anonymous().http.request("OPTIONS", path, headers=preflight)
    assert response.headers["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-credentials" not in response.headers
    other = await shop.anonymous().http.request(
        "OPTIONS", path, headers={**preflight, "origin": "https://evil.example"}
    )
    assert "access-control-allow-origin" not in other.headers


@asynccontextmanager
async def served(console: Console, **changes: Any) -> AsyncIterator[tuple[int, asyncio.Event, asyncio.Task[None]]]:
    """Serve on a real port; yield it, the event that stops the server, and its task."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = make_server(console.app, Settings(secrets_key=SecretStr("-"), console_port=port, **changes))
    stop = asyncio.Event()
    running = asyncio.create_task(server.run_until(stop))
    await until(lambda: server.started)
    try:
        yield port, stop, running
    finally:
        stop.set()
        await running


HEAD = (
    b"POST /api/v1/workspaces/acme/things HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer pk-acme-orders:write\r\n"
    b"content-type: application/json\r\nidempotency-key: press-0001\r\ncontent-length: 100\r\n\r\n"
)


def accepts(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


async def test_slow_body_is_given_up(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "_JSON_SECONDS", 0.2)
    console.key("orders:write")
    async with served(console) as (port, *_), connection("127.0.0.1", port) as raw:
        await raw.send(HEAD + b'{"na')
        answer = await raw.answered()
        assert answer.status == 408
        assert json.loads(answer.body)["type"].rpartition("/")[2] == "too-slow"


async def test_body_is_not_read_before_the_caller_is_known(console: Console) -> None:
    async with served(console) as (port, *_), connection("127.0.0.1", port) as raw:
        await raw.send(HEAD)
        assert (await raw.answered()).status == 401
        assert await raw.closed()


async def test_request_in_flight_is_finished_when_the_process_stops(console: Console) -> None:
    console.key("orders:write")
    async with served(console) as (port, stop, running), connection("127.0.0.1", port) as raw:
        await raw.send(HEAD + b" " * 50)
        stop.set()
        await until(lambda: not accepts(port))
        await raw.send(b'{"name":"a"}'.rjust(50))
        assert (await raw.answered()).status == 202
        await asyncio.wait_for(running, 30)


async def test_headers_are_bounded(console: Console) -> None:
    async with served(console) as (port, *_), connection("127.0.0.1", port) as raw:
        await raw.send(b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 40_000 + b"\r\n\r\n")
        assert (await raw.answered()).status == 431


async def test_requests_are_counted_by_route_without_ids(console: Console) -> None:
    route = "PUT /api/v1/workspaces/{workspace}/things/{thing}"
    before = sample("parley_api_requests_total", route=route, status="200")
    await console.client("owner").put("things/234803", {"name": "a"})
    assert sample("parley_api_requests_total", route=route, status="200") == before + 1
    unknown = sample("parley_api_requests_total", route="GET unknown", status="404")
    await console.client("owner").get("/api/v1/nowhere/234803")
    assert sample("parley_api_requests_total", route="GET unknown", status="404") == unknown + 1


async def test_server_shows_connections_and_requests(console: Console) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = make_server(console.app, Settings(secrets_key=SecretStr("-"), console_port=port))
    stop = asyncio.Event()
    running = asyncio.create_task(server.run_until(stop))
    await until(lambda: server.started)
    async with connection("127.0.0.1", port) as raw:
        await raw.send(b"GET /api/v1/version HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        assert (await raw.answered()).status == 200
        assert server.stats() == {"connections": 1, "requests": 1}
    stop.set()
    await running


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0
