"""Exports customers to a CSV file as a job. Another process begins anew: a file is of one run."""

from datetime import datetime, timedelta

from shared.clock import Clock
from shared.operations.customers.export_stream import CustomerExport, ExportFormat
from shared.operations.customers.queries import CustomerQueries
from shared.operations.jobs.claimed import ClaimedJob, JobFailed, JobPostponed
from shared.repositories.customers import Customers
from shared.repositories.job_files import PART
from shared.repositories.tombstones import Tombstones
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

_LARGEST = 256 * 1024 * 1024  # bytes
_ERASING = timedelta(seconds=60)  # at most, between the last tombstone of an erasure and its end
_PAUSE = 30.0  # seconds
_MOST_ATTEMPTS = 10


async def export_customers(mongo: Mongo, workspace: Workspace, claimed: ClaimedJob, clock: Clock) -> None:
    """Write the file of the job's segment. Raises JobFailed, JobPostponed, NotFound, LeaseLost, DependencyAway."""
    name, started = workspace.workspace, clock.now()
    await claimed.files.remove(claimed.job.id)
    customers = Customers(mongo, name)
    segment = CustomerQueries(customers, workspace, started).segment(claimed.job.subject)
    export = CustomerExport(customers, segment, started, ExportFormat.CSV)
    file = f"result-{claimed.job.attempt}"
    size = await _write(export, claimed, file)
    await _refuse_erased(mongo, name, claimed, started)
    await claimed.finish(result=file, counts={"customers": export.count, "bytes": size})


async def _write(export: CustomerExport, claimed: ClaimedJob, file: str) -> int:
    """Store the file in parts; return its bytes."""
    pending, size, number = bytearray(), 0, 0
    async for chunk in export.chunks():
        pending += chunk
        size += len(chunk)
        if size > _LARGEST:
            raise JobFailed(f"the file is larger than {_LARGEST // PART} MiB; export a segment")
        if len(pending) >= PART:
            await claimed.put(file, number, bytes(pending))
            await claimed.report({"customers": export.count, "bytes": size})
            pending, number = bytearray(), number + 1
    await claimed.put(file, number, bytes(pending))
    return size


async def _refuse_erased(mongo: Mongo, workspace: str, claimed: ClaimedJob, started: datetime) -> None:
    """Raise JobPostponed if somebody was erased meanwhile: the file may have the person. Later erasures remove it."""
    if not await Tombstones(mongo, workspace).after(started - _ERASING):
        return
    await claimed.files.remove(claimed.job.id)
    if claimed.job.attempt >= _MOST_ATTEMPTS:
        raise JobFailed("customers were erased all the time; export again later")
    raise JobPostponed(_PAUSE)
