"""A dummy service that responds on OPS_PORT.

DUMMY names its faults, separated by commas: `dies` (exits at the start), `stubborn` (ignores SIGTERM), `unready`
(never ready). `dies@router-0` is a fault of one instance only.
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


def has_fault(fault: str) -> bool:
    instance = os.environ.get("INSTANCE_ID", "simulators")
    return not {fault, f"{fault}@{instance}"}.isdisjoint(os.environ.get("DUMMY", "").split(","))


class Handler(BaseHTTPRequestHandler):
    """Returns 200 and the environment of the process for every path."""

    def do_GET(self) -> None:
        body = json.dumps(dict(os.environ)).encode()
        self.send_response(503 if has_fault("unready") else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Do not log requests."""


def main() -> None:
    if has_fault("dies"):
        sys.exit("ConfigurationError: SHOE_SIZE is missing")
    signal.signal(signal.SIGTERM, signal.SIG_IGN if has_fault("stubborn") else lambda *_: sys.exit(0))
    port = int(sys.argv[1] if len(sys.argv) > 1 else os.environ["OPS_PORT"])
    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
