"""State that all simulators of a process share, and responses that are scripted faults."""

import asyncio
import contextlib
import random
import time
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any, Protocol

import msgspec
from aiohttp import web

from devtools.simulators.config import Environment, SimulatorConfig
from devtools.simulators.limits import SimulatedLimits
from devtools.simulators.request_log import RequestLog
from devtools.simulators.script import FaultPlan, FaultScript, ProviderCall, ScriptedFault
from devtools.simulators.tokens import PromptCache
from devtools.simulators.webhook_sender import WebhookSender

TIMEOUT = 120.0  # seconds until an unanswered connection is aborted
_POLL_EVERY = 0.25  # seconds between checks whether the caller has disconnected


class SimulatorState:
    """State of one process of simulators."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.url = ""  # base URL, once it is served
        self.config = SimulatorConfig()
        self.script = FaultScript()
        self.records = RequestLog()
        self.limits = SimulatedLimits()
        self.webhook_sender = WebhookSender(env, self.config)
        self.cache = PromptCache()
        self.received: set[str] = set()  # ids of inbound Meta messages that `webhooks.wamid` did not make
        self.templates: dict[str, list[dict[str, Any]]] = {}  # by WABA; without an entry any template is accepted
        self.uploads: set[tuple[str, str]] = set()  # Meta: number and id of uploaded files
        self.registered: set[str] = set()  # Twilio accounts added through the control API
        self.fetched: deque[tuple[str, bytes]] = deque(maxlen=10)  # Twilio: types and bytes of files from our address
        self.seed = str(time.time_ns())  # makes ids differ between starts
        self.under_way: Counter[str] = Counter()  # concurrent calls of models by provider
        self.most: Counter[str] = Counter()  # maximum of `under_way` since the records were cleared
        self._n = 0
        self._random = random.Random(0)

    def set_environment(self, env: Environment) -> None:
        """Change target and signing secrets of webhooks."""
        self.env = self.webhook_sender.env = env

    def next_number(self) -> int:
        """Return the next number for an id."""
        self._n += 1
        return self._n

    async def plan(self, call: ProviderCall) -> FaultPlan:
        """Return the script's plan for a call, after the configured and the scripted latency."""
        plan = self.script.plan(call)
        config = self.config[call.provider]
        delay = plan.delay + config.latency
        if config.jitter:
            delay += self._random.random() * config.jitter
        if delay > 0:
            await asyncio.sleep(delay)
        return plan

    @contextlib.contextmanager
    def count_model_call(self, provider: str) -> Iterator[None]:
        """Count a model's call as under way during the block."""
        self.under_way[provider] += 1
        self.most[provider] = max(self.most[provider], self.under_way[provider])
        try:
            yield
        finally:
            self.under_way[provider] -= 1

    def clear(self) -> None:
        """Clear the records and the maximum of concurrent calls."""
        self.records.clear()
        self.most = Counter(self.under_way)

    def record_request(
        self,
        call: ProviderCall,
        payload: bytes,
        *,
        error: object = None,
        message_id: str = "",
        sender: str = "",
        opaque: str = "",
        began: float | None = None,
    ) -> None:
        """Record one request, accepted if there is no error. began: monotonic time, to record its duration."""
        self.records.add(
            payload=payload,
            error=error,
            at=time.time(),
            provider=call.provider,
            kind=call.kind,
            accepted=error is None,
            to=call.to,
            sender=sender,
            phone_number_id=call.phone_number_id,
            account_sid=call.account_sid,
            model=call.model,
            text=call.text,
            id=message_id,
            opaque=opaque,
            took=time.monotonic() - began if began is not None else 0.0,
        )


STATE: web.AppKey[SimulatorState] = web.AppKey("hub", SimulatorState)


class FaultResponse(Protocol):
    """Makes a provider's error response for a scripted fault."""

    def __call__(self, fault: ScriptedFault, headers: dict[str, str]) -> web.Response: ...


async def send_fault(request: web.Request, fault: ScriptedFault, make_response: FaultResponse) -> web.Response:
    """Respond as the fault says: an error, an invalid body, a dropped connection, or nothing."""
    if fault.kind == "timeout":
        await _stay_silent(request, min(fault.seconds or TIMEOUT, TIMEOUT))
        return _abort_connection(request)
    if fault.kind in {"reset", "reset_after_accept"}:
        return _abort_connection(request)
    if fault.kind == "malformed":
        html = "<!DOCTYPE html><html><body><h1>Sorry, something went wrong.</h1></body></html>"
        return web.Response(text=html, content_type="text/html", status=fault.status or 200)
    if fault.kind == "malformed_json":
        return web.Response(text='{"messages": [{"id": "', content_type="application/json", status=fault.status or 200)
    headers = {"retry-after": f"{fault.retry_after:g}"} if fault.retry_after is not None else {}
    return make_response(fault, headers)


async def _stay_silent(request: web.Request, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110  (aiohttp has no event for a disconnect)
        await asyncio.sleep(min(_POLL_EVERY, max(0.0, end - time.monotonic())))


def _abort_connection(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # not sent, the connection is closed


def decode(raw: bytes) -> dict[str, object] | None:
    """Return the body as a JSON object; None if it is none."""
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return body if isinstance(body, dict) else None


def as_json(raw: bytes, body: object) -> bytes:
    """Return the payload to record: the raw JSON, or an invalid body as a JSON string."""
    return raw if body is not None else msgspec.json.encode(raw.decode("utf-8", "replace"))


def bearer(request: web.Request) -> str:
    """Return the token of `Authorization: Bearer …`; empty without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
