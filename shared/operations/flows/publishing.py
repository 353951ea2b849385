"""Publishes flows from texts: checked alone and with the workspace's other flows, stored by version."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.background import RunApart
from shared.clock import Clock
from shared.flows import load
from shared.flows.flow import Flow
from shared.flows.validation.problem import FlowInvalid, FlowProblem
from shared.flows.validation.workspace_checks import check_flows
from shared.operations.errors import NotFound, OperationRefused
from shared.operations.flows.differences import unified_diff
from shared.operations.flows.files import MOST_BYTES, known_actions
from shared.operations.workspaces.edit import WorkspaceEdits
from shared.repositories.flows import Flows, FlowVersion
from shared.repositories.workspace_changes import Patched
from shared.storage.mongo import Mongo

_READ_FLOWS = 100  # published flows that are kept read


class FlowNotFound(NotFound):
    """Raised when there is no such flow or version."""


class FlowRefused(OperationRefused):
    """Raised for a flow that is not valid, alone or with the others. problems: with lines."""

    def __init__(self, problems: Sequence[FlowProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


@dataclass(frozen=True, slots=True)
class CheckedFlow:
    """A text of a flow and its problems. flow: None when it cannot be read. problems: none for a flow that can be
    published.
    """

    flow: Flow | None
    problems: tuple[FlowProblem, ...]


@dataclass(frozen=True, slots=True)
class FlowPublisher:
    """Publishes the flows of one workspace. All methods raise DependencyAway. apart: reads, checks and compares
    texts."""

    mongo: Mongo
    edits: WorkspaceEdits
    clock: Clock
    workspace: str
    apart: RunApart = asyncio.to_thread

    @property
    def stored(self) -> Flows:
        """All versions of the workspace's flows."""
        return Flows(self.mongo, self.workspace)

    async def published(self) -> dict[str, str]:
        """Return the published version of each flow. Raises WorkspaceNotFound."""
        form = (await self.edits.view(self.workspace)).form
        return {flow["name"]: flow["version"] for flow in form["flows"]}

    async def source(self, name: str, version: str = "") -> tuple[str, str]:
        """Return version and source of a flow. version: empty: the published one. Raises FlowNotFound."""
        wanted = version or (await self.published()).get(name, "")
        found = await self.stored.get(name, wanted) if wanted else None
        if found is None:
            raise FlowNotFound(f"there is no flow `{name}`" + (f" with the version {version}" if version else ""))
        return wanted, found

    async def versions(self, name: str) -> tuple[FlowVersion, ...]:
        """Return the versions of a flow, the newest first. Raises FlowNotFound."""
        found = await self.stored.history(name)
        if not found:
            raise FlowNotFound(f"there is no flow `{name}`")
        return found

    async def diff(self, name: str, old: str, new: str) -> str:
        """Return the differences of two versions as a unified diff. Raises FlowNotFound."""
        (old, before), (new, after) = await self.source(name, old), await self.source(name, new)
        return await self.apart(unified_diff, before, after, old, new)

    async def check(self, source: str, name: str = "flow") -> CheckedFlow:
        """Check a flow alone, and together with the published ones that it would stand beside."""
        return await self.apart(checked_beside, source, name, await self._published_sources())

    async def publish(
        self,
        name: str,
        source: str,
        *,
        revision: int | None = None,
        dry_run: bool = False,
        by: str = "",
        note: str = "",
    ) -> tuple[Patched, str]:
        """Store a version and make it the published one; return the change and the version.

        Raises FlowRefused and as `WorkspaceEdits.edit`. by, note: kept with a version that is new.
        """
        checked = await self.check(source, name)
        if checked.flow is None or checked.problems:
            raise FlowRefused(checked.problems)
        if checked.flow.name != name:
            said = f"is `{checked.flow.name}` in the source, and `{name}` in the address"
            raise FlowRefused([FlowProblem(name, checked.flow.line("flow"), "flow", said)])
        if not dry_run:
            await self.stored.put(name, checked.flow.version, source, self.clock.now(), by=by, note=note)
        done = await self._point(name, checked.flow.version, revision=revision, dry_run=dry_run)
        return done, checked.flow.version

    async def roll_back(
        self, name: str, version: str, *, revision: int | None = None, dry_run: bool = False
    ) -> Patched:
        """Make a stored version the published one; it is checked again, as the other flows may have changed. Raises
        FlowNotFound, FlowRefused and as `WorkspaceEdits.edit`.
        """
        _, source = await self.source(name, version)
        checked = await self.check(source, name)
        if checked.problems:
            raise FlowRefused(checked.problems)
        return await self._point(name, version, revision=revision, dry_run=dry_run)

    async def withdraw(self, name: str, *, revision: int | None = None, dry_run: bool = False) -> Patched:
        """Take a flow out of use; running conversations finish with it. Raises FlowNotFound, FlowRefused (another flow
        uses it) and as `WorkspaceEdits.edit`.
        """
        if name not in await self.published():
            raise FlowNotFound(f"there is no published flow `{name}`")
        if problems := await self.apart(_problems, await self._published_sources(), name):
            raise FlowRefused(problems)

        def edit(form: dict[str, Any]) -> Mapping[str, Any]:
            return {**form, "flows": [flow for flow in form["flows"] if flow["name"] != name]}

        return await self.edits.edit(self.workspace, edit, revision=revision, dry_run=dry_run)

    async def _point(self, name: str, version: str, *, revision: int | None, dry_run: bool) -> Patched:
        def edit(form: dict[str, Any]) -> Mapping[str, Any]:
            new = {"name": name, "version": version}
            known = any(flow["name"] == name for flow in form["flows"])
            flows = [new if flow["name"] == name else flow for flow in form["flows"]]
            return {**form, "flows": flows if known else [*flows, new]}

        return await self.edits.edit(self.workspace, edit, revision=revision, dry_run=dry_run)

    async def _published_sources(self) -> dict[str, str]:
        """Return the sources of the published flows by name."""
        published = (await self.published()).items()
        found = {name: await self.stored.get(name, version) for name, version in published}
        return {name: source for name, source in found.items() if source is not None}


@lru_cache(maxsize=_READ_FLOWS)
def _stored_flow(source: str, name: str) -> Flow:
    """Return a published flow. Raises FlowInvalid."""
    return load.read_stored_flow(source, f"{name}.yaml", quick=True)


def checked_beside(source: str, name: str, published: Mapping[str, str]) -> CheckedFlow:
    """Check a flow alone, and together with the published ones, which are given as sources by name."""
    checked = read_source(source, name)
    if checked.flow is None or checked.problems:
        return checked
    return CheckedFlow(checked.flow, _problems(published, checked.flow.name, checked.flow))


def _problems(published: Mapping[str, str], without: str, *flows: Flow) -> tuple[FlowProblem, ...]:
    """Return the problems between flows and the published ones without one."""
    others = []
    for name, source in published.items():
        if name != without:
            with suppress(FlowInvalid):  # valid when it was published; the router reports it
                others.append(_stored_flow(source, name))
    return tuple(check_flows([*flows, *others], known_actions()))


def read_source(source: str, name: str) -> CheckedFlow:
    """Read a flow from its text."""
    file = f"{name}.yaml"
    if len(source.encode(errors="replace")) > MOST_BYTES:
        return CheckedFlow(None, (FlowProblem(file, 1, "file", f"is larger than {MOST_BYTES // 1024} KiB"),))
    try:
        return CheckedFlow(load.read_flow(source, file), ())
    except FlowInvalid as error:
        return CheckedFlow(None, error.problems)
