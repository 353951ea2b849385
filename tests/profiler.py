"""The commands that MongoDB carried out meanwhile, with their costs, from its profiler."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from shared.storage.mongo import Mongo


@dataclass
class Profile:
    """Filled when the block ends. commands: as `system.profile` has them, of all collections."""

    commands: list[dict[str, Any]] = field(default_factory=list)

    def total(self, cost: str) -> int:
        """Return the sum of a cost, such as `docsExamined`, `keysExamined` or `nModified`."""
        return sum(one.get(cost, 0) for one in self.commands)

    @property
    def plans(self) -> list[str]:
        return [one["planSummary"] for one in self.commands if "planSummary" in one]


@asynccontextmanager
async def profiled(mongo: Mongo, collection: str = "") -> AsyncIterator[Profile]:
    """Yield a profile of the block. collection: only commands on this one; empty: on all."""
    profile = mongo._database["system.profile"]
    await mongo._database.command("profile", 2)
    found = Profile()
    try:
        started = await mongo.time()
        yield found
    finally:
        await mongo._database.command("profile", 0)
        wanted = f"{mongo.database}.{collection}" if collection else {"$ne": f"{mongo.database}.system.profile"}
        found.commands = [one async for one in profile.find({"ts": {"$gte": started}, "ns": wanted})]
        await profile.drop()  # or `Mongo.empty` would fail
