"""Works on the jobs of all workspaces in one lane (`shared.domain.jobs`), one at a time.

The job's lease is renewed while it runs. A process that stops gives its job back; one that crashes loses the lease, and
another goes on from the last confirmed progress.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from shared.background import run_until
from shared.clock import Clock
from shared.domain.jobs import Job, JobLane, JobState
from shared.errors import DependencyAway
from shared.operations.errors import OperationRefused
from shared.operations.jobs.claimed import ClaimedJob, JobFailed, JobPostponed
from shared.periodic import repeat
from shared.repositories.job_queue import JobQueue
from shared.repositories.jobs import Jobs, LeaseLost
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.telemetry import logging
from shared.workspace.config import Workspace

log = logging.get(__name__)

_EVERY = 2.0  # seconds between two looks into the queue
_RENEW_EVERY = 15.0  # seconds
_MOST_FAILURES = 10  # attempts without progress
_AWAY_SECONDS = 5.0  # before a job is tried again whose dependency is away


DoJob = Callable[[Workspace, ClaimedJob], Awaitable[None]]


class JobWorker:
    """Claims the jobs of one lane and does them. do: does a job to its end, and calls `finish`; may raise JobPostponed,
    OperationRefused, LeaseLost, DependencyAway.
    """

    def __init__(self, mongo: Mongo, workspaces: Workspaces, clock: Clock, lane: JobLane, do: DoJob) -> None:
        self._mongo = mongo
        self._workspaces = workspaces
        self._clock = clock
        self._do = do
        self._queue = JobQueue(mongo, lane)
        self._running = ""  # the id of the job

    def stats(self) -> dict[str, object]:
        """Return the state for the operations port."""
        return {"running": self._running}

    async def run_until(self, stop: asyncio.Event) -> None:
        """Work on jobs until the process stops; then the running one is given back."""
        await run_until(stop, repeat(self.run_all, stop, every=_EVERY))

    async def run_all(self) -> None:
        """Work until there is nothing to do. Raises DependencyAway."""
        while await self.run_next():
            pass

    async def run_next(self) -> bool:
        """Work on the next job; return whether there was one. Raises DependencyAway."""
        job = await self._queue.claim(self._clock.now())
        if job is None:
            return False
        self._running = job.id
        try:
            await self._work(ClaimedJob(self._mongo, self._clock, job))
        except LeaseLost:
            log.info("A job is not this process's any more", workspace_id=job.workspace, job=job.id)
        finally:
            self._running = ""
        return True

    async def _work(self, claimed: ClaimedJob) -> None:
        """Run a job to its end. Raises LeaseLost, DependencyAway."""
        try:
            await self._with_lease(claimed)
        except JobPostponed as postponed:
            await self._release(claimed, postponed.seconds)
        except OperationRefused as refused:
            await claimed.finish(JobState.FAILED, error=str(refused))
        except asyncio.CancelledError:
            with suppress(DependencyAway):
                await self._release(claimed, 0)
            raise
        except DependencyAway:
            with suppress(DependencyAway):
                await self._release(claimed, _AWAY_SECONDS)
            raise
        except LeaseLost:
            raise
        except Exception as error:
            # Not the text of the error: it may have a row of the file.
            log.error("A job failed by a fault of ours", job=claimed.job.id, error=type(error).__name__)
            await claimed.finish(JobState.FAILED, error="a fault of ours; the log names it by the job's id")

    async def _release(self, claimed: ClaimedJob, seconds: float) -> None:
        job = claimed.job
        await Jobs(self._mongo, job.workspace).release(job, self._clock.now() + timedelta(seconds=seconds))

    async def _with_lease(self, claimed: ClaimedJob) -> None:
        """Run a job while its lease is renewed. Raises what the job raises, and LeaseLost."""
        running = asyncio.create_task(self._run(claimed))
        try:
            while not (await asyncio.wait({running}, timeout=_RENEW_EVERY))[0]:
                if not await self._renewed(claimed.job):
                    raise LeaseLost(claimed.job.id)
        finally:
            if not running.done():
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
        await running

    async def _renewed(self, job: Job) -> bool:
        try:
            return await Jobs(self._mongo, job.workspace).renew(job, self._clock.now())
        except DependencyAway:
            return True  # or the job's next write finds the lease lost

    async def _run(self, claimed: ClaimedJob) -> None:
        job = claimed.job
        if job.failures > _MOST_FAILURES:
            raise JobFailed(f"it made no progress in {_MOST_FAILURES} attempts")
        workspace = await self._workspaces.get(job.workspace)
        if workspace is None:
            raise JobFailed("the workspace does not exist any more")
        await self._do(workspace, claimed)
