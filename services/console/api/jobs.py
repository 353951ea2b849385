"""Jobs: their progress, what they left to download, and the run of a checked import."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Path, Response
from fastapi.responses import StreamingResponse

from services.console.audit import AUDITED
from services.console.caller import Principal, needs
from services.console.csv_answer import CSV_ANSWER
from services.console.idempotency import RequestKey, idempotent
from services.console.models import AnswerModel
from services.console.pages import Page
from services.console.parameters import Paged, PartsOf
from services.console.parts import Parts
from services.console.problems import Problem
from services.console.reading import needs_all_conversations
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.jobs import Job, JobLane, lane_of
from shared.operations.jobs.import_customers import PREVIEW
from shared.operations.jobs.import_preview import ImportPreview
from shared.repositories.job_files import JobFiles
from shared.repositories.jobs import Jobs

router = workspace_router("/jobs", "jobs")

JobId = Annotated[str, Path(max_length=64, description="Id of a job.")]
Reader = Annotated[Principal, needs(Right.JOBS_READ)]
Importer = Annotated[Principal, needs(Right.CUSTOMERS_IMPORT)]


class JobAnswer(AnswerModel):
    """A job. by: the name of who asked. subject: the segment of an export, the customer of an erasure. write: false:
    an import that only checks its file. rows: lines of the file that are done, of the check or of the import. expected:
    counts of the check. counts: what has been done. has_result, has_refused: there is a file to download, for two days.
    error: why it failed. ends: when the job is removed.
    """

    id: str
    kind: Literal["import", "export", "erase"]
    state: Literal["queued", "running", "checked", "done", "failed"]
    by: str
    at: datetime
    ends: datetime
    finished_at: datetime | None
    subject: str
    write: bool
    checked: bool
    rows: int
    expected: dict[str, int]
    counts: dict[str, int]
    has_result: bool
    has_refused: bool
    error: str


class PreviewColumn(AnswerModel):
    """A column of an uploaded file. meaning: `phone`, `name`, …, `field:` with the name of a custom field; empty: the
    column is ignored.
    """

    title: str
    meaning: str


class PreviewLine(AnswerModel):
    """A line of an uploaded file. line: its number in the file. cells: cut to 200 characters. reason: why it is
    refused; empty: it is not.
    """

    line: int
    cells: list[str]
    reason: str


class Preview(AnswerModel):
    """The columns of an import's file, and its first 20 lines."""

    columns: list[PreviewColumn]
    lines: list[PreviewLine]


def job_answer(job: Job) -> JobAnswer:
    """Return a job as answers have it."""
    known: dict[str, Any] = {
        "kind": job.kind.value,
        "state": job.state.value,
    }  # only those of customers
    return JobAnswer(
        **known,
        id=job.id,
        by=job.by_name,
        at=job.at,
        ends=job.ends,
        finished_at=job.finished_at,
        subject=job.subject,
        write=job.write,
        checked=job.checked,
        rows=job.position,
        expected=job.expected,
        counts=job.counts,
        has_result=bool(job.result),
        has_refused=bool(job.refused),
        error=job.error,
    )


@router.get("")
async def list_jobs(caller: Reader, parts: PartsOf, paging: Paged) -> Page[JobAnswer]:
    """List the jobs of the last week, the newest first."""
    after = paging.after()
    found = await Jobs(parts.mongo, caller.workspace).page((after[0], after[1]) if after else None, paging.limit + 1)
    shown = found[: paging.limit]
    more = [shown[-1].at, shown[-1].id] if len(found) > paging.limit else None
    return paging.page([job_answer(one) for one in shown], more)


@router.get("/{job}")
async def get_job(job: JobId, caller: Reader, parts: PartsOf) -> JobAnswer:
    """Return a job with its progress."""
    return job_answer(await _job(parts, caller, job))


@router.get("/{job}/preview", dependencies=[AUDITED])
async def get_preview(job: JobId, caller: Importer, parts: PartsOf) -> Preview:
    """Return the columns and the first lines of an import's file, as the check found them."""
    found = await _import(parts, caller, job)
    data = b"".join([part async for part in JobFiles(parts.mongo, caller.workspace).read(found.id, PREVIEW)])
    if not data:
        raise Problem("not-found", "the job has no preview, not yet or not any more")
    preview = msgspec.json.decode(data, type=ImportPreview)
    return Preview.model_validate(msgspec.to_builtins(preview))


@router.get("/{job}/refused", response_class=StreamingResponse, responses=CSV_ANSWER, dependencies=[AUDITED])
async def get_refused_lines(job: JobId, caller: Importer, parts: PartsOf) -> Response:
    """Return the refused lines of an import with their reasons, as a CSV file that can be corrected and imported."""
    found = await _import(parts, caller, job)
    return await _file(parts, caller, found, found.refused, f"refused-{found.at:%Y-%m-%d}.csv")


@router.get("/{job}/result", response_class=StreamingResponse, responses=CSV_ANSWER, dependencies=[AUDITED])
async def get_result(
    job: JobId, caller: Annotated[Principal, needs(Right.CUSTOMERS_EXPORT)], parts: PartsOf
) -> Response:
    """Return the file of an export."""
    needs_all_conversations(caller)
    found = await _job(parts, caller, job)
    return await _file(parts, caller, found, found.result, f"customers-{found.at:%Y-%m-%d}.csv")


@router.post("/{job}/run", status_code=202)
async def run_job(job: JobId, caller: Importer, key: Annotated[RequestKey, idempotent()], parts: PartsOf) -> JobAnswer:
    """Write the customers of a checked import."""
    needs_all_conversations(caller)
    found = await _job(parts, caller, job)
    queued = await Jobs(parts.mongo, caller.workspace).run(found.id, parts.clock.now())
    if queued is None:
        detail = f"the job is no checked import: it is {found.state.value}"
        raise Problem("conflict", detail, reason="job-state")
    return job_answer(queued)


@router.delete("/{job}", status_code=204)
async def remove_job(job: JobId, caller: Importer, parts: PartsOf) -> None:
    """Remove an import that is not running, with its file."""
    needs_all_conversations(caller)
    found = await _job(parts, caller, job)
    if not await Jobs(parts.mongo, caller.workspace).remove_waiting(found.id):
        detail = f"the job is no waiting import: it is {found.state.value}"
        raise Problem("conflict", detail, reason="job-state")
    await JobFiles(parts.mongo, caller.workspace).remove(found.id)


async def _job(parts: Parts, caller: Principal, job_id: str) -> Job:
    found = await Jobs(parts.mongo, caller.workspace).get(job_id)
    if found is None or lane_of(found.kind) is not JobLane.CUSTOMERS:
        raise Problem("not-found")
    return found


async def _import(parts: Parts, caller: Principal, job_id: str) -> Job:
    """Return a job whose file the caller may see: it has full numbers, of any customers. Raises Problem."""
    needs_all_conversations(caller)
    found = await _job(parts, caller, job_id)
    if found.by != caller.caller and not caller.has(Right.PHONE_NUMBERS):
        raise Problem("not-allowed", "without `customers:read` a key sees the lines of its own imports")
    return found


async def _file(parts: Parts, caller: Principal, job: Job, file: str, name: str) -> Response:
    """Return a file of a job. Raises Problem `not-found` if there is none, or if it is not kept any more."""
    files = JobFiles(parts.mongo, caller.workspace)
    if not file or not await files.has(job.id, file):
        raise Problem("not-found", "there is no such file, not yet or not any more")
    headers: Mapping[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(files.read(job.id, file), media_type="text/csv; charset=utf-8", headers=headers)
