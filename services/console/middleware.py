"""Around every request: its id, the security headers, and an answer for errors that no handler knows."""

import secrets

from starlette.datastructures import MutableHeaders

from services.console.problems import Problem, response_of
from shared.http.asgi import App, Message, Receive, Scope, Send
from shared.telemetry import logging

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

_HSTS = "max-age=31536000; includeSubDomains"


class Envelope:
    """The outermost middleware."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = request_id
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                started = True
                _add_headers(message, request_id, secure=scope["scheme"] in ("https", "wss"))
            await send(message)

        with logging.bound(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_headers)
            except Exception:
                log.exception("A request failed", method=scope.get("method", "WebSocket"), path=path_of(scope))
                if started or scope["type"] != "http":
                    raise
                await response_of(Problem("internal"), request_id)(scope, receive, send_with_headers)


def path_of(scope: Scope) -> str:
    """Return the path of the route, without ids: for logs and metrics."""
    return str(getattr(scope.get("route"), "path", "unknown"))


def _add_headers(message: Message, request_id: str, *, secure: bool) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers[REQUEST_ID] = request_id
    if secure:
        headers["Strict-Transport-Security"] = _HSTS
