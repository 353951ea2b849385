"""Finds the author of a command, and the conversation that it is for."""

from services.console.caller import Principal
from services.console.parts import Parts
from services.console.problems import Problem
from services.console.reading import sees_of
from shared.domain.conversation import Conversation
from shared.operations.conversations.commands import find_conversation
from shared.workspace.config import Workspace


def author_of(caller: Principal) -> str:
    """Return the caller as the author of commands: a person's id, or `key:<id>`."""
    return caller.id if caller.kind == "user" else caller.caller


async def conversation_of(parts: Parts, caller: Principal, conversation_id: str) -> Conversation:
    """Return a conversation, or the one that it was merged into. Raises Problem `not-found`, DependencyAway."""
    found = await find_conversation(parts.mongo, caller.workspace, conversation_id)
    if not sees_of(caller).allows(found.channel, found.assigned_to):
        raise Problem("not-found", "there is no such conversation")
    return found


async def workspace_of(parts: Parts, caller: Principal) -> Workspace:
    """Return the present configuration of the caller's workspace. Raises Problem, DependencyAway."""
    found = await parts.workspaces.current(caller.workspace)
    if found is None:
        raise Problem("not-found")
    return found
