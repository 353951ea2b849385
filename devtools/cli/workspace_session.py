"""What the commands about customers work on: one workspace and its customers."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from devtools.cli.connections import connections
from devtools.cli.running import export_if_running
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.domain.broadcast import Broadcast, broadcast_id
from shared.maintenance.indexes import ensure_indexes
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.customers import Customers
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.workspace.config import Segment, Workspace


@dataclass(frozen=True, slots=True)
class WorkspaceSession:
    """A workspace, its customers, and the time at which the command began."""

    mongo: Mongo
    workspace: Workspace
    customers: Customers
    now: datetime

    def segment(self, name: str) -> Segment | None:
        """The segment of that name; None when none is asked for. Raises StackError."""
        if not name:
            return None
        for one in self.workspace.segments:
            if one.name == name:
                return one
        there = ", ".join(one.name for one in self.workspace.segments) or "none"
        raise StackError(f"{self.workspace.workspace} has no segment {name!r}; there are: {there}")

    async def one(self, who: str) -> dict[str, Any]:
        """The one customer of that id, or who is found by it. Raises StackError when there is none, or several."""
        if (found := await self.customers.get(who)) is not None:
            return found
        each = await self.customers.find(who, region=self.workspace.region, limit=2)
        if len(each) != 1:
            count = "several customers are" if each else "nobody is"
            raise StackError(f"{count} found by that; `parley customers find` shows whom there is")
        return each[0]


@asynccontextmanager
async def workspace_session(dir: Path, workspace: str) -> AsyncIterator[WorkspaceSession]:  # noqa: A002 - as the option is called
    """Open connections to a workspace; it need not be named if there is only one. Raises StackError."""
    export_if_running(dir)
    async with connections() as known:
        names = [workspace] if workspace else await known.operator.workspaces()
        if len(names) != 1:
            there = f"there are {', '.join(names)}" if names else "there is none; make one with `parley apply`"
            raise StackError(f"say which workspace, with --workspace: {there}")
        found = await Workspaces(known.mongo, SystemClock()).get(names[0])
        if found is None:
            raise StackError(f"there is no workspace {names[0]!r}")
        await ensure_indexes(known.mongo)
        yield WorkspaceSession(known.mongo, found, Customers(known.mongo, names[0]), SystemClock().now())


def operator_cause(what: str, now: datetime) -> str:
    """The id of what an operator does; no record of the topics has one that begins so."""
    return f"operator:{what}:{os.getpid()}:{now.isoformat()}"


async def found_by(known: WorkspaceSession, name: str) -> tuple[Broadcasts, Broadcast]:
    """The broadcast of that name. Raises StackError."""
    broadcasts = Broadcasts(known.mongo, known.workspace.workspace)
    one = await broadcasts.get(broadcast_id(known.workspace.workspace, name))
    if one is None:
        raise StackError(f"{known.workspace.workspace} has no broadcast {name!r}; `parley broadcast list` shows them")
    return broadcasts, one
