"""The console's server: HTTP and WebSockets on CONSOLE_PORT."""

from shared.http import server
from shared.http.asgi import App
from shared.http.connection import ConnectionLimits
from shared.settings import Settings

_HEADER_TIMEOUT = 10.0  # seconds until 408
_HEADER_BYTES = 32 * 1024
_KEEP_ALIVE = 65.0  # seconds; longer than the idle time-out of a load balancer in front
_FRAME_BYTES = 16 * 1024  # of a client's WebSocket message
_PING = 20.0  # seconds between two pings, and until a client that does not answer one is closed


def make_server(app: App, settings: Settings) -> server.Server:
    """Return a server of `app`."""
    bounds = ConnectionLimits(
        header_timeout=_HEADER_TIMEOUT,
        keep_alive=_KEEP_ALIVE,
        connections=settings.console_max_connections,
        header_bytes=_HEADER_BYTES,
    )
    return server.make_server(
        app,
        bounds,
        host=settings.bind_host,
        port=settings.console_port,
        proxies=settings.console_trusted_proxies,
        ws="websockets-sansio",
        ws_max_size=_FRAME_BYTES,
        ws_ping_interval=_PING,
        ws_ping_timeout=_PING,
        ws_per_message_deflate=False,
    )
