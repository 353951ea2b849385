"""Watches if the installation has only one workspace."""

import asyncio

from shared.maintenance.operator import Operator
from shared.periodic import repeat
from shared.storage.mongo import Mongo

_EVERY = 5.0  # seconds


class SingleWorkspaceCheck:
    """Call it to know whether there is only one workspace. Until MongoDB has answered: False; while MongoDB cannot be
    reached: the last answer.
    """

    def __init__(self, mongo: Mongo) -> None:
        self._operator = Operator(mongo)
        self._single = False

    def __call__(self) -> bool:
        return self._single

    async def run(self, stop: asyncio.Event) -> None:
        """Ask MongoDB every few seconds until `stop` is set."""
        await repeat(self._update, stop, every=_EVERY)

    async def _update(self) -> None:
        self._single = await self._operator.has_one_workspace()
