"""Flows: published ones, their versions, checks of a text, publishing and rolling back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import Field

from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.etags import IfMatch, check_match
from services.console.idempotency import REPEATABLE, RequestKey, idempotent
from services.console.limits import SIMULATIONS, limited
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import DryRun, Edited, Managed, edits_of, managed, part_etag, problems_at, shown
from shared.flows.validation.problem import FlowProblem
from shared.operations.flows.files import MOST_BYTES
from shared.operations.flows.publishing import FlowPublisher, FlowRefused
from shared.workspace.parts import Part

router = workspace_router("/flows", "flows")
FlowName = Annotated[str, Path(max_length=100)]
Version = Annotated[str, Path(max_length=64)]
VersionQuery = Annotated[str, Query(max_length=64, description="A version; without it, the published one.")]
Source = Annotated[str, Field(max_length=MOST_BYTES)]


class FlowListed(AnswerModel):
    """A published flow."""

    name: str
    version: str


class FlowList(AnswerModel):
    """All published flows."""

    items: list[FlowListed]
    managed: Managed


class FlowShown(AnswerModel):
    """A flow's source. published: the version that new conversations begin with; null: it is not published."""

    name: str
    version: str
    published: str | None
    source: str


class FlowVersionListed(AnswerModel):
    """at: when it was published first."""

    version: str
    at: datetime
    published: bool


class FlowVersions(AnswerModel):
    """All versions, the newest first."""

    items: list[FlowVersionListed]


class FlowDifference(AnswerModel):
    """diff: in the unified format; empty: the sources are equal."""

    old: str
    new: str
    diff: str


class FlowProblemFound(AnswerModel):
    """line: from 1. where: the step, or the key of the file."""

    file: str
    line: int
    where: str
    message: str


class FlowChecked(AnswerModel):
    """name, version: null if the text cannot be read."""

    valid: bool
    name: str | None
    version: str | None
    problems: list[FlowProblemFound]


class FlowText(RequestModel):
    """source: a flow file in YAML."""

    source: Source


class FlowRollBack(RequestModel):
    """version: a stored one."""

    version: str = Field(max_length=64)


@router.get("")
async def list_flows(
    caller: Annotated[Principal, needs(Right.FLOWS_READ)], parts: PartsOf, response: Response
) -> FlowList:
    """Return the published flows."""
    view = await edits_of(parts).view(caller.workspace)
    response.headers["ETag"] = part_etag(view, Part.FLOWS)
    found = [FlowListed(name=flow["name"], version=flow["version"]) for flow in view.form["flows"]]
    return FlowList(items=found, managed=managed(view, Part.FLOWS))


@router.post("/check", dependencies=[REPEATABLE, NOT_AUDITED])
async def check_flow(
    body: FlowText,
    caller: Annotated[Principal, needs(Right.FLOWS_READ)],
    _: Annotated[None, limited(SIMULATIONS)],
    parts: PartsOf,
) -> FlowChecked:
    """Check a flow alone, and with the published flows."""
    checked = await _publisher(parts, caller).check(body.source)
    flow = checked.flow
    return FlowChecked(
        valid=not checked.problems,
        name=flow.name if flow else None,
        version=flow.version if flow else None,
        problems=[_problem(one) for one in checked.problems],
    )


@router.get("/{name}")
async def read_flow(
    name: FlowName,
    caller: Annotated[Principal, needs(Right.FLOWS_READ)],
    parts: PartsOf,
    response: Response,
    version: VersionQuery = "",
) -> FlowShown:
    """Return the source of a flow."""
    publisher = _publisher(parts, caller)
    found, source = await publisher.source(name, version)
    view = await edits_of(parts).view(caller.workspace)
    response.headers["ETag"] = part_etag(view, Part.FLOWS)
    published = (await publisher.published()).get(name)
    return FlowShown(name=name, version=found, published=published, source=source)


@router.get("/{name}/versions")
async def list_versions(
    name: FlowName, caller: Annotated[Principal, needs(Right.FLOWS_READ)], parts: PartsOf
) -> FlowVersions:
    """Return the versions of a flow."""
    publisher = _publisher(parts, caller)
    found, published = await publisher.versions(name), (await publisher.published()).get(name)
    return FlowVersions(
        items=[FlowVersionListed(version=one.version, at=one.at, published=one.version == published) for one in found]
    )


