"""Index keys and documents that MongoDB examines for what the tested code asks of a collection, by its profiler."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from shared.storage.mongo import Mongo


@dataclass(slots=True)
class Examined:
    """The work for one collection. queries: how many there were; keys, documents: examined for all of them together."""

    queries: int = 0
    keys: int = 0
    documents: int = 0
    plans: list[str] = field(default_factory=list)


@asynccontextmanager
async def examined(mongo: Mongo, collection: str) -> AsyncIterator[Examined]:
    """Measure what is asked of a collection in the block; the result is complete after it."""
    database, found = mongo._database, Examined()
    await database.command("profile", 2)
    try:
        yield found
        await database.command("profile", 0)
        for one in await database["system.profile"].find({"ns": f"{database.name}.{collection}"}).to_list():
            found.queries += 1
            found.keys += one.get("keysExamined", 0)
            found.documents += one.get("docsExamined", 0)
            found.plans.append(one.get("planSummary", ""))
    finally:
        await database.command("profile", 0)
        await database["system.profile"].drop()
