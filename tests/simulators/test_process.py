"""The process prints its URL, answers, and ends on SIGTERM."""

import asyncio
import json
import sys
import urllib.request


async def test_process_starts_and_ends_on_sigterm() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devtools.simulators", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 20)
        url = line.decode().split()[-1]
        assert await asyncio.to_thread(_get, f"{url}/health") == {"status": "ok"}
    finally:
        process.terminate()
        code = await asyncio.wait_for(process.wait(), 60)
    assert code == 0


def _get(url: str) -> object:
    with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  (our own process)
        return json.loads(response.read())
