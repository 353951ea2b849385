"""The control API of the simulators: faults, settings and recorded calls."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.e2e.waiting import TIMEOUT

Json = dict[str, Any]


class SimulatorControl:
    """The control API of a stack's simulators."""

    http: aiohttp.ClientSession
    sims: str

    async def control(self, method: str, path: str, body: object = None) -> Json:
        """Call the simulators' control API."""
        async with self.http.request(method, self.sims + path, json=body) as response:
            answer: Json = await response.json()
            assert response.status == 200, answer
            return answer

    async def script(self, provider: str, fault: Json, *, times: int | None = 1, **match: str) -> int:
        """Script a fault of a provider; return the number of the rule."""
        rule = {"provider": provider, "fault": fault, "times": times, "match": match}
        added: list[int] = (await self.control("POST", "/_sim/script", rule))["rules"]
        return added[0]

    async def unscript(self, rule: int) -> None:
        """Remove a rule."""
        await self.control("DELETE", f"/_sim/script?rule={rule}")

    @asynccontextmanager
    async def simulator_settings(self, **changes: Json) -> AsyncIterator[None]:
        """Change settings of the simulators until the end of the block."""
        before = await self.control("GET", "/_sim/config")
        await self.control("POST", "/_sim/config", changes)
        try:
            yield
        finally:
            await self.control("POST", "/_sim/config", {name: before[name] for name in changes})

    async def records(self, **query: str | int | float) -> list[Json]:
        """Return the simulators' records of requests."""
        async with self.http.get(f"{self.sims}/_sim/records", params=query) as response:
            answer = await response.json()
            assert response.status == 200, answer
            found: list[Json] = answer["records"]
            return found

    async def attempts(self, to: str) -> list[Json]:
        """Return all attempts to send to a customer, accepted or not."""
        return await self.records(to=to, kind="message")

    async def answers(self, to: str, count: int = 1, *, within: float = TIMEOUT) -> list[Json]:
        """Wait until providers have accepted `count` messages to a customer, and return them."""
        found = await self.records(to=to, kind="message", accepted="true")
        end, since = time.monotonic() + within, found[-1]["seq"] if found else 0
        while len(found) < count:
            left = end - time.monotonic()
            new = await self.records(
                to=to, kind="message", accepted="true", since=since, wait=f"{max(0.0, min(left, 10.0)):.3f}"
            )
            found += new
            since = new[-1]["seq"] if new else since
            if left <= 0 and len(found) < count:
                raise AssertionError(f"{len(found)} of {count} answers to {to} within {within:g} s: {found}")
        return found

    async def wait_for_sends(self, count: int, since: int, *, within: float = TIMEOUT) -> None:
        """Wait until providers have accepted `count` messages since the record `since`."""
        end, seen = time.monotonic() + within, 0
        while seen < count and time.monotonic() < end:
            new = await self.records(kind="message", accepted="true", since=since, wait=1)
            seen += len(new)
            since = new[-1]["seq"] if new else since

    async def last_record(self) -> int:
        """Return the sequence number of the simulators' newest record."""
        async with self.http.get(f"{self.sims}/_sim/records", params={"since": 2**60}) as response:
            return int((await response.json())["next"])

    async def calls(self, text: str) -> list[Json]:
        """Return the calls of the model whose last customer message contains `text`."""
        return [record for record in await self.records(kind="completion") if text in record["text"]]
