"""A person makes one workspace at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from services.console.parts import Parts
from services.console.problems import Problem

_FOUNDING = timedelta(minutes=1)  # after which another one may be made, if the process ended meanwhile


@asynccontextmanager
async def founding(parts: Parts, user: str) -> AsyncIterator[None]:
    """Make a workspace of a user's inside. Raises Problem `conflict` while another request does."""
    users, now = parts.accounts.users, parts.clock.now()
    until = now + _FOUNDING
    if not await users.begin_founding(user, now, until):
        detail = "another workspace of yours is being made; try again"
        raise Problem("conflict", detail, headers={"Retry-After": "1"}, reason="workspace-being-made")
    try:
        yield
    finally:
        await users.end_founding(user, until)
