"""`parley bench console inbox`: pages of folders among a million conversations, warm and cold, and what a page costs.

It decides whether the console needs a collection of its own for the inbox
(docs/decisions/0060-inbox-without-a-read-model.md).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pymongo import MongoClient

from devtools.bench import machine
from devtools.bench.benchmark import BenchmarkOptions
from devtools.bench.console.conversation import conversation_requests
from devtools.bench.console.database import DATABASE, check_space, kept_database, make_cold
from devtools.bench.console.previews import preview_requests
from devtools.bench.console.readers import Request, read_for, time_each
from devtools.bench.console.search import search_requests
from devtools.bench.console.seeding import PEOPLE, WORKSPACE, SeedPlan, build_indexes, seed
from devtools.bench.console.writes import RATE, write_beside_readers
from devtools.bench.percentiles import percentile
from devtools.bench.results import HIGHER, LOWER, BenchResult
from devtools.bench.stack import DEFAULT_OUT, print_progress
from devtools.stack.mongodb import MongoDB
from shared.clock import SystemClock
from shared.operations.inbox.rows import InboxReader, InboxRows
from shared.repositories import conversations, customers, inbound, outbound, seen_marks
from shared.repositories.inbox import Folder, InboxPosition, InboxView, Sort, index_of, page_queries
from shared.repositories.visibility import EVERYTHING
from shared.storage.mongo import Mongo

PARTS = ("reads", "pages", "previews", "conversation", "search", "writes", "cold")
ROWS = 50
DEEP = 99  # pages before the hundredth
_COLD_PAGES = 5
_READER = InboxReader(user=PEOPLE[0], numbers=True)
VIEWS = {
    **{folder.value: InboxView(folder=folder, member=PEOPLE[0]) for folder in Folder},
    "waits longest": InboxView(sort=Sort.WAITS),
    "a label": InboxView(label="vip"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxBenchOptions(BenchmarkOptions):
    """Options of `parley bench console inbox`. pause: mean seconds between a client's pages. only: parts to measure.
    fresh: seed anew.
    """

    kind: ClassVar[str] = "console inbox"
    about: ClassVar[str] = (
        "How long a page of 50 conversations takes among a million, for readers who pause between pages; the last "
        "words of a page in four ways; a conversation of 100,000 messages; searches among a million customers. "
        "Goal: a page within 150 ms (p95), 600 ms with nothing in any cache; a search within 200 ms."
    )
    shown: ClassVar[tuple[str, ...]] = ("conversations", "clients", "seconds", "pause")

    conversations: int = 1_000_000
    clients: int = 20
    seconds: float = 60.0
    pause: float = 0.5
    only: tuple[str, ...] = PARTS
    fresh: bool = False
    out: Path = DEFAULT_OUT

    @property
    def plan(self) -> SeedPlan:
        """The number of stored documents and their size."""
        number = self.conversations
        return SeedPlan(
            seed=self.seed,
            conversations=number,
            large=number // 100,
            with_messages=number // 10,
            long_turns=number // 20,
        )


def seed_only(options: InboxBenchOptions) -> None:
    """Store what is measured, if it is not stored already."""
    folder = _folder(options)
    if options.conversations >= SeedPlan().conversations:
        check_space(folder)
    with kept_database(folder, fresh=options.fresh) as server:
        _prepare(server, options)


def run(options: InboxBenchOptions) -> BenchResult:
    """Return the figures."""
    load_before = machine.load_average()
    folder = _folder(options)
    with kept_database(folder, fresh=options.fresh) as server:
        _prepare(server, options)
        result = BenchResult(
            kind=options.kind,
            about=options.about,
            at=f"{SystemClock().now():%Y-%m-%dT%H:%M:%SZ}",
            command=options.command,
            seed=options.seed,
            machine=machine.describe({"kafka_kind": "none", "mongodb": server.address}, load_before),
            figures=[],
        )
        with MongoClient[dict[str, Any]](server.address) as client:
            deep = {name: _position(client, view) for name, view in VIEWS.items()}
            if "reads" in options.only:
                _add_explained(result, client, deep)
        asyncio.run(_measure_warm(result, server.address, options, deep))
        if "cold" in options.only:
            asyncio.run(_measure_cold(result, server, folder, deep))
    return result


def _folder(options: InboxBenchOptions) -> Path:
    return options.out / f"console-{options.conversations}"


def _prepare(server: MongoDB, options: InboxBenchOptions) -> None:
    seed(server.address, DATABASE, options.plan, print_progress)
    build_indexes(server.address, DATABASE, (conversations, customers, inbound, outbound, seen_marks))


async def _measure_warm(
    result: BenchResult, uri: str, options: InboxBenchOptions, deep: dict[str, InboxPosition | None]
) -> None:
    mongo = Mongo(uri, DATABASE)
    try:
        pages, clients, plan = _pages(mongo, deep), options.clients, options.plan
        groups: dict[str, list[tuple[str, dict[str, Request], float]]] = {
            "pages": [
                (f"Pages of {ROWS} rows, warm, {clients} clients (ms)", pages, options.pause),
                (f"The same pages without pauses, {clients} clients (ms)", pages, 0.0),
            ],
            "previews": [("Last words of a page, four ways (ms)", await preview_requests(mongo, DATABASE, ROWS), 0.5)],
            "conversation": [
                (f"A conversation of {2 * plan.long_turns:,} messages (ms)", conversation_requests(mongo, plan), 0.5)
            ],
            "search": [(f"Among {plan.conversations:,} customers (ms)", search_requests(mongo, plan), 0.5)],
        }
        for part in (part for part in groups if part in options.only):
            for table, requests, pause in groups[part]:
                await time_each(list(requests.values()))  # connections and caches
                await _measure(result, table, requests, options, pause)
        if "writes" in options.only:
            await _measure_writes(result, mongo, uri, options)
    finally:
        await mongo.close()


async def _measure(
    result: BenchResult, table: str, requests: dict[str, Request], options: InboxBenchOptions, pause: float
) -> None:
    print_progress(table)
    found = await read_for(
        list(requests.values()), clients=options.clients, seconds=options.seconds, pause=pause, seed=options.seed
    )
    every = [latency for latencies in found for latency in latencies]
    for row, latencies in [*zip(requests, found, strict=True), ("all", every)]:
        for column, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            result.add(table, row, column, round(percentile(latencies, share), 1), better=LOWER)
        result.add(table, row, "per second", round(len(latencies) / options.seconds, 1), better=HIGHER)


async def _measure_writes(result: BenchResult, mongo: Mongo, uri: str, options: InboxBenchOptions) -> None:
    table = f"The router's work in MongoDB for {RATE} messages per second (ms)"
    print_progress(table)
    found = await write_beside_readers(mongo, uri, options.plan, options.seconds)
    for row, (writes, reads) in found.items():
        for what, latencies in (("a message", writes), ("a page", reads)):
            for column, share in (("p50", 0.5), ("p95", 0.95)):
                if latencies:
                    value = round(percentile(latencies, share), 1)
                    result.add(table, row, f"{what}, {column}", value, better=LOWER)


async def _measure_cold(
    result: BenchResult, server: MongoDB, folder: Path, deep: dict[str, InboxPosition | None]
) -> None:
    """Measure the first pages after a restart, each with nothing in any cache."""
    table = "One page after a restart, nothing in any cache (ms)"
    for _ in range(_COLD_PAGES):
        for name in ("all", "unassigned", "closed"):
            make_cold(server, folder)
            mongo = Mongo(server.address, DATABASE)
            try:
                await mongo.ping()
                page = _page(mongo, VIEWS[name], None)
                result.add(table, f"{name}, first", "ms", *map(round, await time_each([page])), better=LOWER)
                page = _page(mongo, VIEWS[name], deep[name])
                result.add(
                    table, f"{name}, hundredth after it", "ms", *map(round, await time_each([page])), better=LOWER
                )
            finally:
                await mongo.close()


def _pages(mongo: Mongo, deep: dict[str, InboxPosition | None]) -> dict[str, Request]:
    first = {f"{name}, first": _page(mongo, view, None) for name, view in VIEWS.items()}
    hundredth = {f"{name}, hundredth": _page(mongo, VIEWS[name], at) for name, at in deep.items() if at is not None}
    return first | hundredth


def _page(mongo: Mongo, view: InboxView, after: InboxPosition | None) -> Callable[[], Awaitable[object]]:
    rows = InboxRows(mongo, WORKSPACE)
    return lambda: rows.page(view, _READER, after=after, limit=ROWS)


def _position(client: MongoClient[dict[str, Any]], view: InboxView) -> InboxPosition | None:
    """Return the end of the 99th page; None: the list is shorter."""
    (query,) = page_queries(view, None, EVERYTHING)
    field, direction = ("state.waiting_since", 1) if view.sort is Sort.WAITS else ("last_inbound_at", -1)
    found = list(
        client[DATABASE][conversations.COLLECTION]
        .find({**query, "workspace": WORKSPACE}, {"_id": 1, "last_inbound_at": 1, "state.waiting_since": 1})
        .sort([(field, direction), ("_id", direction)])
        .hint(index_of(view))
        .skip(DEEP * ROWS - 1)
        .limit(1)
    )
    if not found:
        return None
    at = found[0]["state"]["waiting_since"] if view.sort is Sort.WAITS else found[0]["last_inbound_at"]
    return InboxPosition(at, found[0]["_id"])


def _add_explained(
    result: BenchResult, client: MongoClient[dict[str, Any]], deep: dict[str, InboxPosition | None]
) -> None:
    for name, view in VIEWS.items():
        for depth, after in (("first", None), ("hundredth", deep[name])):
            if depth == "first" or after is not None:
                returned, keys, documents = explained(client, view, after)
                for column, value in (("rows", returned), ("index keys", keys), ("documents", documents)):
                    result.add("What a page reads", f"{name}, {depth}", column, value)


def explained(
    client: MongoClient[dict[str, Any]], view: InboxView, after: InboxPosition | None, database: str = DATABASE
) -> Sequence[int]:
    """Return the rows of a page, and how many index keys and documents the server examines for it."""
    field, direction = ("state.waiting_since", 1) if view.sort is Sort.WAITS else ("last_inbound_at", -1)
    query = page_queries(view, after, EVERYTHING)[0]
    plan = client[database].command(
        "explain",
        {
            "find": conversations.COLLECTION,
            "filter": {**query, "workspace": WORKSPACE},
            "sort": {field: direction, "_id": direction},
            "limit": ROWS + 1,
            "hint": index_of(view),
        },
        verbosity="executionStats",
    )
    stats = plan["executionStats"]
    return stats["nReturned"], stats["totalKeysExamined"], stats["totalDocsExamined"]
