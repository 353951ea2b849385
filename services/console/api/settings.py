"""Settings of a workspace: bot, hours, conversing, limits and profile."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Body, Response

from services.console.caller import Principal, needs
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import (
    Edited,
    Editor,
    Managed,
    edits_of,
    managed,
    part_etag,
    problems_at,
)
from shared.domain.limits import Tier, TierLimits, effective_limits
from shared.operations.workspaces.edit import checked_fields
from shared.repositories.workspace_changes import WorkspaceView
from shared.workspace.config import WorkspaceFile
from shared.workspace.merge_patch import merged
from shared.workspace.parts import FIELDS, Part

router = workspace_router("/settings", "settings")
Fields = Annotated[
    dict[str, Any], Body(description="A JSON Merge Patch of `values`: null returns a field to its default.")
]


class Section(StrEnum):
    """A group of settings."""

    BOT = "bot"
    HOURS = "hours"
    CONVERSING = "conversing"
    LIMITS = "limits"
    PROFILE = "profile"


_WHOLE = {Section.BOT: "bot", Section.CONVERSING: "conversing"}  # sections that are one field of the file


class SettingsSection(AnswerModel):
    """A section. values: as in the workspace file. effective: of limits, those that hold, with the tier's."""

    section: Section
    values: dict[str, Any]
    effective: dict[str, Any] | None = None
    managed: Managed


class AllSettings(AnswerModel):
    """All sections. revision: of the workspace."""

    revision: int
    sections: list[SettingsSection]


@router.get("")
async def read_settings(caller: Annotated[Principal, needs(Right.SETTINGS_READ)], parts: PartsOf) -> AllSettings:
    """Return all settings."""
    view = await edits_of(parts).view(caller.workspace)
    return AllSettings(revision=view.revision, sections=[_settings(view, section) for section in Section])


@router.get("/{section}")
async def read_section(
    section: Section, caller: Annotated[Principal, needs(Right.SETTINGS_READ)], parts: PartsOf, response: Response
) -> SettingsSection:
    """Return one section, with its ETag."""
    view = await edits_of(parts).view(caller.workspace)
    response.headers["ETag"] = part_etag(view, Part(section))
    return _settings(view, section)


@router.patch("/{section}")
async def change_section(
    section: Section,
    body: Fields,
    caller: Annotated[Principal, needs(Right.SETTINGS_WRITE)],
    editor: Editor,
) -> Edited:
    """Change some settings of a section; the others stay."""
    part, whole = Part(section), _WHOLE.get(section)
    fields = {whole: body} if whole else body
    at = (whole,) if whole else ()
    with problems_at(at):
        checked_fields(part, fields)

    def edit(form: dict[str, Any]) -> Mapping[str, Any]:
        changed: Mapping[str, Any] = merged(form, fields)
        return changed

    return await editor.edit(part, edit, at=at)


def _settings(view: WorkspaceView, section: Section) -> SettingsSection:
    part, whole = Part(section), _WHOLE.get(section)
    defaults = WorkspaceFile(workspace="x").model_dump(mode="json", include=set(FIELDS[part]))
    stored = {name: view.form.get(name, defaults[name]) for name in FIELDS[part]}
    values = stored[whole] if whole else stored
    effective = None
    if section is Section.LIMITS:
        own = TierLimits.model_validate(stored["limits"] or {})
        effective = effective_limits(Tier(stored["tier"]), own).model_dump(mode="json")
    return SettingsSection(section=section, values=values, effective=effective, managed=managed(view, part))
