"""Running simulators, a fake ingress, and a client."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from devtools.simulators.app import run_simulators
from devtools.simulators.config import Environment
from devtools.simulators.state import SimulatorState

SECRET = "app-secret"
PUBLIC = "https://parley.example"
ACCOUNT = "AC" + "0a" * 16


@dataclass
class ReceivedWebhook:
    """One received webhook."""

    path_qs: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FakeIngress:
    """Keeps received webhooks; responds with the statuses in `answers`, then with 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    posts: "asyncio.Queue[ReceivedWebhook]" = field(default_factory=asyncio.Queue)

    async def receive(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            valid = request.query.get("hub.verify_token") == "verify-me"
            return web.Response(text=request.query["hub.challenge"] if valid else "no", status=200 if valid else 403)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.posts.put_nowait(ReceivedWebhook(request.path_qs, headers, await request.read()))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def next(self) -> ReceivedWebhook:
        return await asyncio.wait_for(self.posts.get(), 30)


@dataclass
class SimulatorClient:
    """A client of the simulators."""

    url: str
    state: SimulatorState
    http: aiohttp.ClientSession

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        async with self.http.request(method, self.url + path, **options) as response:
            return response.status, await response.json()

    async def script(self, **rule: Any) -> None:
        status, answer = await self.call("POST", "/_sim/script", json=rule)
        assert status == 200, answer

    async def config(self, **changes: Any) -> None:
        status, answer = await self.call("POST", "/_sim/config", json=changes)
        assert status == 200, answer

    async def records(self, **query: str | int | float) -> list[dict[str, Any]]:
        status, answer = await self.call("GET", "/_sim/records", params=query)
        assert status == 200, answer
        found: list[dict[str, Any]] = answer["records"]
        return found

    async def meta(self, body: object, *, key: str = "token", number: str = "1001") -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return await self.call("POST", f"/meta/v23.0/{number}/messages", json=body, headers=headers)

    async def twilio(self, form: dict[str, str], *, key: str = "auth", user: str = ACCOUNT) -> tuple[int, Any]:
        headers = {"authorization": aiohttp.encode_basic_auth(user, key)}
        path = f"/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        return await self.call("POST", path, data=form, headers=headers)


@pytest.fixture
async def ingress() -> AsyncIterator[FakeIngress]:
    ingress = FakeIngress()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", ingress.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ingress.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield ingress
    await runner.cleanup()


@pytest.fixture
async def sim(ingress: FakeIngress) -> AsyncIterator[SimulatorClient]:
    env = Environment(
        ingress_url=ingress.url, public_base_url=PUBLIC, meta_app_secret=SECRET, meta_verify_token="verify-me"
    )
    async with run_simulators(env) as (url, state), aiohttp.ClientSession() as http:
        yield SimulatorClient(url, state, http)


def text(body: str = "hi", to: str = "2348031234567", **more: Any) -> dict[str, Any]:
    """Return a text message for Meta."""
    return {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": body}} | more


def form(body: str = "hi", **more: str) -> dict[str, str]:
    """Return a message for Twilio."""
    return {"From": "whatsapp:+14155238886", "To": "whatsapp:+2348031234567", "Body": body} | more
