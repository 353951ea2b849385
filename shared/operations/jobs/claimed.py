"""A job that this process works on: its progress and its end."""

from collections.abc import Mapping
from typing import Any

from shared.clock import Clock
from shared.domain.jobs import FILES_KEPT, Job, JobState
from shared.operations.errors import OperationRefused
from shared.repositories.job_files import JobFiles
from shared.repositories.jobs import Jobs
from shared.storage.mongo import Mongo


class JobFailed(OperationRefused):
    """Raised when a job cannot be done; the text is for those who asked for it, and names nobody."""


class JobPostponed(Exception):
    """Raised when a job must wait and begin anew. seconds: for how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


class ClaimedJob:
    """A job on which this process works. job: as last stored. All methods raise LeaseLost and DependencyAway."""

    def __init__(self, mongo: Mongo, clock: Clock, job: Job) -> None:
        self.job = job
        self.files = JobFiles(mongo, job.workspace)
        self._jobs = Jobs(mongo, job.workspace)
        self._clock = clock

    async def confirm(self, **progress: Any) -> None:
        """Store progress: where another process would go on."""
        self.job = await self._jobs.confirm(self.job, self._clock.now(), **progress)

    async def report(self, counts: Mapping[str, int]) -> None:
        """Store how far the job is, which another process would do again: no progress for the number of attempts."""
        self.job = await self._jobs.report(self.job, self._clock.now(), counts)

    async def finish(self, state: JobState = JobState.DONE, **result: Any) -> None:
        """End the job."""
        await self._jobs.finish(self.job, state, self._clock.now(), **result)

    async def put(self, file: str, number: int, data: bytes) -> None:
        """Store a part of a file of the job."""
        await self.files.put(self.job.id, file, number, data, self._clock.now() + FILES_KEPT)