@router.get("/{name}/versions/{version}")
async def read_version(
    name: FlowName, version: Version, caller: Annotated[Principal, needs(Right.FLOWS_READ)], parts: PartsOf
) -> FlowShown:
    """Return the source of a version."""
    publisher = _publisher(parts, caller)
    found, source = await publisher.source(name, version)
    published = (await publisher.published()).get(name)
    return FlowShown(name=name, version=found, published=published, source=source)


@router.get("/{name}/diff")
async def compare_versions(
    name: FlowName,
    caller: Annotated[Principal, needs(Right.FLOWS_READ)],
    _: Annotated[None, limited(SIMULATIONS)],
    parts: PartsOf,
    old: VersionQuery = "",
    new: VersionQuery = "",
) -> FlowDifference:
    """Compare two versions of a flow."""
    publisher = _publisher(parts, caller)
    old_version, new_version = (await publisher.source(name, old))[0], (await publisher.source(name, new))[0]
    return FlowDifference(old=old_version, new=new_version, diff=await publisher.diff(name, old_version, new_version))


@router.post("/{name}/publish")
async def publish_flow(
    name: FlowName,
    body: FlowText,
    caller: Annotated[Principal, needs(Right.FLOWS_WRITE)],
    _: Annotated[None, limited(SIMULATIONS)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
    if_match: IfMatch = None,
    dry_run: DryRun = False,
) -> Edited:
    """Store a version of a flow, and begin new conversations with it."""
    revision = await _revision(parts, caller, if_match)
    with problems_at(), _refusals():
        done = await _publisher(parts, caller).publish(name, body.source, revision=revision, dry_run=dry_run)
    return shown(done, dry_run=dry_run)


@router.post("/{name}/rollback")
async def roll_back_flow(
    name: FlowName,
    body: FlowRollBack,
    caller: Annotated[Principal, needs(Right.FLOWS_WRITE)],
    _: Annotated[None, limited(SIMULATIONS)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
    if_match: IfMatch = None,
    dry_run: DryRun = False,
) -> Edited:
    """Begin new conversations with a stored version. Running ones finish with the version that they began with."""
    revision = await _revision(parts, caller, if_match)
    with problems_at(), _refusals():
        done = await _publisher(parts, caller).roll_back(name, body.version, revision=revision, dry_run=dry_run)
    return shown(done, dry_run=dry_run)


@router.delete("/{name}")
async def withdraw_flow(
    name: FlowName,
    caller: Annotated[Principal, needs(Right.FLOWS_WRITE)],
    parts: PartsOf,
    if_match: IfMatch = None,
    dry_run: DryRun = False,
) -> Edited:
    """Take a flow out of use. Its versions stay, and running conversations finish with it."""
    revision = await _revision(parts, caller, if_match)
    with problems_at(), _refusals():
        done = await _publisher(parts, caller).withdraw(name, revision=revision, dry_run=dry_run)
    return shown(done, dry_run=dry_run)


def _publisher(parts: Parts, caller: Principal) -> FlowPublisher:
    apart = parts.side_work.of(caller.workspace)
    return FlowPublisher(parts.mongo, edits_of(parts), parts.clock, caller.workspace, apart)


async def _revision(parts: Parts, caller: Principal, if_match: str | None) -> int | None:
    """Return the revision to edit if the caller names what it has read; None: any. Raises Problem."""
    if if_match is None:
        return None
    view = await edits_of(parts).view(caller.workspace)
    check_match(if_match, part_etag(view, Part.FLOWS))
    return view.revision


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except FlowRefused as error:
        errors = [FieldError("#/source", f"line {one.line}: {one.where}: {one.message}") for one in error.problems]
        found = [_problem(one).model_dump() for one in error.problems]
        raise Problem("invalid", "the flow is not valid", errors=errors, problems=found) from None


def _problem(problem: FlowProblem) -> FlowProblemFound:
    return FlowProblemFound(file=problem.file, line=problem.line, where=problem.where, message=problem.message)
