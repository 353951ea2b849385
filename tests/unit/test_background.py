"""Background tasks log their failures; a process survives a log that cannot be written."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from shared import background

QUIET = """
from shared.telemetry import logging
logging.configure("test", "INFO")
log = logging.get("x")
for number in range(2000):
    log.info("A line that finds no room", number=number)
import os
os._exit(7)
"""


async def test_failed_background_task_is_logged_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, object]] = []
    monkeypatch.setattr(background.log, "error", lambda event, **more: said.append((event, more["task"])))

    async def fail() -> None:
        raise RuntimeError("nobody thought of this")

    async def wait() -> None:
        await asyncio.Event().wait()

    failing, cancelled = background.start_task(fail(), "failing"), background.start_task(wait(), "waiting")
    await asyncio.wait([failing])
    cancelled.cancel()
    await asyncio.wait([cancelled])
    assert said == [("A background task failed", "failing")]


def test_process_goes_on_when_its_log_is_on_a_full_disk() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([sys.executable, "-c", QUIET], stdout=full, stderr=full, timeout=60, check=False)
    assert ended.returncode == 7
