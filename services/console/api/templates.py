"""Templates: those of the workspace file, and those that the last synchronisation found at Meta."""

from typing import Annotated, Any

from services.console.caller import Principal, needs
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.operations.templates import known_templates

router = workspace_router("/templates", "templates")


class TemplateList(AnswerModel):
    """All templates. Each has the fields of a definition, `status`, `reason` and `quality` (if known), and `from`."""

    items: list[dict[str, Any]]


@router.get("")
async def list_templates(caller: Annotated[Principal, needs(Right.CONTENT_READ)], parts: PartsOf) -> TemplateList:
    """Return all templates."""
    return TemplateList(items=await known_templates(parts.mongo, caller.workspace, parts.clock))
