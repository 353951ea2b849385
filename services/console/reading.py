"""Decides which things a caller may see, for all routes and events that show conversations, customers, orders and
files."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from fastapi import Path, Response

from services.console.caller import Principal
from services.console.parts import Parts
from services.console.problems import Problem
from services.console.rights import Right
from shared.domain.conversation import Conversation
from shared.operations.inbox.rows import InboxReader
from shared.repositories.inbox import Inbox
from shared.repositories.visibility import Visibility

ConversationId = Annotated[str, Path(max_length=64, description="Id of a conversation.")]


def sees_of(caller: Principal) -> Visibility:
    """Return which conversations the caller may see."""
    return Visibility(
        member=caller.id, only_own_and_unassigned=caller.sees == "own_and_unassigned", channels=caller.channels
    )


def reader_of(caller: Principal) -> InboxReader:
    """Return the caller as a reader of lists; keys have nothing that they have seen."""
    return InboxReader(
        user=caller.id if caller.kind == "user" else "", sees=sees_of(caller), numbers=caller.has(Right.PHONE_NUMBERS)
    )


async def visible_conversation(parts: Parts, caller: Principal, conversation_id: str) -> Conversation:
    """Return a conversation. Raises Problem `not-found` also for one that the caller may not see."""
    found = await Inbox(parts.mongo, caller.workspace).get(conversation_id, sees=sees_of(caller))
    if found is None:
        raise Problem("not-found")
    return found


def needs_all_conversations(caller: Principal) -> None:
    """Raise Problem `not-allowed` for a member with restrictions, where entries are of all conversations alike."""
    if sees_of(caller).is_restricted:
        raise Problem("not-allowed", "this is for members who see all conversations")


def json_response(content: object) -> Response:
    """Return structs as JSON without a copy as models; tests compare it with the route's model."""
    return Response(msgspec.json.encode(content), media_type="application/json")


def list_response(items: Iterable[object], following: str | None, **more: object) -> Response:
    """Return a page of structs as JSON; see `json_response`. more: further fields of it."""
    return json_response({"items": list(items), "next": following, **more})
