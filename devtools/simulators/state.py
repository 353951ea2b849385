"""What all simulators of one process share, and how they answer badly when told to."""

import asyncio
import contextlib
import random
import time
from collections import Counter
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

TIMEOUT = 120.0  # seconds after which a call that is never answered is cut
_LOOK = 0.25  # seconds between looks whether the caller has gone


class SimulatorState:
    """One process of simulators."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.url = ""  # where this process answers, once it does
        self.config = SimulatorConfig()
        self.script = FaultScript()
        self.records = RequestLog()
        self.limits = SimulatedLimits()
        self.webhook_sender = WebhookSender(env, self.config)
        self.cache = PromptCache()
        self.received: set[str] = set()  # ids of inbound Meta messages that `webhooks.wamid` did not make
        self.templates: dict[str, list[dict[str, Any]]] = {}  # by WABA; one that is not here takes any template
        self.uploads: set[tuple[str, str]] = set()  # Meta: number and id of the files that it has
        self.registered: set[str] = set()  # Twilio accounts whose token was given, not learned
        self.seed = str(time.time_ns())  # ids differ from one start to the next
        self.under_way: Counter[str] = Counter()  # calls of models, by provider
        self.most: Counter[str] = Counter()  # that were under way at once, since the records were cleared
        self._n = 0
        self._random = random.Random(0)

    def set_environment(self, env: Environment) -> None:
        """Send webhooks elsewhere or sign them otherwise from now on."""
        self.env = self.webhook_sender.env = env

    def next_number(self) -> int:
        """A counter for ids."""
        self._n += 1
        return self._n

    async def plan(self, call: ProviderCall) -> FaultPlan:
        """Ask the script, and let the configured and the scripted latency pass."""
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
        """Around a call of a model: it is counted as under way."""
        self.under_way[provider] += 1
        self.most[provider] = max(self.most[provider], self.under_way[provider])
        try:
            yield
        finally:
            self.under_way[provider] -= 1

    def clear(self) -> None:
        """Forget what was asked."""
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
        """Record one request; it was accepted if there is no error. began: monotonic, where its time matters."""
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
    """A provider's words for a scripted fault."""

    def __call__(self, fault: ScriptedFault, headers: dict[str, str]) -> web.Response: ...


async def send_fault(request: web.Request, fault: ScriptedFault, words: FaultResponse) -> web.Response:
    """Answer as the fault says, or never."""
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
    return words(fault, headers)


async def _stay_silent(request: web.Request, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110  (aiohttp has no event for it)
        await asyncio.sleep(min(_LOOK, max(0.0, end - time.monotonic())))


def _abort_connection(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # goes nowhere


def decode(raw: bytes) -> dict[str, object] | None:
    """The body as a JSON object; None if it is something else."""
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return body if isinstance(body, dict) else None


def as_json(raw: bytes, body: object) -> bytes:
    """What is recorded as payload: the raw JSON, or the text that was none."""
    return raw if body is not None else msgspec.json.encode(raw.decode("utf-8", "replace"))


def bearer(request: web.Request) -> str:
    """The token of `Authorization: Bearer …`; empty if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
