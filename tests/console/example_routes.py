"""Routes that show what the frame of the API does: a list, a change, a command."""

from typing import Annotated

from fastapi import Path

from services.console.caller import Principal, needs
from services.console.etags import IfMatch, check_match, etag_of
from services.console.idempotency import REPEATABLE, RequestKey, idempotent
from services.console.models import Accepted, AnswerModel, RequestModel, accepted
from services.console.pages import Page
from services.console.parameters import Paged, PartsOf
from services.console.problems import Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.errors import DependencyAway

router = workspace_router("/things", "things")
calls: list[str] = []
ALL = [f"thing-{number:02}" for number in range(7)]


class Thing(AnswerModel):
    """A thing."""

    id: str


class NewThing(RequestModel):
    """A wish for one."""

    name: str
    size: int = 1


@router.get("")
async def list_things(
    caller: Annotated[Principal, needs(Right.ORDERS_READ)], paging: Paged, prefix: str = ""
) -> Page[Thing]:
    after = paging.after(prefix)
    found = [id_ for id_ in ALL if id_.startswith(prefix) and (after is None or id_ > after[0])]
    page = found[: paging.limit]
    more = [page[-1]] if len(found) > len(page) else None
    return paging.page([Thing(id=id_) for id_ in page], more, prefix)


@router.post("", status_code=202)
async def make_thing(
    body: NewThing,
    caller: Annotated[Principal, needs(Right.ORDERS_WRITE)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
) -> Accepted:
    calls.append(body.name)
    if body.name == "away":
        raise DependencyAway("kafka")
    if body.name == "taken":
        raise Problem("taken-by", "ann has it", by="ann")
    if body.name == "bug":
        raise RuntimeError("secret words")
    return accepted(key)


@router.post("/check", dependencies=[REPEATABLE])
async def check_thing(body: NewThing, caller: Annotated[Principal, needs(Right.ORDERS_READ)]) -> Thing:
    return Thing(id=body.name)


@router.post("/secret", status_code=201)
async def make_secret(
    body: NewThing,
    caller: Annotated[Principal, needs(Right.ORDERS_WRITE)],
    key: Annotated[RequestKey, idempotent(keep_answer=False)],
) -> Thing:
    calls.append(body.name)
    return Thing(id=f"the secret of {body.name}")


@router.put("/{thing}")
async def put_thing(
    thing: Annotated[str, Path(max_length=20)],
    body: NewThing,
    caller: Annotated[Principal, needs(Right.CREDENTIALS)],
    if_match: IfMatch = None,
) -> Thing:
    check_match(if_match, etag_of(thing))
    return Thing(id=thing)
