"""The flows of workspaces as the router runs them: read from MongoDB once, and once more for each change.

A version of a flow never changes, so what has been read stays; a conversation that runs on an older version than its
workspace's has that one read too.
"""

import asyncio
from collections.abc import Iterable

from cachetools import LRUCache

from shared.domain.conversation import Conversation
from shared.flows.engine.book import FlowBook
from shared.flows.file import Flow
from shared.flows.load import read_stored
from shared.flows.problems import FlowInvalid
from shared.repositories.flows import Flows
from shared.storage.mongo import Mongo
from shared.telemetry import logging
from shared.workspace.config import Workspace
from shared.workspace.revision_cache import RevisionCache

log = logging.get(__name__)

_KEPT = 5000  # versions; about 50 kB each at most

_Version = tuple[str, str]  # name and version


class FlowLoader:
    """Of one router process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._read: LRUCache[tuple[str, str, str], Flow | None] = LRUCache(maxsize=_KEPT)
        self._books = RevisionCache[FlowBook]()
        self._making: dict[str, asyncio.Lock] = {}

    async def of(self, workspace: Workspace, conversation: Conversation | None) -> FlowBook:
        """The book of a workspace, with the versions that the conversation runs on.

        A flow that is not there, or that this release cannot read, is left out and logged: a conversation that stands
        in it goes on without it.
        """
        book = self._books.get(workspace) or await self._made(workspace)
        missing = book.missing(conversation.flow) if conversation is not None else ()
        return book.with_flows(await self._flows(workspace.workspace, missing)) if missing else book

    async def _made(self, workspace: Workspace) -> FlowBook:
        """Read and arrange the flows, in a thread: large ones take a second, and others are served meanwhile."""
        lock = self._making.setdefault(workspace.workspace, asyncio.Lock())
        try:
            async with lock:
                book = self._books.get(workspace)
                if book is not None:
                    return book  # made while this one waited
                versions = {flow.name: flow.version for flow in workspace.flows}
                book = FlowBook(await self._flows(workspace.workspace, versions.items()), versions)
                _tell(await asyncio.to_thread(_arranged, book))
                return self._books.put(workspace, book)
        finally:
            if not lock.locked():
                self._making.pop(workspace.workspace, None)

    async def _flows(self, workspace: str, versions: Iterable[_Version]) -> list[Flow]:
        """One after the other, so that a workspace with many keeps only one thread busy."""
        found = [await self._flow(workspace, name, version) for name, version in versions]
        return [flow for flow in found if flow is not None]

    async def _flow(self, workspace: str, name: str, version: str) -> Flow | None:
        key = (workspace, name, version)
        if key in self._read:
            return self._read[key]
        source = await Flows(self._mongo, workspace).get(name, version)
        flow = await asyncio.to_thread(_readable, source, name) if source is not None else None
        if flow is None:
            log.error("A flow is left out", flow=name, version=version, reason="unreadable" if source else "not stored")
        if source is not None:  # what is not there may be stored yet
            self._read[key] = flow
        return flow


def _arranged(book: FlowBook) -> list[str]:
    return book.triggers.left_out


def _tell(left_out: Iterable[str]) -> None:
    """Say which patterns are not looked at. They are not shown: they are a tenant's words."""
    for problem in left_out:
        log.error("A pattern of a flow matches nothing", problem=problem)


def _readable(source: str, name: str) -> Flow | None:
    try:
        return read_stored(source, name)
    except FlowInvalid:
        return None
