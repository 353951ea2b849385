"""Around every request: its id, the security headers, https only, metrics, a span, and an answer for errors that no
handler knows.
"""

import random
from time import perf_counter

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders

from services.console import limits
from services.console.parts import Parts
from services.console.problems import Problem, response_of
from shared.http.asgi import App, Message, Receive, Scope, Send
from shared.settings import Settings
from shared.telemetry import logging, metrics, tracing

log = logging.get(__name__)

REQUEST_ID = "Parley-Request"
_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""On every answer, unless it sets its own."""

_random = random.Random()  # of request ids, which are no secrets: the system's would take a system call each
_HSTS = "max-age=31536000; includeSubDomains"


_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "WebSocket"})
_OPEN_TO_PROBES = frozenset({"/api/v1/health", "/api/v1/version"})  # load balancers ask by address, without TLS
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Envelope:
    """The outermost middleware."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = f"{_random.getrandbits(128):032x}"
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(scope, send, request_id)
        span = tracing.span("request", SpanKind.SERVER, correlation_id=request_id, http__request__method=_method(scope))
        with logging.bound(request_id=request_id), span as request_span:
            try:
                await self._run(scope, receive, answer)
            except Exception:
                request_span.mark_failed("internal")
                log.exception("A request failed", method=_method(scope), path=path_of(scope))
                if answer.status or scope["type"] != "http":
                    raise
                await response_of(Problem("internal"), request_id)(scope, receive, answer)
            finally:
                request_span.set(http__route=path_of(scope), http__response__status_code=answer.status)

    async def _run(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        parts: Parts | None = scope["app"].state.parts
        if parts is not None and scope["type"] == "http" and _is_refused(scope, parts.settings):
            await response_of(Problem("insecure"), scope["state"]["request_id"])(scope, receive, answer)
        else:
            await self._app(scope, receive, answer)


class _Answer:
    """Sends the answer, with the headers of all answers; counts it. status: 0 until it began."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self._scope = scope
        self._send = send
        self._request_id = request_id
        self._began = perf_counter()
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """The ASGI `send`."""
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self.status = message["status"]
            self._add_headers(message)
            self._count()
        elif message["type"] == "websocket.accept":
            self.status = 101
            self._count()
        await self._send(message)

    def _add_headers(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers[REQUEST_ID] = self._request_id
        headers.update(limits.headers_of(self._scope["state"].get("limits", ())))
        if is_secure(self._scope):
            headers["Strict-Transport-Security"] = _HSTS

    def _count(self) -> None:
        method = _method(self._scope)
        metrics.API_REQUESTS.labels(f"{method} {path_of(self._scope)}", str(self.status)).inc()
        if self._scope["type"] == "http":
            kind = "read" if method in _READS else "write"
            metrics.API_SECONDS.labels(kind).observe(perf_counter() - self._began)


def path_of(scope: Scope) -> str:
    """Return the path of the route, without ids: for logs, metrics and spans."""
    return str(getattr(scope.get("route"), "path", "unknown"))


def is_secure(scope: Scope) -> bool:
    """Return whether the client uses TLS, up to a trusted proxy at least."""
    return scope["scheme"] in ("https", "wss")


def is_loopback(scope: Scope) -> bool:
    """Return whether the client asked for an address of this machine."""
    host = Headers(scope=scope).get("host", "")
    return (host if host.endswith("]") else host.rpartition(":")[0] or host) in _LOOPBACK


def _is_refused(scope: Scope, settings: Settings) -> bool:
    allowed = is_secure(scope) or settings.console_insecure or is_loopback(scope)
    return not allowed and scope["path"] not in _OPEN_TO_PROBES


def _method(scope: Scope) -> str:
    """Return the method, of a bounded number: others reach no route."""
    method = scope.get("method", "WebSocket")
    return method if method in _METHODS else "other"
