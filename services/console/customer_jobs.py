"""The worker of jobs with customers: imports, exports, erasures."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.clock import Clock
from shared.domain.jobs import JobKind, JobLane
from shared.operations.jobs.claimed import ClaimedJob
from shared.operations.jobs.erase_customer import erase_by_job
from shared.operations.jobs.export_customers import export_customers
from shared.operations.jobs.import_customers import CustomerImport
from shared.operations.jobs.worker import JobWorker
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace


def customer_job_worker(
    mongo: Mongo,
    workspaces: Workspaces,
    clock: Clock,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> JobWorker:
    """Return the worker of a process. sleep: replaced in tests."""

    async def do(workspace: Workspace, claimed: ClaimedJob) -> None:
        match claimed.job.kind:
            case JobKind.IMPORT:
                await CustomerImport(mongo, workspace, claimed).run()
            case JobKind.EXPORT:
                await export_customers(mongo, workspace, claimed, clock)
            case JobKind.ERASE:
                await erase_by_job(mongo, workspace, claimed, clock, sleep)

    return JobWorker(mongo, workspaces, clock, JobLane.CUSTOMERS, do)
