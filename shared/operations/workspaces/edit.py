"""Edits a workspace part by part, as the console and the API do: with the rules of the workspace file, and with secrets
kept that are not given anew.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from shared.domain.limits import TIERS, Tier
from shared.errors import Conflict
from shared.flows.yaml_tree import FORBIDDEN_CHARACTERS
from shared.operations.errors import NotFound, OperationRefused
from shared.operations.workspaces.export import snippet
from shared.operations.workspaces.model_names import model_problem
from shared.operations.workspaces.secrets import AllowedVariables, is_secret, problems, texts
from shared.repositories import workspace_changes as stored
from shared.repositories.workspace_changes import Patched, WorkspaceView
from shared.repositories.workspace_editor import Edit, WorkspaceEditor
from shared.validation.strict import Problem
from shared.workspace.merge_patch import merged
from shared.workspace.parts import FIELDS, Part

_OPERATORS = ("tier", "shards")  # fields that only `parley apply` changes
_SECRET_ITEMS = ("channels", "webhooks")
_LIMITS = ("messages_per_month", "ai_usd_per_month", "customers")


class WorkspaceNotFound(NotFound):
    """Raised when there is no such workspace, or no such thing in it."""


class WorkspaceTaken(OperationRefused):
    """Raised when a workspace or number belongs to somebody else already."""


class EditInvalid(OperationRefused):
    """Raised when an edit would make a workspace invalid. problems: with places in the workspace file."""

    def __init__(self, found: Sequence[Problem]) -> None:
        self.problems = tuple(found)
        super().__init__("; ".join(f"{'.'.join(map(str, steps))}: {said}" for steps, said in found))


class EditOutdated(OperationRefused):
    """Raised when another edit came between. revision: the present one; None: not known."""

    def __init__(self, text: str, revision: int | None = None) -> None:
        super().__init__(text)
        self.revision = revision


class PartManagedByFile(OperationRefused):
    """Raised when an edit changes a part that belongs to the workspace file. snippet: the lines for the file."""

    def __init__(self, text: str, parts: Sequence[Part], lines: str) -> None:
        super().__init__(text)
        self.parts = tuple(parts)
        self.snippet = lines


@dataclass(frozen=True, slots=True)
class WorkspaceEdits:
    """Edits workspaces. models: names in the price table; a model without a price cannot be chosen."""

    editor: WorkspaceEditor
    models: Collection[str]

    async def view(self, workspace: str) -> WorkspaceView:
        """Return a workspace without the values of its secrets. Raises WorkspaceNotFound, DependencyAway."""
        with refusals():
            return await self.editor.view(workspace)

    async def create(self, workspace: str, fields: Mapping[str, Any]) -> int:
        """Create a workspace without channels; return its revision. fields: of the profile. Raises EditInvalid,
        WorkspaceTaken, DependencyAway.
        """
        _refuse(_unknown(fields, (*FIELDS[Part.PROFILE], "tier")))
        with refusals():
            return await self.editor.create({**fields, "workspace": workspace})

    async def patch(
        self,
        workspace: str,
        part: Part,
        changes: Mapping[str, Any],
        *,
        revision: int | None = None,
        dry_run: bool = False,
    ) -> Patched:
        """Merge changes into the fields of a part (JSON Merge Patch: null is the default).

        revision: that the edit is based on; None: the present one. Raises WorkspaceNotFound, EditInvalid,
        EditOutdated, PartManagedByFile, WorkspaceTaken and DependencyAway.
        """
        checked_fields(part, changes)

        def edit(form: dict[str, Any]) -> Mapping[str, Any]:
            return with_kept_secrets(form, merged(form, changes))

        return await self.edit(workspace, edit, revision=revision, dry_run=dry_run)

    async def edit(
        self,
        workspace: str,
        edit: Edit,
        *,
        revision: int | None = None,
        dry_run: bool = False,
    ) -> Patched:
        """Edit a workspace by a function of its form. Raises as `patch`."""

        def checked(form: dict[str, Any]) -> Mapping[str, Any]:
            changed = edit(dict(form))
            _refuse(self._problems(form, changed))
            return changed

        with refusals():
            try:
                return await self.editor.patch(workspace, checked, revision, dry_run=dry_run)
            except stored.ManagedByFile as error:
                view = await self.editor.view(workspace)
                lines = snippet(view, edit(dict(view.form)), error.parts)
                raise PartManagedByFile(str(error), error.parts, lines) from None

    def _problems(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what a workspace file of the same content would be refused for, besides its form."""
        form = {name: value for name, value in after.items() if name != "flows"}
        yield from ((steps, said) for steps, said in problems(form, None, _NO_VARIABLES) if not is_secret(steps))
        for steps, text in texts(form):
            if found := FORBIDDEN_CHARACTERS.search(text):
                yield steps, f"has the character U+{ord(found[0]):04X}, which no text has"
        yield from _unpriced(before.get("bot") or {}, after.get("bot"), self.models)
        yield from _above_the_tier(before, after)


