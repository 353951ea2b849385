"""`python -m devtools.simulators --port P [--host 127.0.0.1]`: one process, until SIGTERM or SIGINT."""

import argparse
import asyncio
import gc
import signal

import uvloop

from devtools.simulators.app import run_simulators
from devtools.simulators.config import Environment


async def serve(host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with run_simulators(Environment.load(), host=host, port=port) as (url, _):
        print(f"simulators on {url}", flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m devtools.simulators", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free port, which is printed")
    parser.add_argument("--host", default="127.0.0.1")
    options = parser.parse_args()
    gc.set_threshold(50_000, 20, 50)  # many long-lived records, few cycles
    uvloop.run(serve(options.host, options.port))


if __name__ == "__main__":
    main()
