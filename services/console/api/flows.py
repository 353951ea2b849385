"""Flows: list and read them, check a text, publish, roll back and withdraw."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query, Response
from pydantic import Field

from services.console.api.flow_models import (
    FlowProblemFound,
    FlowTestResult,
    FlowWarningFound,
    problem_found,
    warnings_found,
)
from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.draft_news import end_published_draft
from services.console.etags import IfMatch, check_match
from services.console.flow_overview import FlowOverview, overview_of, running_by_version
from services.console.flow_work import (
    drafting_of,
    publisher_of,
    run_tests,
    sources_of,
    warning_context_of,
    work_of,
)
from services.console.idempotency import REPEATABLE, RequestKey, idempotent
from services.console.limits import SIMULATIONS, limited
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import DryRun, Edited, Managed, edits_of, managed, part_etag, problems_at, shown
from shared.operations.flows.describing import described
from shared.operations.flows.files import MOST_BYTES
from shared.operations.flows.publishing import FlowRefused
from shared.repositories.flow_drafts import FlowDraft
from shared.repositories.flow_tests import FlowTestTexts
from shared.workspace.parts import Part

router = workspace_router("/flows", "flows")
VersionQuery = Annotated[str, Query(max_length=64, description="A version; without it, the published one.")]
FlowName = Annotated[str, Path(max_length=100)]
Source = Annotated[str, Field(max_length=MOST_BYTES)]


class FlowDraftListed(AnswerModel):
    """The last edit of a draft: its author and time. base: the version that the draft was begun from."""

    by: str
    at: datetime
    base: str
    revision: int


class FlowListed(AnswerModel):
    """A flow. version: the published one; null: only a draft. running: conversations that wait in it, by version.
    ended, finished: runs of the last seven days; finished: those that came to the end of the flow.
    """

    name: str
    version: str | None
    running: dict[str, int]
    ended: int
    finished: int
    draft: FlowDraftListed | None


class FlowList(AnswerModel):
    """All flows that are published or have a draft."""

    items: list[FlowListed]
    managed: Managed


class FlowShown(AnswerModel):
    """A flow's source. published: the version that new conversations begin with; null: it is not published."""

    name: str
    version: str
    published: str | None
    source: str


class FlowChecked(AnswerModel):
    """The problems of a text of a flow. name, version: null if the text cannot be read."""

    valid: bool
    name: str | None
    version: str | None
    problems: list[FlowProblemFound]


class FlowText(RequestModel):
    """A text of a flow. source: a flow file in YAML."""

    source: Source


class FlowPublishing(RequestModel):
    """A flow to be published. source: null: the draft's. base: the digest of the draft that is meant. note: what
    changed, for people. tests: `skip`: publish although tests fail.
    """

    source: Source | None = None
    base: Annotated[str, Field(max_length=64)] | None = None
    note: Annotated[str, Field(max_length=1000)] = ""
    tests: Literal["run", "skip"] = "run"


class FlowPublished(Edited):
    """A published flow. version: that new conversations begin with. running: conversations by version; they finish with
    theirs.
    """

    version: str
    running: dict[str, int]
    tests: list[FlowTestResult]
    warnings: list[FlowWarningFound]


class FlowRollBack(RequestModel):
    """The version to go back to. version: a stored one."""

    version: str = Field(max_length=64)


@router.get("")
async def list_flows(
    caller: Annotated[Principal, needs(Right.FLOWS_READ)], parts: PartsOf, response: Response
) -> FlowList:
    """Return the flows, with how many conversations run in them, and drafts."""
    view = await edits_of(parts).view(caller.workspace)
    response.headers["ETag"] = part_etag(view, Part.FLOWS)
    overview = await overview_of(parts, caller)
    published = {flow["name"]: flow["version"] for flow in view.form["flows"]}
    names = [*published, *(name for name in overview.drafts if name not in published)]
    items = [_listed(name, published.get(name), overview) for name in names]
    return FlowList(items=items, managed=managed(view, Part.FLOWS))


