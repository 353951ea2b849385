"""Parameters that many routes take: `PartsOf`, `Paged`. All are coroutines: FastAPI runs other functions in threads."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from services.console.pages import USUAL_LIMIT, Cursor, Limit, Paging
from services.console.parts import Parts, parts_of


async def _parts(connection: HTTPConnection) -> Parts:
    return parts_of(connection)


PartsOf = Annotated[Parts, Depends(_parts)]
"""`parts: PartsOf`."""


async def _paging(request: Request, limit: Limit = USUAL_LIMIT, cursor: Cursor = None) -> Paging:
    caller = request.state.caller
    scope = (request.url.path, caller.workspace, caller.caller)
    return Paging(limit, cursor, parts_of(request).cursors, scope)


Paged = Annotated[Paging, Depends(_paging)]
"""`paging: Paged`, after the caller in the parameters, because the cursor is bound to the caller."""
