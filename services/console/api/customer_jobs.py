"""Imports, exports and erasures of customers; each is a job (`jobs`)."""

from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import StringConstraints

from services.console.api.jobs import Importer, JobAnswer, job_answer
from services.console.audit import AuditNoteOf
from services.console.body import upload
from services.console.caller import Principal, needs
from services.console.idempotency import RequestKey, idempotent
from services.console.job_requests import requester_of, requests_of
from services.console.limits import EXPORTS, IMPORTS, limited
from services.console.models import RequestModel
from services.console.multipart_file import FILE_BODY, file_pieces
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.reading import needs_all_conversations, sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.jobs import MAX_UPLOAD, Job, JobKind
from shared.operations.inbox.search import visible_customers
from shared.repositories.customers import Customers
from shared.repositories.inbox import Inbox

router = workspace_router("/customers", "customers")

_FORM = 64 * 1024  # bytes of a form around its file


class NewExport(RequestModel):
    """An export to be made. segment: only its customers; empty: all."""

    segment: Annotated[str, StringConstraints(max_length=64)] = ""


@router.post("/imports", status_code=202, openapi_extra=FILE_BODY, dependencies=[upload(MAX_UPLOAD + _FORM)])
async def import_customers(
    request: Request,
    response: Response,
    caller: Importer,
    _: Annotated[None, limited(IMPORTS)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
    note: AuditNoteOf,
    dry_run: Annotated[bool, Query(description="Only check the file; `jobs/{id}/run` imports it then.")] = False,
) -> JobAnswer:
    """Import customers from the CSV file in the field `file` (UTF-8, at most 32 MiB and 200,000 rows)."""
    needs_all_conversations(caller)
    job = await requests_of(parts, caller).upload(
        key.derived("job"), requester_of(caller), file_pieces(request), dry_run=dry_run
    )
    note.target = f"jobs:{job.id}"
    return _answer(response, caller, job)


@router.post("/exports", status_code=202)
async def export_customers(
    body: NewExport,
    response: Response,
    caller: Annotated[Principal, needs(Right.CUSTOMERS_EXPORT)],
    _: Annotated[None, limited(EXPORTS)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
    note: AuditNoteOf,
) -> JobAnswer:
    """Export customers to a CSV file, which is at `jobs/{id}/result` when the job is done."""
    needs_all_conversations(caller)
    await _check_segment(parts, caller.workspace, body.segment)
    job = await requests_of(parts, caller).ask(key.derived("job"), JobKind.EXPORT, requester_of(caller), body.segment)
    note.target = f"jobs:{job.id}"
    return _answer(response, caller, job)


@router.post("/{customer}/erase", status_code=202)
async def erase_customer(
    customer: Annotated[str, Path(max_length=64, description="Id of a customer.")],
    response: Response,
    caller: Annotated[Principal, needs(Right.CUSTOMERS_ERASE)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
) -> JobAnswer:
    """Erase a customer from all that is stored; it cannot be undone. Orders stay for the books, without a name."""
    requests = requests_of(parts, caller)
    found = (await Customers(parts.mongo, caller.workspace).get_many([customer])).get(customer)
    inbox = Inbox(parts.mongo, caller.workspace)
    if found is None or not await visible_customers(inbox, [found], sees_of(caller)):
        raise Problem("not-found")
    job = await requests.ask(key.derived("job"), JobKind.ERASE, requester_of(caller), found["id"])
    return _answer(response, caller, job)


async def _check_segment(parts: Parts, workspace: str, name: str) -> None:
    found = await parts.workspaces.get(workspace)
    if name and name not in {segment.name for segment in (found.segments if found else ())}:
        raise Problem("invalid", errors=[FieldError("#/segment", "there is no such segment")])


def _answer(response: Response, caller: Principal, job: Job) -> JobAnswer:
    response.headers["Location"] = f"/api/v1/workspaces/{caller.workspace}/jobs/{job.id}"
    return job_answer(job)
