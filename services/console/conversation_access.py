"""The conversations that a caller may see and change; others are not found."""

from services.console.caller import Principal
from services.console.parts import Parts
from services.console.problems import Problem
from shared.domain.conversation import Conversation
from shared.operations.conversations.commands import find_conversation
from shared.workspace.config import Workspace


def author_of(caller: Principal) -> str:
    """Return the caller as the author of commands: a person's id, or `key:<id>`."""
    return caller.id if caller.kind == "user" else caller.caller


def may_see(caller: Principal, conversation: Conversation) -> bool:
    """Return whether a caller sees a conversation."""
    if caller.channels and conversation.channel not in caller.channels:
        return False
    return caller.sees == "all" or conversation.assigned_to in ("", author_of(caller))


async def conversation_of(parts: Parts, caller: Principal, conversation_id: str) -> Conversation:
    """Return a conversation of the caller's workspace. Raises Problem `not-found`, DependencyAway."""
    found = await find_conversation(parts.mongo, caller.workspace, conversation_id)
    if not may_see(caller, found):
        raise Problem("not-found", "there is no such conversation")
    return found


async def workspace_of(parts: Parts, caller: Principal) -> Workspace:
    """Return the configuration of the caller's workspace. Raises Problem, DependencyAway."""
    found = await parts.workspaces.get(caller.workspace)
    if found is None:
        raise Problem("not-found")
    return found
