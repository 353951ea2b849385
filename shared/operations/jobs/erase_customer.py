"""Erases a customer as a job. Another process does it again: what is gone stays gone."""

from collections.abc import Awaitable, Callable

from shared.clock import Clock
from shared.operations.customers.erasure import erase_customer, find_subject
from shared.operations.jobs.claimed import ClaimedJob
from shared.repositories.erasure_guard import SETTLED
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

Sleep = Callable[[float], Awaitable[object]]


async def erase_by_job(mongo: Mongo, workspace: Workspace, claimed: ClaimedJob, clock: Clock, sleep: Sleep) -> None:
    """Erase the job's customer. Raises LeaseLost, DependencyAway. sleep: until all processes know."""

    async def settle() -> None:
        await sleep(SETTLED)

    subject = await find_subject(mongo, workspace, id_=claimed.job.subject)
    removed = await erase_customer(mongo, workspace.workspace, subject, clock, settle)
    await claimed.finish(counts=removed)
