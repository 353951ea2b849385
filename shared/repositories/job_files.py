"""Files of jobs, in parts, for some days: uploaded files, results, refused lines, previews.

An erasure removes all of a workspace's, because any of them may name the customer: a job whose file is gone says so.
"""

from collections.abc import AsyncIterator
from datetime import datetime

from pymongo import IndexModel

from shared.storage.mongo import Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "job_files"
INDEXES = [
    IndexModel([("workspace", 1), ("job", 1), ("file", 1), ("number", 1)], name="parts"),
    IndexModel([("ends", 1)], name="retention", expireAfterSeconds=0),
]
PART = 1024 * 1024  # bytes


class JobFiles:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._parts = Scoped(mongo.collection(COLLECTION), workspace)

    async def put(self, job: str, file: str, number: int, data: bytes, ends: datetime) -> None:
        """Store a part of a file. number: the order of the parts; the same number again replaces the part."""
        query = {"_id": f"{job}:{file}:{number}"}
        part = {"job": job, "file": file, "number": number, "data": data, "ends": ends}
        try:
            await self._parts.update(query, {"$set": part}, upsert=True)
        except Duplicate:  # another process stores the same part
            await self._parts.update(query, {"$set": part})

    async def has(self, job: str, file: str) -> bool:
        """Return whether there is such a file."""
        return await self._parts.find_one({"job": job, "file": file}, {"_id": 1}) is not None

    async def read(self, job: str, file: str) -> AsyncIterator[bytes]:
        """Yield the bytes of a file, part by part; none if there is no such file."""
        number = -1
        while found := await self._parts.find(
            {"job": job, "file": file, "number": {"$gt": number}}, sort=[("number", 1)], limit=1
        ):
            number = found[0]["number"]
            yield bytes(found[0]["data"])

    async def remove(self, job: str, file: str = "") -> int:
        """Remove a file of a job, or all; return the number of their parts."""
        return await self._parts.delete({"job": job, **({"file": file} if file else {})})
