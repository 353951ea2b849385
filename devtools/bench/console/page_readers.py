"""Readers of the inbox in a process of their own, as the console is beside the router."""

import asyncio

from devtools.bench.console.database import DATABASE
from devtools.bench.console.readers import Request, read_for
from devtools.bench.console.seeding import PEOPLE, WORKSPACE
from shared.operations.inbox.rows import InboxReader, InboxRows
from shared.repositories.inbox import Folder, InboxView
from shared.storage.mongo import Mongo


def read_first_pages(uri: str, clients: int, seconds: float, pause: float) -> list[float]:
    """Let clients read the first pages of all folders for a time; return the latencies in ms."""
    return asyncio.run(_read(uri, clients, seconds, pause))


async def _read(uri: str, clients: int, seconds: float, pause: float) -> list[float]:
    mongo = Mongo(uri, DATABASE)
    try:
        requests = [_first_page(mongo, InboxView(folder=folder, member=PEOPLE[0])) for folder in Folder]
        found = await read_for(requests, clients=clients, seconds=seconds, pause=pause)
        return [latency for latencies in found for latency in latencies]
    finally:
        await mongo.close()


def _first_page(mongo: Mongo, view: InboxView) -> Request:
    rows, reader = InboxRows(mongo, WORKSPACE), InboxReader(user=PEOPLE[0], numbers=True)
    return lambda: rows.page(view, reader)
