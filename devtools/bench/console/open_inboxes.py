"""`parley bench console beside` (P12): FAQ answers per second of all services, with and without open inboxes.

An open inbox is a WebSocket that gets the rows of its workspace, and a first page every ten seconds. Browsers would
share the processor, so it is what they cost the services that is measured.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import aiohttp

from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.console.raw_socket import RawSocket
from devtools.bench.corpus import workspace_files
from devtools.bench.errors import BenchFailed
from devtools.bench.pipeline import SERVICES, WORKSPACES, PipelineOptions, PipelineRuns, PipelineScenario
from devtools.bench.results import HIGHER, LOWER, NEITHER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from shared.clock import SystemClock
from shared.domain.accounts import ApiKey, token_digest
from shared.repositories.api_keys import ApiKeys, key_id
from shared.storage.mongo import Mongo

_PAUSE = 10.0  # seconds between two pages of an inbox
_SCOPES = ("conversations:read", "messages:read", "events:read")
_TABLE, _CPU = "FAQ messages answered per second", "CPU seconds per 1,000 messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInboxesOptions(BenchmarkOptions):
    """Options of `parley bench console beside`. inboxes: that are open, each of another workspace as far as there are
    any. messages: of each run.
    """

    kind: ClassVar[str] = "console beside"
    about: ClassVar[str] = "P12: open inboxes cost the services at most 5 % of the FAQ answers per second."
    shown: ClassVar[tuple[str, ...]] = ("inboxes", "messages", "runs")

    inboxes: int = 5
    messages: int = 2000


def run(options: OpenInboxesOptions) -> BenchResult:
    """Return the figures; runs with and without inboxes take turns. Raises BenchFailed."""
    files = workspace_files(WORKSPACES)
    env = {"CONSOLE_REQUESTS_PER_KEY_PER_MINUTE": "0"}
    with benchmark_run(options, {**SERVICES, "console": 1}, files, simulators=True, env=env) as (bench, result):
        asyncio.run(_measure(options, bench, result, [file.workspace for file in files]))
    return result


async def _measure(options: OpenInboxesOptions, bench: BenchStack, result: BenchResult, workspaces: list[str]) -> None:
    await _store_keys(bench, workspaces)
    runs = PipelineRuns(bench, PipelineOptions(messages=options.messages, seed=options.seed))
    await asyncio.to_thread(runs.measure, PipelineScenario(column="warm-up", messages=500, faq_share=1.0))
    scenario = PipelineScenario(column="all FAQ", messages=options.messages, faq_share=1.0)
    watched = [workspaces[number % len(workspaces)] for number in range(options.inboxes)]
    for number in range(options.runs):
        for column, opened in (("nobody watches", []), (f"{options.inboxes} open inboxes", watched)):
            print_progress(f"{column}, run {number + 1} of {options.runs}")
            async with _inboxes(bench.info["console"], opened) as frames:
                measured = await asyncio.to_thread(runs.measure, scenario)
                result.add(_TABLE, column, "messages/s", options.messages / measured.seconds, better=HIGHER)
                result.add(_TABLE, column, "frames", sum(frames.values()), better=NEITHER)
            for service, seconds in measured.cpu.items():
                result.add(_CPU, service, column, seconds * 1000 / options.messages, better=LOWER)


def _secret(workspace: str) -> str:
    return f"pk_benchmark-of-{workspace}"


async def _store_keys(bench: BenchStack, workspaces: list[str]) -> None:
    mongo = Mongo(bench.info["mongodb"], bench.info["mongodb_database"])
    try:
        for workspace in workspaces:
            digest = token_digest(_secret(workspace))
            key = ApiKey(
                id=key_id(digest),
                workspace=workspace,
                digest=digest,
                name="bench",
                scopes=_SCOPES,
                made_by="bench",
                made_at=SystemClock().now(),
            )
            await ApiKeys(mongo, workspace).create(key)
    finally:
        await mongo.close()


@contextlib.asynccontextmanager
async def _inboxes(url: str, workspaces: list[str]) -> AsyncIterator[Mapping[int, int]]:
    """Keep an inbox open for each workspace; give how many frames each got. Raises BenchFailed if one is closed."""
    loop, frames, closed = asyncio.get_running_loop(), dict[int, int](), list[int]()
    host, _, port = url.removeprefix("http://").partition(":")
    sockets, tasks = list[RawSocket](), list[asyncio.Task[None]]()

    async with aiohttp.ClientSession(base_url=url, timeout=aiohttp.ClientTimeout(total=30)) as http:
        for number, workspace in enumerate(workspaces):

            def count(_: RawSocket, __: bytes, number: int = number) -> None:
                frames[number] = frames.get(number, 0) + 1

            socket = RawSocket(
                f"/api/v1/workspaces/{workspace}/events",
                _secret(workspace),
                count,
                lambda socket: closed.append(socket.close_code),
            )
            socket.send(b'{"type":"hello"}')
            await loop.create_connection(lambda socket=socket: socket, host, int(port))  # type: ignore[misc]
            sockets.append(socket)
            tasks.append(asyncio.create_task(_read_pages(http, workspace)))
        try:
            async with asyncio.timeout(30):
                while len(frames) < len(sockets) and not closed:  # noqa: ASYNC110 - a count
                    await asyncio.sleep(0.01)
            yield frames
            for task in tasks:
                if task.done():
                    task.result()  # a page that was refused
            if closed:
                raise BenchFailed(f"the console closed an inbox, with {closed[0]}")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for socket in sockets:
                socket.close()


async def _read_pages(http: aiohttp.ClientSession, workspace: str) -> None:
    while True:
        headers = {"authorization": f"Bearer {_secret(workspace)}"}
        async with http.get(f"/api/v1/workspaces/{workspace}/conversations", headers=headers) as answer:
            answer.raise_for_status()
            await answer.read()
        await asyncio.sleep(_PAUSE)
