"""Opens one workspace for a command: its configuration, customers and broadcasts."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from devtools.cli.connections import connections
from devtools.cli.running import export_if_running
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.maintenance.indexes import ensure_indexes
from shared.operations.broadcasts.lifecycle import BroadcastLifecycle
from shared.operations.customers.queries import CustomerQueries
from shared.operations.errors import NotFound
from shared.repositories.customers import Customers
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace


@dataclass(frozen=True, slots=True)
class WorkspaceSession:
    """A workspace, its customers, and the time at which the command began."""

    mongo: Mongo
    workspace: Workspace
    customers: Customers
    now: datetime

    @property
    def broadcasts(self) -> BroadcastLifecycle:
        """Operations on the broadcasts of the workspace."""
        return BroadcastLifecycle(self.mongo, self.workspace, SystemClock(), self.now)

    @property
    def queries(self) -> CustomerQueries:
        """Queries for the customers of the workspace."""
        return CustomerQueries(self.customers, self.workspace, self.now)


@asynccontextmanager
async def workspace_session(dir: Path, workspace: str) -> AsyncIterator[WorkspaceSession]:  # noqa: A002 - as the option is called
    """Open connections to a workspace; it need not be named if there is only one. Raises StackError, NotFound."""
    export_if_running(dir)
    async with connections() as known:
        names = [workspace] if workspace else await known.operator.workspaces()
        if len(names) != 1:
            there = f"there are {', '.join(names)}" if names else "there is none; make one with `parley apply`"
            raise StackError(f"say which workspace, with --workspace: {there}")
        found = await Workspaces(known.mongo, SystemClock()).get(names[0])
        if found is None:
            raise NotFound(f"there is no workspace {names[0]!r}")
        await ensure_indexes(known.mongo)
        yield WorkspaceSession(known.mongo, found, Customers(known.mongo, names[0]), SystemClock().now())


def operator_cause(what: str, now: datetime) -> str:
    """Return the cause id of an operator's change; ids of records never begin like this."""
    return f"operator:{what}:{os.getpid()}:{now.isoformat()}"
