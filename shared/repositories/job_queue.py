"""The queue of all workspaces' jobs: one process at a time works on a job, and on one job of a workspace and lane."""

from datetime import datetime, timedelta

import msgspec

from shared.domain.jobs import Job, JobLane, JobState
from shared.repositories.jobs import COLLECTION, LEASE, RUNNING, job_of, kinds_of
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.telemetry import logging

log = logging.get(__name__)

_MOST_RUNNING = 1000
_CANDIDATES = 100
_UNREADABLE = timedelta(minutes=5)  # until a job that this release cannot read is looked at again


class JobQueue:
    """Claims jobs of a lane; for the processes that work on them. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, lane: JobLane = JobLane.CUSTOMERS) -> None:
        self._jobs = mongo.collection(COLLECTION)
        self._kinds = kinds_of(lane)
        self._running = RUNNING[lane]

    async def claim(self, now: datetime) -> Job | None:
        """Claim the job that has waited longest, of a workspace without a running one; None: there is nothing to do.

        A running job whose lease has ended counts as waiting: its process is dead.
        """
        waiting: Document = {
            "lease": {"$lte": now},
            "kind": self._kinds,
            "state": {"$in": [JobState.QUEUED.value, JobState.RUNNING.value]},
        }
        if not await self._jobs.find(waiting, fields={"_id": 1}, limit=1):
            return None
        running = await self._jobs.find(
            {"lease": {"$gt": now}, self._running: True}, fields={"workspace": 1}, limit=_MOST_RUNNING
        )
        waiting["workspace"] = {"$nin": sorted({one["workspace"] for one in running})}
        for found in await self._jobs.find(
            waiting, fields={"_id": 1}, sort=[("queued_at", 1), ("_id", 1)], limit=_CANDIDATES
        ):
            if (job := await self._take({**waiting, "_id": found["_id"]}, now)) is not None:
                return job
        return None

    async def _take(self, waiting: Document, now: datetime) -> Job | None:
        claimed = {self._running: True, "state": JobState.RUNNING.value, "lease": now + LEASE}
        change = {"$set": claimed, "$inc": {"attempt": 1, "failures": 1}}
        try:
            found = await self._jobs.find_and_update(waiting, change, after=True)
        except Duplicate:  # another job of the workspace is running
            return None
        if found is None:
            return None
        try:
            return job_of(found)
        except msgspec.ValidationError as error:
            log.error("A job cannot be read", workspace_id=found["workspace"], job=found["_id"], error=str(error))
            await self._leave(found, now)
            return None

    async def _leave(self, taken: Document, now: datetime) -> None:
        """Give back a job that this release cannot read: a newer one may, and it holds up no other job meanwhile."""
        change: Document = {"state": JobState.QUEUED.value, "lease": now + _UNREADABLE, "failures": 0}
        claimed = {"_id": taken["_id"], "attempt": taken["attempt"]}
        await self._jobs.update(claimed, {"$set": change, "$unset": {self._running: ""}})
