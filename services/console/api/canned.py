"""`canned`: replies that people send by a shortcut."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Path, Response
from pydantic import Field

from services.console.caller import Principal, needs
from services.console.etags import IfMatch, check_match, etag_of
from services.console.idempotency import RequestKey, idempotent
from services.console.models import AnswerModel, RequestModel
from services.console.pages import Page
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.messages.outbound import Body, OnPhoneBody, Presence, ReactionBody
from shared.repositories.canned_replies import CannedReplies, CannedReply, ShortcutTaken
from shared.storage.documents import plain

router = workspace_router("/canned", "canned")

CannedId = Annotated[str, Path(max_length=64, description="Id of a canned reply.")]
Writer = Annotated[Principal, needs(Right.CANNED_WRITE)]


class CannedBody(RequestModel):
    """A reply. shortcut: typed after `/`. body: any message body, such as `{"type": "text", "body": "…"}`; texts may
    have `{{ customer.name }}`. labels: set on the conversation with it.
    """

    shortcut: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\s/]+$")]
    body: dict[str, Any]
    labels: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=64)], ...], Field(max_length=20)] = ()


class CannedAnswer(AnswerModel):
    """A canned reply. by: who wrote it last. etag: for `If-Match` with a change of it."""

    id: str
    shortcut: str
    body: dict[str, Any]
    labels: list[str]
    by: str
    at: datetime
    revision: int
    etag: str


@router.get("")
async def list_canned(caller: Annotated[Principal, needs(Right.CONTENT_READ)], parts: PartsOf) -> Page[CannedAnswer]:
    """List all canned replies, by shortcut."""
    return Page(items=[_answer(one) for one in await CannedReplies(parts.mongo, caller.workspace).all()], next=None)


@router.post("", status_code=201)
async def add_canned(
    body: CannedBody, caller: Writer, key: Annotated[RequestKey, idempotent()], parts: PartsOf, response: Response
) -> CannedAnswer:
    """Add a canned reply."""
    reply = _reply(key.derived("canned"), body, caller, parts)
    try:
        await CannedReplies(parts.mongo, caller.workspace).add(reply)
    except ShortcutTaken:
        raise _taken() from None
    response.headers["ETag"] = etag_of(reply.id, reply.revision)
    return _answer(reply)


@router.put("/{canned}")
async def change_canned(
    canned: CannedId, body: CannedBody, caller: Writer, parts: PartsOf, response: Response, if_match: IfMatch = None
) -> CannedAnswer:
    """Change a canned reply."""
    replies = CannedReplies(parts.mongo, caller.workspace)
    before = await replies.get(canned)
    if before is None:
        raise Problem("not-found")
    check_match(if_match, etag_of(before.id, before.revision))
    reply = _reply(canned, body, caller, parts)
    try:
        changed = await replies.change(reply, before.revision)
    except ShortcutTaken:
        raise _taken() from None
    if not changed:
        raise Problem("changed-meanwhile")
    reply = msgspec.structs.replace(reply, revision=before.revision + 1)
    response.headers["ETag"] = etag_of(reply.id, reply.revision)
    return _answer(reply)


@router.delete("/{canned}", status_code=204)
async def delete_canned(canned: CannedId, caller: Writer, parts: PartsOf, if_match: IfMatch = None) -> Response:
    """Remove a canned reply."""
    replies = CannedReplies(parts.mongo, caller.workspace)
    if if_match is not None and (before := await replies.get(canned)) is not None:
        check_match(if_match, etag_of(before.id, before.revision))
    if not await replies.remove(canned):
        raise Problem("not-found")
    return Response(status_code=204)


def _reply(id_: str, body: CannedBody, caller: Principal, parts: Parts) -> CannedReply:
    try:
        content = msgspec.convert(body.body, Body)
    except msgspec.ValidationError as error:
        raise Problem("invalid", errors=[FieldError("#/body", str(error))]) from None
    if isinstance(content, Presence | OnPhoneBody | ReactionBody):
        raise Problem("invalid", errors=[FieldError("#/body/type", "is not a message that people send")])
    return CannedReply(
        id=id_,
        shortcut=body.shortcut,
        body=content,
        labels=body.labels,
        by=caller.id,
        at=parts.clock.now(),
    )


def _taken() -> Problem:
    return Problem("conflict", "another canned reply has this shortcut", reason="shortcut-taken")


def _answer(reply: CannedReply) -> CannedAnswer:
    return CannedAnswer(
        id=reply.id,
        shortcut=reply.shortcut,
        body=plain(reply.body),
        labels=list(reply.labels),
        by=reply.by,
        at=reply.at,
        revision=reply.revision,
        etag=etag_of(reply.id, reply.revision),
    )
