"""Parameters that many routes take: `PartsOf`, `Paged`."""

from typing import Annotated

from fastapi import Depends, Request

from services.console.pages import USUAL_LIMIT, Cursor, Limit, Paging
from services.console.parts import Parts, parts_of

PartsOf = Annotated[Parts, Depends(parts_of)]
"""`parts: PartsOf`."""


def _paging(request: Request, limit: Limit = USUAL_LIMIT, cursor: Cursor = None) -> Paging:
    caller = request.state.caller
    scope = (request.url.path, caller.workspace, caller.caller)
    return Paging(limit, cursor, parts_of(request).cursors, scope)


Paged = Annotated[Paging, Depends(_paging)]
"""`paging: Paged`, after the caller in the parameters, because the cursor is bound to the caller."""