_NO_VARIABLES = AllowedVariables("")


@contextmanager
def refusals() -> Iterator[None]:
    """Translate the errors of the repository into refusals of operations."""
    try:
        yield
    except stored.WorkspaceMissing as error:
        raise WorkspaceNotFound(str(error)) from None
    except (stored.WorkspaceExists, stored.ChannelTaken, stored.AccountShared) as error:
        raise WorkspaceTaken(str(error)) from None
    except stored.PatchInvalid as error:
        raise EditInvalid(error.problems) from None
    except stored.ChangedMeanwhile as error:
        raise EditOutdated(str(error), error.revision) from None
    except Conflict as error:
        raise EditOutdated(str(error)) from None


def with_kept_secrets(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form whose channels and webhooks have the secrets that they had, where none are given anew."""
    kept = {
        name: [_with_secrets(item, before[name]) for item in after[name]]
        for name in _SECRET_ITEMS
        if isinstance(after.get(name), list)
    }
    return {**after, **kept}


def _with_secrets(item: Any, known: Iterable[Mapping[str, Any]]) -> Any:
    if not isinstance(item, Mapping):
        return item
    old = next((one for one in known if one["id"] == item.get("id")), {})
    steps = "channels" if "provider" in item else "webhooks"
    return {**{name: value for name, value in old.items() if is_secret((steps, 0, name)) and name not in item}, **item}


def checked_fields(part: Part, changes: Mapping[str, Any]) -> None:
    """Raise EditInvalid for fields that the part does not have, or that only the operator changes."""
    _refuse(_unknown(changes, FIELDS[part]))
    _refuse(((name,), "is changed by the operator, with `parley apply`") for name in changes if name in _OPERATORS)


def _refuse(found: Iterable[Problem]) -> None:
    """Raise EditInvalid if there are problems."""
    if wrong := list(found):
        raise EditInvalid(wrong)


def _unknown(given: Mapping[str, Any], known: Collection[str]) -> Iterator[Problem]:
    for name in given:
        if name not in known:
            yield (name,), f"is not known; there are {', '.join(known)}"


def _unpriced(before: Mapping[str, Any], after: Any, known: Collection[str]) -> Iterator[Problem]:
    """Yield models that are newly chosen and have no price."""
    if not isinstance(after, Mapping):
        return  # refused by the field's own check
    for field in ("fast_model", "smart_model"):
        name = after.get(field)
        if isinstance(name, str) and name != before.get(field) and (wrong := model_problem(name, known)):
            yield ("bot", field), wrong
    old, new = before.get("fallback_models") or (), after.get("fallback_models") or ()
    for index, name in enumerate(new if isinstance(new, list) else ()):
        if name not in old and (wrong := model_problem(str(name), known)):
            yield ("bot", "fallback_models", index), wrong


def _above_the_tier(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield limits that are newly above the tier's: only the operator may give more."""
    old, new = before.get("limits") or {}, after.get("limits") or {}
    if old == new or not isinstance(new, Mapping):
        return
    tier = TIERS[Tier(before.get("tier", Tier.ENTERPRISE))]
    for name in _LIMITS:
        most, wanted = getattr(tier, name), new.get(name)
        if most is None or wanted is None or wanted == old.get(name):
            continue
        try:
            above = float(wanted) > most
        except (TypeError, ValueError):
            continue  # refused by the field's own check
        if above:
            yield ("limits", name), f"is more than the tier's {most:,}"
