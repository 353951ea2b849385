"""Whether an installation has only one workspace."""

import asyncio

from shared.maintenance.operator import Operator
from shared.periodic import repeat
from shared.storage.mongo import Mongo

_EVERY = 5.0  # seconds


class SingleWorkspaceCheck:
    """Of one process: called, it says whether there is only one workspace. Until MongoDB has said so, there are
    several; while it is away, it is as it was.
    """

    def __init__(self, mongo: Mongo) -> None:
        self._operator = Operator(mongo)
        self._sole = False

    def __call__(self) -> bool:
        return self._sole

    async def run(self, stop: asyncio.Event) -> None:
        """Look now and then, until `stop`."""
        await repeat(self._look, stop, every=_EVERY)

    async def _look(self) -> None:
        self._sole = await self._operator.has_one_workspace()
