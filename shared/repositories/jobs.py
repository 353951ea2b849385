"""Jobs of a workspace (`shared.domain.jobs`).

A process that works on one has a lease. Each claim has a number, and only the last claim may change the job, so that a
process that was thought dead does no harm.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel

from shared.domain.jobs import KINDS, UNFINISHED, Job, JobKind, JobLane, JobState, lane_of
from shared.errors import Conflict
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "jobs"
LEASE = timedelta(seconds=60)
INDEXES = [
    IndexModel([("workspace", 1), ("at", -1), ("_id", -1)], name="newest"),
    # At most one job of a workspace is running in each lane.
    IndexModel([("workspace", 1)], name="running", unique=True, partialFilterExpression={"running": True}),
    IndexModel([("workspace", 1)], name="replaying", unique=True, partialFilterExpression={"replaying": True}),
    IndexModel([("workspace", 1)], name="suggesting", unique=True, partialFilterExpression={"suggesting": True}),
    IndexModel([("lease", 1)], name="lease", sparse=True),
    IndexModel([("ends", 1)], name="retention", expireAfterSeconds=0),
]


RUNNING = {JobLane.CUSTOMERS: "running", JobLane.REPLAYS: "replaying", JobLane.SUGGESTIONS: "suggesting"}
"""The field that a running job of a lane has."""


class LeaseLost(Exception):
    """Raised when another process has taken the job, or the job was cancelled or removed."""


def kinds_of(lane: JobLane) -> Document:
    """Return the condition of a query for jobs of a lane."""
    return {"$in": sorted(kind.value for kind in KINDS[lane])}


def job_of(document: Document) -> Job:
    """Return the job of a document."""
    return from_document({**document, "id": document["_id"]}, Job)


class Jobs:
    """One per workspace. All methods raise DependencyAway. `JobQueue` claims jobs."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._jobs = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, job: Job) -> Job:
        """Queue a job; return the stored one, which is the first with its id. Raises Conflict if the id is another
        workspace's.
        """
        document = {name: value for name, value in to_document(job).items() if name != "id"}
        try:
            await self._jobs.insert({"_id": job.id, **document, "lease": job.queued_at})
        except Duplicate:
            if (found := await self.get(job.id)) is None:
                raise Conflict(job.id) from None
            return found
        return job

    async def get(self, job_id: str) -> Job | None:
        """Return a job, or None."""
        found = await self._jobs.find_one({"_id": job_id})
        return job_of(found) if found else None

    async def page(self, before: tuple[datetime, str] | None, limit: int) -> list[Job]:
        """Return the newest jobs with customers. before: the time and the id of the last one of the page before."""
        query: Document = {"kind": kinds_of(JobLane.CUSTOMERS)}
        if before:
            at, id_ = before
            query["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": id_}}]
        return [job_of(one) for one in await self._jobs.find(query, sort=[("at", -1), ("_id", -1)], limit=limit)]

    async def of_ids(self, ids: Sequence[str]) -> dict[str, Job]:
        """Return at most a thousand jobs by id; those that do not exist are left out."""
        found = await self._jobs.find({"_id": {"$in": list(ids)}})
        return {one["_id"]: job_of(one) for one in found}

    async def unfinished(self, lane: JobLane = JobLane.CUSTOMERS) -> int:
        """Return how many jobs of a lane are not finished."""
        unfinished = {"$in": [state.value for state in UNFINISHED]}
        return await self._jobs.count({"kind": kinds_of(lane), "state": unfinished})

    async def run(self, job_id: str, at: datetime) -> Job | None:
        """Queue a checked import for writing; None if there is no such job in this state."""
        change = {"state": JobState.QUEUED, "write": True, "queued_at": at, "lease": at, "finished_at": None}
        query = {"_id": job_id, "kind": JobKind.IMPORT.value, "state": JobState.CHECKED.value}
        found = await self._jobs.find_and_update(query, {"$set": _plain(change)}, after=True)
        return job_of(found) if found else None

    async def remove_waiting(self, job_id: str) -> bool:
        """Remove an import that is not running; return whether there was one."""
        states = [JobState.QUEUED.value, JobState.CHECKED.value]
        query: Document = {"_id": job_id, "kind": JobKind.IMPORT.value, "state": {"$in": states}}
        return bool(await self._jobs.delete(query))

    async def cancel(self, job_id: str, now: datetime) -> bool:
        """End a replay that waits or runs; return whether there was one. The process that works on it loses its lease
        and stores nothing more.
        """
        states = {"$in": [JobState.QUEUED.value, JobState.RUNNING.value]}
        query: Document = {"_id": job_id, "kind": kinds_of(JobLane.REPLAYS), "state": states}
        change: Document = {"$set": {"state": JobState.CANCELLED.value, "finished_at": now}}
        return bool(await self._jobs.update(query, {**change, "$unset": {"replaying": "", "lease": ""}}))

    async def remove(self, job_id: str) -> bool:
        """Remove a replay's job; return whether there was one."""
        return bool(await self._jobs.delete({"_id": job_id, "kind": kinds_of(JobLane.REPLAYS)}))

    async def renew(self, job: Job, now: datetime) -> bool:
        """Extend the lease of a claimed job; return whether it is still this process's."""
        return bool(await self._jobs.update(_claimed(job), {"$set": {"lease": now + LEASE}}))

    async def confirm(self, job: Job, now: datetime, **progress: Any) -> Job:
        """Store progress of a claimed job; return the job. Raises LeaseLost."""
        return await self._set(job, {**_plain(progress), "failures": 0, "lease": now + LEASE})

    async def report(self, job: Job, now: datetime, counts: Mapping[str, int]) -> Job:
        """Store counts of a claimed job that begins anew after a failure: they do not forgive failed attempts. Return
        the job. Raises LeaseLost.
        """
        return await self._set(job, {"counts": dict(counts), "lease": now + LEASE})

    async def _set(self, job: Job, fields: Document) -> Job:
        found = await self._jobs.find_and_update(_claimed(job), {"$set": fields}, after=True)
        if found is None:
            raise LeaseLost(job.id)
        return job_of(found)

    async def release(self, job: Job, at: datetime) -> None:
        """Give a claimed job back, to be taken from a time on."""
        change: Document = {"state": JobState.QUEUED.value, "lease": at, "failures": max(0, job.failures - 1)}
        await self._jobs.update(_claimed(job), {"$set": change, "$unset": {_running(job): ""}})

    async def finish(self, job: Job, state: JobState, now: datetime, **result: Any) -> None:
        """End a claimed job. Raises LeaseLost."""
        change = _plain({**result, "state": state, "finished_at": now})
        if not await self._jobs.update(_claimed(job), {"$set": change, "$unset": {_running(job): "", "lease": ""}}):
            raise LeaseLost(job.id)


def _running(job: Job) -> str:
    return RUNNING[lane_of(job.kind)]


def _claimed(job: Job) -> Document:
    return {"_id": job.id, "attempt": job.attempt, "state": JobState.RUNNING.value}


def _plain(fields: dict[str, Any]) -> Document:
    return {name: value.value if isinstance(value, JobState) else value for name, value in fields.items()}
