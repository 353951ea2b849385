"""Starters: complete flows to begin with, each with tests, which are copied as drafts."""

from typing import Annotated

from fastapi import Path

from services.console.api.flow_models import FlowDraftShown, draft_shown
from services.console.caller import Principal, needs
from services.console.flow_work import drafting_of, warning_context_of, work_of, workspace_of
from services.console.idempotency import RequestKey, idempotent
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.problems import Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.flows.base_types import FlowName
from shared.operations.flows.drafting import DraftConflict
from shared.operations.flows.starters import Starter, copy_of, sample, starter, starters
from shared.repositories.flow_tests import FlowTests, FlowTestTexts

router = workspace_router("/flow-starters", "flow-starters")
Name = Annotated[str, Path(max_length=100)]
Language = Annotated[str, Path(max_length=10)]


class StarterListed(AnswerModel):
    """A starter in one language, such as `en` or `es`."""

    name: str
    language: str
    description: str
    steps: int


class StarterList(AnswerModel):
    """All starters."""

    items: list[StarterListed]


class StarterLine(AnswerModel):
    """A message of a conversation. by: `customer` or `flow`. options: titles of its buttons or rows."""

    by: str
    text: str
    options: list[str]


class StarterShown(StarterListed):
    """A flow to begin with. source, tests: in YAML. sample: the conversation of the first test, as this workspace would
    have it.
    """

    source: str
    tests: str
    sample: list[StarterLine]


class StarterCopy(RequestModel):
    """A copy of a starter. name: of the new flow; null: the starter's."""

    name: FlowName | None = None


@router.get("")
async def list_starters(caller: Annotated[Principal, needs(Right.FLOWS_READ)], parts: PartsOf) -> StarterList:
    """Return the starters."""
    found = await work_of(parts, caller)(starters)
    return StarterList(items=[_listed(one) for one in found])


@router.get("/{name}/{language}")
async def read_starter(
    name: Name, language: Language, caller: Annotated[Principal, needs(Right.FLOWS_READ)], parts: PartsOf
) -> StarterShown:
    """Return a starter with its tests."""
    one = await work_of(parts, caller)(starter, name, language)
    lines = await work_of(parts, caller)(sample, one, await workspace_of(parts, caller))
    said = [StarterLine(by=line.by, text=line.text, options=list(line.options)) for line in lines]
    return StarterShown(**_listed(one).model_dump(), source=one.source, tests=one.tests, sample=said)


@router.post("/{name}/{language}/copy", status_code=201)
async def copy_starter(
    name: Name,
    language: Language,
    body: StarterCopy,
    caller: Annotated[Principal, needs(Right.FLOWS_WRITE)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
) -> FlowDraftShown:
    """Begin the draft of a new flow with a starter and its tests. 409 if there is a flow of that name."""
    one = await work_of(parts, caller)(starter, name, language)
    flow = body.name or one.name
    source, tests = await work_of(parts, caller)(copy_of, one, flow)
    try:
        draft, _ = await drafting_of(parts, caller).replace(flow, "", source, caller.caller)
    except DraftConflict:
        detail = f"there is a flow `{flow}` already; choose another name"
        raise Problem("conflict", detail, reason="flow-exists") from None
    stored = FlowTestTexts(parts.mongo, caller.workspace)
    if await stored.get(flow) is None:
        await stored.save(FlowTests(flow=flow, source=tests, by=caller.caller, at=parts.clock.now()))
    return await work_of(parts, caller)(draft_shown, draft, await warning_context_of(parts, caller))


def _listed(one: Starter) -> StarterListed:
    return StarterListed(name=one.name, language=one.language, description=one.description, steps=one.steps)
