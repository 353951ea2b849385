"""Results of tasks and futures that nobody waits for any more."""

import asyncio
from typing import Any


def retrieve(late: "asyncio.Future[Any]") -> None:
    """Read a late result, so that asyncio does not report its error as never retrieved. A done callback."""
    if not late.cancelled():
        late.exception()
