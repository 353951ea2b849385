"""The workspace acme whose parts are edited through the API."""

from typing import Any

from services.console.parts import Parts
from shared.repositories.workspace_editor import WorkspaceEditor
from tests.console.console import problem
from tests.repositories.builders import workspace_file

HOOK = {"id": "crm", "url": "https://crm.example.com/x", "secret": "crm-very-secret-secret"}


def errors(response: Any) -> dict[str, str]:
    """Return the messages of an `invalid` answer by their pointers."""
    assert problem(response) == "invalid", response.text
    return {one["pointer"]: one["message"] for one in response.json()["errors"]}


async def edited_workspace(parts: Parts) -> WorkspaceEditor:
    """Store the workspace acme, with one webhook and one FAQ, and return its editor."""
    editor = WorkspaceEditor(parts.mongo, parts.redis, parts.secrets, parts.clock)
    await editor.apply(workspace_file(webhooks=[HOOK], faqs=[{"question": "When?", "answer": "At 9."}]))
    return editor
