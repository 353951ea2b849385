"""The audit log, as pages or as a CSV file. No route changes it."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request

from services.console.caller import Principal, needs
from services.console.csv_answer import CSV_ANSWER, csv_stream, csv_text, wants_csv
from services.console.exports import begin_export
from services.console.models import AnswerModel, Time
from services.console.pages import Page
from services.console.parameters import Paged, PartsOf
from services.console.reading import needs_all_conversations
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.accounts import AuditEntry
from shared.repositories.audit import AuditFilter, AuditLog

router = workspace_router("/audit", "audit")

Reader = Annotated[Principal, needs(Right.AUDIT_READ)]
Text = Annotated[str, Query(max_length=200)]
_BATCH = 500
_MOST_ROWS = 20_000  # of a file; `until` continues where it ends
_COLUMNS = ("at", "action", "by_kind", "by", "by_name", "session", "address", "target", "fields", "values", "request")


class AuditAnswer(AnswerModel):
    """An entry of the audit log. by_kind: `user`, `key`, `cli` or `system`. values: [before, after] of fields that may
    be shown. request: the request's id, as in the logs.
    """

    id: str
    at: datetime
    action: str
    by_kind: str
    by: str
    by_name: str
    session: str
    address: str
    target: str
    fields: list[str]
    values: dict[str, tuple[Any, Any]]
    request: str


@router.get(
    "",
    response_model=Page[AuditAnswer],
    responses=CSV_ANSWER,
)
async def list_audit(
    request: Request,
    caller: Reader,
    parts: PartsOf,
    paging: Paged,
    action: Text = "",
    by: Text = "",
    target: Text = "",
    since: Time | None = None,
    until: Time | None = None,
) -> Any:
    """List changes with their authors, the newest first; with `Accept: text/csv` the last 20,000 entries as a file.
    For those who see all.
    """
    needs_all_conversations(caller)
    log = AuditLog(parts.mongo, caller.workspace)
    wanted = AuditFilter(action=action, by=by, target=target, since=since, until=until)
    if wants_csv(request):
        await begin_export(request, caller, "audit.export_audit", right=Right.AUDIT_EXPORT)
        return csv_stream(_lines(log, wanted), "audit")
    filters = (action, by, target, since, until)
    after = paging.after(*filters)
    before = (after[0], str(after[1])) if after else None
    found = await log.page(wanted, before=before, limit=paging.limit + 1)
    shown = found[: paging.limit]
    more = [shown[-1].at, shown[-1].id] if len(found) > paging.limit else None
    return paging.page([_answer(one) for one in shown], more, *filters)


def _answer(entry: AuditEntry) -> AuditAnswer:
    return AuditAnswer(
        id=entry.id, fields=list(entry.fields), **{name: getattr(entry, name) for name in _COLUMNS if name != "fields"}
    )


async def _lines(log: AuditLog, wanted: AuditFilter) -> AsyncIterator[str]:
    """Yield the file in parts, so that a long one needs no memory."""
    yield await csv_text(_COLUMNS, [])
    before: tuple[datetime, str] | None = None
    for _ in range(_MOST_ROWS // _BATCH):
        found = await log.page(wanted, before=before, limit=_BATCH)
        if not found:
            return
        yield await csv_text([], map(_row, found))
        before = (found[-1].at, found[-1].id)


def _row(entry: AuditEntry) -> list[object]:
    values = "; ".join(f"{name}: {before} → {after}" for name, (before, after) in sorted(entry.values.items()))
    lists = {"fields": ", ".join(entry.fields), "values": values}
    return [lists.get(name, getattr(entry, name)) for name in _COLUMNS]
