"""Free ports on 127.0.0.1: picked once per state directory, stored there, and claimed by one stack at a time.

They are below the kernel's range of ephemeral ports: otherwise an outgoing connection could occupy a server's port
while that server restarts.
"""

import contextlib
import fcntl
import json
import os
import random
import socket
import tempfile
from pathlib import Path

from devtools.stack.errors import StackError

_LOWEST = 15000
_RANGE_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def is_free(port: int) -> bool:
    """Return whether a server can bind the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: ignore closed connections
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def any_free_port() -> int | None:
    """Return a port that can be bound now, or None. For `parley doctor`; stacks use `Ports`."""
    candidates = (random.randrange(_LOWEST, _upper_bound()) for _ in range(50))
    return next((port for port in candidates if is_free(port)), None)


class Ports:
    """The ports of one stack, by name. `close()` releases them for other stacks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        self._claims: dict[int, int] = {}  # port -> descriptor of its locked claim file

    def get(self, name: str) -> int:
        """Return the stored port of `name`, or pick a free one and store it."""
        port = self._ports.get(name)
        if port is None:
            port = self._ports[name] = self._pick()
            self._path.write_text(json.dumps(self._ports, indent=1))
        elif not self._claim(port):
            raise StackError(f"the port of {name}, {port}, belongs to another running stack; use another --dir")
        return port

    def close(self) -> None:
        for descriptor in self._claims.values():
            os.close(descriptor)
        self._claims.clear()

    def _pick(self) -> int:
        for _ in range(200):
            port = random.randrange(_LOWEST, _upper_bound())
            if port not in self._ports.values() and is_free(port) and self._claim(port):
                return port
        raise StackError("no free port on 127.0.0.1 after 200 tries")

    def _claim(self, port: int) -> bool:
        """Claim a port with a file lock: two stacks that start at the same moment may both find it free."""
        if port in self._claims:
            return True
        folder = Path(tempfile.gettempdir(), f"parley-ports-{os.getuid()}")
        folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder / str(port), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._claims[port] = descriptor
        return True


def _upper_bound() -> int:
    with contextlib.suppress(OSError, ValueError):
        lowest_outgoing = int(_RANGE_FILE.read_text().split()[0])
        if lowest_outgoing > _LOWEST + 2000:
            return lowest_outgoing
    return 32000
