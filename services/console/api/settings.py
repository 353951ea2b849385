"""Settings of a workspace: bot, hours, conversing, limits and profile."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Body, Response

from services.console.caller import Principal, needs
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
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
from shared.errors import DependencyAway
from shared.operations.workspaces.edit import checked_fields
from shared.repositories.settings_history import SettingsChange, SettingsHistory
from shared.repositories.workspace_changes import WorkspaceView
from shared.telemetry import logging
from shared.workspace.config import WorkspaceFile
from shared.workspace.merge_patch import merged
from shared.workspace.parts import FIELDS, Part

log = logging.get(__name__)

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
    """A section. values: as in the workspace file; defaults: those of fields that it leaves out. effective: of limits,
    those that hold, with the tier's.
    """

    section: Section
    values: dict[str, Any]
    defaults: dict[str, Any]
    effective: dict[str, Any] | None = None
    managed: Managed


class SettingsChangeShown(AnswerModel):
    """A change of a section. by: `user:<id>` or `key:<id>`. values: `[before, after]` of each field that changed."""

    revision: int
    at: datetime
    by: str
    by_name: str
    values: dict[str, tuple[Any, Any]]


class SettingsChanges(AnswerModel):
    """The last changes of a section in the console or over the API, the newest first; not those by `parley apply`."""

    items: list[SettingsChangeShown]


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


@router.get("/{section}/history")
async def read_history(
    section: Section, caller: Annotated[Principal, needs(Right.SETTINGS_READ)], parts: PartsOf
) -> SettingsChanges:
    """Return the last changes of a section, with their authors and the values before and after."""
    found = await SettingsHistory(parts.mongo, caller.workspace).of(section.value)
    items = [
        SettingsChangeShown(revision=one.revision, at=one.at, by=one.by, by_name=one.by_name, values=one.values)
        for one in found
    ]
    return SettingsChanges(items=items)


@router.patch("/{section}")
async def change_section(
    section: Section,
    body: Fields,
    caller: Annotated[Principal, needs(Right.SETTINGS_WRITE)],
    editor: Editor,
    parts: PartsOf,
) -> Edited:
    """Change some settings of a section; the others stay."""
    part, whole = Part(section), _WHOLE.get(section)
    fields = _form(section, body)
    at = (whole,) if whole else ()
    with problems_at(at):
        checked_fields(part, fields)

    before: dict[str, Any] = {}

    def edit(form: dict[str, Any]) -> Mapping[str, Any]:
        before.clear()
        before.update(_values(form, section))
        changed: Mapping[str, Any] = merged(form, fields)
        return changed

    done = await editor.edit(part, edit, at=at)
    if done.changes and not done.dry_run:
        try:
            await _remember(parts, caller, section, done.revision, before, body)
        except DependencyAway:  # the change is stored: an error would say that it is not
            log.warning("A change of settings is missing in their history", workspace_id=caller.workspace)
    return done


async def _remember(
    parts: Parts, caller: Principal, section: Section, revision: int, before: dict[str, Any], body: dict[str, Any]
) -> None:
    """Keep the values of the fields that a change gave, before and after it."""
    after = _values(merged(_form(section, before), _form(section, body)), section)
    change = SettingsChange(
        section=section.value,
        revision=revision,
        at=parts.clock.now(),
        by=caller.caller,
        by_name=caller.name,
        values={name: (before[name], after[name]) for name in body if name in before and before[name] != after[name]},
    )
    await SettingsHistory(parts.mongo, caller.workspace).add(change)


def _form(section: Section, values: dict[str, Any]) -> dict[str, Any]:
    """Return values of a section as the fields of the workspace file."""
    return {_WHOLE[section]: values} if section in _WHOLE else values


def _settings(view: WorkspaceView, section: Section) -> SettingsSection:
    values = _values(view.form, section)
    effective = None
    if section is Section.LIMITS:
        own = TierLimits.model_validate(values["limits"] or {})
        effective = effective_limits(Tier(values["tier"]), own).model_dump(mode="json")
    return SettingsSection(
        section=section,
        values=values,
        defaults=_values({}, section),
        effective=effective,
        managed=managed(view, Part(section)),
    )


def _values(form: Mapping[str, Any], section: Section) -> dict[str, Any]:
    """Return the values of a section in a workspace file; those that it leaves out are the defaults."""
    fields, whole = FIELDS[Part(section)], _WHOLE.get(section)
    defaults = WorkspaceFile(workspace="x").model_dump(mode="json", include=set(fields))
    if whole:
        return {**defaults[whole], **(form.get(whole) or {})}
    return {name: form.get(name, defaults[name]) for name in fields}
