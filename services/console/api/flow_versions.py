"""Versions of a flow: list them, read one, and compare two."""

from datetime import datetime
from typing import Annotated

from fastapi import Path

from services.console.api.flow_models import (
    MeaningChanged,
)
from services.console.api.flows import FlowName, FlowShown, VersionQuery
from services.console.caller import Principal, needs
from services.console.flow_overview import running_by_version
from services.console.flow_work import drafting_of, publisher_of
from services.console.limits import SIMULATIONS, limited
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.flows.meaning import MeaningChange
from shared.operations.flows.describing import compared

router = workspace_router("/flows", "flows")
DRAFT = "draft"
Version = Annotated[str, Path(max_length=64)]


class FlowVersionListed(AnswerModel):
    """A version of a flow. at, by, note: when it was published first, by whom, what they said. running: conversations
    that wait in it.
    """

    version: str
    at: datetime
    published: bool
    by: str = ""
    note: str = ""
    running: int = 0


class FlowVersions(AnswerModel):
    """All versions, the newest first."""

    items: list[FlowVersionListed]


class FlowDifference(AnswerModel):
    """The difference of two texts of a flow. old, new: versions; `draft`: the draft. diff: in the unified format;
    empty: the sources are equal. meaning: what it changes in the flow; null: one of them is not YAML.
    """

    old: str
    new: str
    diff: str
    meaning: list[MeaningChanged] | None


@router.get("/{name}/versions")
async def list_versions(
    name: FlowName, caller: Annotated[Principal, needs(Right.FLOWS_READ)], parts: PartsOf
) -> FlowVersions:
    """Return the versions of a flow."""
    publisher = publisher_of(parts, caller)
    found, published = await publisher.versions(name), (await publisher.published()).get(name)
    running = await running_by_version(parts, caller, name)
    return FlowVersions(
        items=[
            FlowVersionListed(
                version=one.version,
                at=one.at,
                published=one.version == published,
                by=one.by,
                note=one.note,
                running=running.get(one.version, 0),
            )
            for one in found
        ]
    )


@router.get("/{name}/versions/{version}")
async def read_version(
    name: FlowName, version: Version, caller: Annotated[Principal, needs(Right.FLOWS_READ)], parts: PartsOf
) -> FlowShown:
    """Return the source of a version."""
    publisher = publisher_of(parts, caller)
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
    """Compare two versions of a flow, or one with the draft (`draft`): as text, and in what they mean."""
    (old, before), (new, after) = await _text(parts, caller, name, old), await _text(parts, caller, name, new)
    apart = parts.side_work.of(caller.workspace)
    diff, meaning = await apart(compared, before, after, old, new)
    changes = None if meaning is None else [_meaning(one) for one in meaning]
    return FlowDifference(old=old, new=new, diff=diff, meaning=changes)


async def _text(parts: Parts, caller: Principal, name: str, version: str) -> tuple[str, str]:
    """Return a version and its source; of `draft`: the draft's. Raises FlowNotFound."""
    if version == DRAFT:
        return DRAFT, (await drafting_of(parts, caller).open(name)).source
    return await publisher_of(parts, caller).source(name, version)


def _meaning(change: MeaningChange) -> MeaningChanged:
    return MeaningChanged(
        kind=change.kind, what=change.what, name=change.name, before=change.before, keys=list(change.keys)
    )
