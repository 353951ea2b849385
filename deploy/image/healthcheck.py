"""Exit with 0 if the process in this container is ready. For Docker, which has no readiness probes."""

import os
import sys
from http.client import HTTPConnection


def main() -> int:
    """Ask the operations port of this container."""
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("OPS_PORT") or 9100), timeout=4)
    try:
        connection.request("GET", "/health/ready")
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