@router.post("/check", dependencies=[REPEATABLE, NOT_AUDITED])
async def check_flow(
    body: FlowText,
    caller: Annotated[Principal, needs(Right.FLOWS_READ)],
    _: Annotated[None, limited(SIMULATIONS)],
    parts: PartsOf,
) -> FlowChecked:
    """Check a flow alone, and with the published flows."""
    checked = await publisher_of(parts, caller).check(body.source)
    flow = checked.flow
    return FlowChecked(
        valid=not checked.problems,
        name=flow.name if flow else None,
        version=flow.version if flow else None,
        problems=[problem_found(one) for one in checked.problems],
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
    publisher = publisher_of(parts, caller)
    found, source = await publisher.source(name, version)
    view = await edits_of(parts).view(caller.workspace)
    response.headers["ETag"] = part_etag(view, Part.FLOWS)
    published = (await publisher.published()).get(name)
    return FlowShown(name=name, version=found, published=published, source=source)


@router.post("/{name}/publish")
async def publish_flow(
    name: FlowName,
    body: FlowPublishing,
    caller: Annotated[Principal, needs(Right.FLOWS_WRITE)],
    _: Annotated[None, limited(SIMULATIONS)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
    if_match: IfMatch = None,
    dry_run: DryRun = False,
) -> FlowPublished:
    """Store a version of a flow and begin new conversations with it, once its tests pass.

    Running conversations finish with the version that they began with. The draft is removed if it is what is published.
    """
    revision = await _revision(parts, caller, if_match)
    draft = await drafting_of(parts, caller).stored.get(name)
    source = _published_source(body, draft)
    tests = await _tested(parts, caller, name, source, body.tests)
    found = await work_of(parts, caller)(described, source, name, await warning_context_of(parts, caller))
    with problems_at(), _refusals():
        done, version = await publisher_of(parts, caller).publish(
            name, source, revision=revision, dry_run=dry_run, by=caller.caller, note=body.note
        )
    if not dry_run:
        await end_published_draft(parts, caller, name, source, draft)
    running = await running_by_version(parts, caller, name)
    edited = shown(done, dry_run=dry_run)
    return FlowPublished(
        revision=edited.revision,
        dry_run=dry_run,
        changes=edited.changes,
        version=version,
        running=running,
        tests=tests,
        warnings=warnings_found(found.warnings),
    )


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
        done = await publisher_of(parts, caller).roll_back(name, body.version, revision=revision, dry_run=dry_run)
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
        done = await publisher_of(parts, caller).withdraw(name, revision=revision, dry_run=dry_run)
    return shown(done, dry_run=dry_run)


async def _revision(parts: Parts, caller: Principal, if_match: str | None) -> int | None:
    """Return the revision to edit if the caller names what it has read; None: any. Raises Problem."""
    if if_match is None:
        return None
    view = await edits_of(parts).view(caller.workspace)
    check_match(if_match, part_etag(view, Part.FLOWS))
    return view.revision


def _listed(name: str, version: str | None, overview: FlowOverview) -> FlowListed:
    draft = overview.drafts.get(name)
    return FlowListed(
        name=name,
        version=version,
        running=dict(overview.running.get(name, {})),
        ended=overview.ended.get(name, 0),
        finished=overview.finished.get(name, 0),
        draft=None
        if draft is None
        else FlowDraftListed(by=draft.by, at=draft.at, base=draft.base, revision=draft.revision),
    )


def _published_source(body: FlowPublishing, draft: FlowDraft | None) -> str:
    """Return the text to publish. Raises Problem."""
    if body.source is not None:
        return body.source
    if draft is None:
        raise Problem("invalid", errors=[FieldError("#/source", "is needed: the flow has no draft")])
    if body.base is not None and draft.digest != body.base:
        raise Problem("changed-meanwhile", "the draft was changed meanwhile")
    return draft.source


async def _tested(
    parts: Parts, caller: Principal, name: str, source: str, wanted: Literal["run", "skip"]
) -> list[FlowTestResult]:
    """Run the tests of a flow. Raises Problem if one fails."""
    stored = await FlowTestTexts(parts.mongo, caller.workspace).get(name)
    if stored is None or wanted == "skip":
        return []
    results = await run_tests(parts, caller, name, stored.source, await sources_of(parts, caller, name, source))
    tests = [FlowTestResult(name=one.name, passed=one.passed, failures=list(one.failures)) for one in results]
    failed = [one for one in tests if not one.passed]
    if failed:
        said = [FieldError("#/source", f"{one.name}: {failure}") for one in failed for failure in one.failures]
        raise Problem("tests-failed", errors=said, tests=[one.model_dump() for one in tests])
    return tests


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except FlowRefused as error:
        errors = [FieldError("#/source", f"line {one.line}: {one.where}: {one.message}") for one in error.problems]
        found = [problem_found(one).model_dump() for one in error.problems]
        raise Problem("invalid", "the flow is not valid", errors=errors, problems=found) from None
