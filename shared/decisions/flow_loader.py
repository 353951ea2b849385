"""Loads and caches the flows of workspaces.

A version of a flow never changes, so versions are cached until evicted. A conversation that runs on an older version
than its workspace's current one gets that version too.
"""

import asyncio
from collections.abc import Iterable

from cachetools import LRUCache

from shared.domain.conversation import Conversation
from shared.flows.engine.book import FlowBook
from shared.flows.flow import Flow
from shared.flows.load import read_stored_flow
from shared.flows.validation.problem import FlowInvalid
from shared.repositories.flows import Flows
from shared.storage.mongo import Mongo
from shared.telemetry import logging
from shared.workspace.config import Workspace
from shared.workspace.revision_cache import RevisionCache

log = logging.get(__name__)

_MAX_CACHED = 5000  # versions, of at most about 50 kB

_Version = tuple[str, str]  # name and version


class FlowLoader:
    """One per router process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._read: LRUCache[tuple[str, str, str], Flow | None] = LRUCache(maxsize=_MAX_CACHED)
        self._books = RevisionCache[FlowBook]()
        self._building: dict[str, asyncio.Lock] = {}

    async def flow_book(self, workspace: Workspace, conversation: Conversation | None) -> FlowBook:
        """Return the workspace's flows, with the versions that the conversation runs on.

        A flow that is not stored, or that this release cannot read, is omitted and logged; a conversation at one of
        its steps continues without it.
        """
        book = self._books.get(workspace) or await self._build(workspace)
        missing = book.missing(conversation.flow) if conversation is not None else ()
        return book.with_flows(await self._flows(workspace.workspace, missing)) if missing else book

    async def _build(self, workspace: Workspace) -> FlowBook:
        """Read and index the flows in a thread, because large ones take a second."""
        lock = self._building.setdefault(workspace.workspace, asyncio.Lock())
        try:
            async with lock:
                book = self._books.get(workspace)
                if book is not None:
                    return book  # built while this call waited for the lock
                versions = {flow.name: flow.version for flow in workspace.flows}
                book = FlowBook(await self._flows(workspace.workspace, versions.items()), versions)
                _log_rejected_patterns(await asyncio.to_thread(_index, book))
                return self._books.put(workspace, book)
        finally:
            if not lock.locked():
                self._building.pop(workspace.workspace, None)

    async def _flows(self, workspace: str, versions: Iterable[_Version]) -> list[Flow]:
        """Load flows one by one, so that a workspace with many flows occupies only one thread."""
        found = [await self._flow(workspace, name, version) for name, version in versions]
        return [flow for flow in found if flow is not None]

    async def _flow(self, workspace: str, name: str, version: str) -> Flow | None:
        key = (workspace, name, version)
        if key in self._read:
            return self._read[key]
        source = await Flows(self._mongo, workspace).get(name, version)
        flow = await asyncio.to_thread(_parse, source, name) if source is not None else None
        if flow is None:
            log.error("Flow not loaded", flow=name, version=version, reason="unreadable" if source else "not stored")
        if source is not None:  # a version that is not stored yet may be stored later
            self._read[key] = flow
        return flow


def _index(book: FlowBook) -> list[str]:
    """Build the trigger index; return the patterns that it rejects."""
    return book.triggers.left_out


def _log_rejected_patterns(left_out: Iterable[str]) -> None:
    """Log where rejected patterns are, without their text, which is the workspace's."""
    for problem in left_out:
        log.error("A pattern of a flow matches nothing", problem=problem)  # docs/flows.md names it


def _parse(source: str, name: str) -> Flow | None:
    try:
        return read_stored_flow(source, name)
    except FlowInvalid:
        return None
