"""Makes jobs at the request of a person or a program."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

import msgspec

from shared.clock import Clock
from shared.domain.jobs import FILES_KEPT, KEPT, MAX_UNFINISHED, MAX_UPLOAD, UPLOAD, Job, JobKind, JobLane, lane_of
from shared.operations.errors import FileInvalid, OperationRefused
from shared.repositories.job_files import PART, JobFiles
from shared.repositories.jobs import Jobs
from shared.storage.mongo import Mongo

_TOO_MANY = {
    JobLane.CUSTOMERS: f"{MAX_UNFINISHED[JobLane.CUSTOMERS]} jobs are not finished; wait for them, or remove checked"
    " imports",
    JobLane.REPLAYS: f"{MAX_UNFINISHED[JobLane.REPLAYS]} replays are not finished; wait for them, or cancel one",
    JobLane.SUGGESTIONS: f"{MAX_UNFINISHED[JobLane.SUGGESTIONS]} suggestions are not finished; wait for them",
}


class TooManyJobs(OperationRefused):
    """Raised when a workspace has too many unfinished jobs."""

    reason = "too-many-jobs"


class UploadTooLarge(OperationRefused):
    """Raised while a file arrives that is too large."""

    code = "too-large"


@dataclass(frozen=True, slots=True)
class Requester:
    """The person or program that asks for a job. by: `user:…` or `key:…`."""

    by: str
    name: str


class JobRequests:
    """One per workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str, clock: Clock) -> None:
        self._workspace = workspace
        self._jobs = Jobs(mongo, workspace)
        self._files = JobFiles(mongo, workspace)
        self._clock = clock

    async def ask(
        self, job_id: str, kind: JobKind, requester: Requester, subject: str = "", *, ends: datetime | None = None
    ) -> Job:
        """Queue an export, an erasure or a replay. The same id again returns the first job. ends: when the job is
        removed, if not as others. Raises TooManyJobs.
        """
        job = self._new(job_id, kind, requester, subject)
        if ends is not None:
            job = msgspec.structs.replace(job, ends=ends)
        return await self._existing(job_id, lane_of(kind)) or await self._jobs.add(job)

    async def ask_with(
        self, job_id: str, kind: JobKind, requester: Requester, subject: str, *, file: str, data: bytes
    ) -> Job:
        """Store a small file, then queue the job that reads it; the job is removed together with its files. The same id
        again returns the first job. Raises TooManyJobs.
        """
        if (found := await self._existing(job_id, lane_of(kind))) is not None:
            return found
        job = self._new(job_id, kind, requester, subject)
        job = msgspec.structs.replace(job, ends=job.at + FILES_KEPT)
        await self._files.put(job_id, file, 0, data, job.ends)
        return await self._jobs.add(job)

    async def upload(self, job_id: str, requester: Requester, pieces: AsyncIterator[bytes], *, dry_run: bool) -> Job:
        """Store the file while it arrives, then queue its import. dry_run: only check it, and wait for `Jobs.run`. The
        same id again, also at the same time, returns the first job.

        Raises TooManyJobs, UploadTooLarge, FileInvalid if it is empty, and the errors of `pieces`.
        """
        if (found := await self._existing(job_id)) is not None:
            return found
        file = f"{UPLOAD}-{token_hex(8)}"  # of this request: a repeated one may arrive at the same time, and may fail
        job = msgspec.structs.replace(self._new(job_id, JobKind.IMPORT, requester), upload=file, write=not dry_run)
        try:
            size = await self._store(job_id, file, pieces, job.at + FILES_KEPT)
        except BaseException:
            await self._files.remove(job_id, file)
            raise
        queued = await self._jobs.add(msgspec.structs.replace(job, size=size))
        if queued.upload != file:
            await self._files.remove(job_id, file)
        return queued

    async def _existing(self, job_id: str, lane: JobLane = JobLane.CUSTOMERS) -> Job | None:
        """Return the job with this id; None: a new one may be made. Raises TooManyJobs."""
        if (found := await self._jobs.get(job_id)) is not None:
            return found
        if await self._jobs.unfinished(lane) >= MAX_UNFINISHED[lane]:
            raise TooManyJobs(_TOO_MANY[lane])
        return None

    async def _store(self, job_id: str, file: str, pieces: AsyncIterator[bytes], ends: datetime) -> int:
        """Store the pieces in parts; return the bytes of the file."""
        pending, size, number = bytearray(), 0, 0
        async for piece in pieces:
            pending += piece
            size += len(piece)
            if size > MAX_UPLOAD:
                raise UploadTooLarge(f"the file is larger than {MAX_UPLOAD // PART} MiB; divide it")
            while len(pending) >= PART:
                await self._files.put(job_id, file, number, bytes(pending[:PART]), ends)
                del pending[:PART]
                number += 1
        if not size:
            raise FileInvalid("the file is empty")
        if pending:
            await self._files.put(job_id, file, number, bytes(pending), ends)
        return size

    def _new(self, job_id: str, kind: JobKind, requester: Requester, subject: str = "") -> Job:
        now = self._clock.now()
        return Job(
            id=job_id,
            workspace=self._workspace,
            kind=kind,
            by=requester.by,
            by_name=requester.name,
            at=now,
            queued_at=now,
            ends=now + KEPT,
            subject=subject,
        )
