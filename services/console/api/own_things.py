"""A person's own things in a conversation: the draft, and the last turn that was read."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Response
from pydantic import AfterValidator, Field

from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.idempotency import REPEATABLE
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.problems import Problem
from services.console.reading import ConversationId, visible_conversation
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.repositories.drafts import Draft, Drafts
from shared.repositories.seen_marks import SeenMarks
from shared.storage.documents import to_document

router = workspace_router("/conversations/{conversation}", "conversations")
Own = Annotated[Principal, needs(Right.OWN)]


_LARGEST_TEMPLATE = 32_000  # bytes of JSON: more than all values of a template can have


def _not_too_large(template: dict[str, Any] | None) -> dict[str, Any] | None:
    if len(msgspec.json.encode(template)) > _LARGEST_TEMPLATE:
        raise ValueError(f"at most {_LARGEST_TEMPLATE} bytes")
    return template


class DraftBody(RequestModel):
    """The texts that a person has begun to write. template: the template that is being filled. reply_to: id of the
    quoted message. intent: the `Idempotency-Key` with which the text will be sent. note: for colleagues.
    """

    text: Annotated[str, Field(max_length=8000)] = ""
    template: Annotated[dict[str, Any] | None, AfterValidator(_not_too_large)] = None
    reply_to: Annotated[str, Field(max_length=300)] = ""
    intent: Annotated[str, Field(max_length=64)] = ""
    note: Annotated[str, Field(max_length=8000)] = ""


class DraftAnswer(AnswerModel):
    """A draft. at: when it was stored."""

    text: str
    template: dict[str, Any] | None
    reply_to: str
    intent: str
    note: str
    at: datetime


class SeenBody(RequestModel):
    """A seen mark. turn: all turns up to this one have been seen."""

    turn: Annotated[int, Field(ge=0, le=2**31)]


@router.get("/draft")
async def get_draft(conversation: ConversationId, caller: Own, parts: PartsOf) -> DraftAnswer:
    """Return your draft in a conversation; 404 if there is none."""
    await visible_conversation(parts, caller, conversation)
    draft = await Drafts(parts.mongo, caller.workspace).get(caller.id, conversation)
    if draft is None:
        raise Problem("not-found")
    return DraftAnswer.model_validate(to_document(draft))


@router.put("/draft", dependencies=[NOT_AUDITED])
async def put_draft(conversation: ConversationId, body: DraftBody, caller: Own, parts: PartsOf) -> DraftAnswer:
    """Store your draft in a conversation instead of the former one; it is kept for 30 days."""
    await visible_conversation(parts, caller, conversation)
    draft = Draft(at=parts.clock.now(), **body.model_dump())
    await Drafts(parts.mongo, caller.workspace).put(caller.id, conversation, draft)
    return DraftAnswer.model_validate(to_document(draft))


@router.delete("/draft", status_code=204, dependencies=[NOT_AUDITED])
async def delete_draft(conversation: ConversationId, caller: Own, parts: PartsOf) -> Response:
    """Remove your draft in a conversation."""
    await visible_conversation(parts, caller, conversation)
    await Drafts(parts.mongo, caller.workspace).remove(caller.id, conversation)
    return Response(status_code=204)


@router.post("/seen", status_code=204, dependencies=[REPEATABLE, NOT_AUDITED])
async def mark_seen(conversation: ConversationId, body: SeenBody, caller: Own, parts: PartsOf) -> Response:
    """Note how far you have read a conversation; an earlier turn changes nothing. Your other browsers are told."""
    found = await visible_conversation(parts, caller, conversation)
    turn = min(body.turn, found.turn)
    await SeenMarks(parts.mongo, caller.workspace).mark(caller.id, conversation, turn, parts.clock.now())
    if parts.live is not None:
        parts.live.presence.seen(caller.workspace, caller.id, conversation, turn)
    return Response(status_code=204)
