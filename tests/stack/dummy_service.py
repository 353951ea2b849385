"""Stands in for a service: answers on OPS_PORT.

DUMMY says how it misbehaves: `dies` at its start, is `stubborn` to SIGTERM, is `unready` for ever; several by comma,
each optionally for one instance only (`dies@router-0`).
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


def has_fault(how: str) -> bool:
    me = os.environ.get("INSTANCE_ID", "simulators")
    return not {how, f"{how}@{me}"}.isdisjoint(os.environ.get("DUMMY", "").split(","))


class Handler(BaseHTTPRequestHandler):
    """200 to everything, with the environment in which the process runs."""

    def do_GET(self) -> None:
        body = json.dumps(dict(os.environ)).encode()
        self.send_response(503 if has_fault("unready") else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


def main() -> None:
    if has_fault("dies"):
        sys.exit("ConfigurationError: SHOE_SIZE is missing")
    signal.signal(signal.SIGTERM, signal.SIG_IGN if has_fault("stubborn") else lambda *_: sys.exit(0))
    port = int(sys.argv[1] if len(sys.argv) > 1 else os.environ["OPS_PORT"])
    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
