"""The audit log of the API: one entry for each request that changed something, written by `ConsoleRoute`.

A route may add what it knows: `note: AuditNoteOf`, then `note.target = …`, `note.change("role", before, after)`.
Without that the entry has the id in the path and the names of the body's fields. Routes for things that are not worth
an entry (typing, seen marks, drafts) declare `dependencies=[NOT_AUDITED]`.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from starlette.requests import HTTPConnection

from services.console.auth.accounts import Accounts
from services.console.caller import Principal
from services.console.declared import declared
from services.console.parts import parts_of
from services.console.problems import request_id_of
from shared.background import start_task
from shared.domain.accounts import AuditEntry, User
from shared.errors import DependencyAway
from shared.http.client_address import client_of
from shared.telemetry import logging

log = logging.get(__name__)

LATE_PAUSE = 2.0
"""Seconds between attempts to write the entry of a change while MongoDB is away."""
_LATE_ATTEMPTS = 300
MOST_LATE = 1000
"""Entries that wait at once; a further one is only logged."""
_late: set["asyncio.Task[None]"] = set()

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_MOST_FIELDS = 40
_LONGEST = 200  # characters of a shown value


@dataclass
class AuditNote:
    """Facts that a route adds about its change. target: `member:<id>`. user: who did it, where nobody is signed in yet.
    workspace: the changed one, outside the path of one. skip: nothing was changed.
    """

    target: str = ""
    fields: tuple[str, ...] = ()
    values: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    user: User | None = None
    session: str = ""
    workspace: str = ""
    skip: bool = False

    def change(self, name: str, before: Any, after: Any) -> None:
        """Record the values of a field, unless they are equal. Never for secrets, texts and personal data."""
        if before != after:
            self.values[name] = (_shown(before), _shown(after))
            self.fields = tuple(dict.fromkeys((*self.fields, name)))


class NotAudited:
    """The dependency of a route whose changes are not worth an entry."""

    async def __call__(self) -> None: ...


NOT_AUDITED: Any = Depends(NotAudited())
"""For `dependencies=[NOT_AUDITED]`."""


class Audited:
    """The dependency of a route that reads something whose reading is to be known: exports, previews of erasures."""

    async def __call__(self) -> None: ...


AUDITED: Any = Depends(Audited())
"""For `dependencies=[AUDITED]` of a GET."""


def note_of(connection: HTTPConnection) -> AuditNote:
    """Return the note of a request."""
    found: AuditNote | None = getattr(connection.state, "audit", None)
    if found is None:
        found = connection.state.audit = AuditNote()
    return found


async def _note(connection: HTTPConnection) -> AuditNote:
    return note_of(connection)


AuditNoteOf = Annotated[AuditNote, Depends(_note)]
"""`note: AuditNoteOf`."""


def is_audited(dependant: Dependant, methods: set[str]) -> bool:
    """Return whether requests of a route get entries."""
    calls = list(declared(dependant))
    if any(isinstance(call, NotAudited) for call in calls):
        return False
    return bool(methods & _CHANGING) or any(isinstance(call, Audited) for call in calls)


async def record(request: Request, action: str) -> None:
    """Write the entry of a request that succeeded. Raises DependencyAway."""
    if (entry := await _entry_of(request, action)) is not None:
        accounts = parts_of(request).accounts
        await accounts.people.record(entry, accounts.audit_kept)


async def record_change(request: Request, action: str) -> None:
    """Write the entry of a change that was made. While MongoDB is away it is written in the background: an error would
    say that nothing was changed, and its repeat would do it again.
    """
    entry = await _entry_of(request, action)
    if entry is None:
        return
    accounts = parts_of(request).accounts
    try:
        await accounts.people.record(entry, accounts.audit_kept)
    except DependencyAway:
        if len(_late) >= MOST_LATE:
            _report_lost(entry)
            return
        task = start_task(_record_late(accounts, entry), "late audit entry")
        _late.add(task)
        task.add_done_callback(_late.discard)


async def _record_late(accounts: Accounts, entry: AuditEntry) -> None:
    try:
        for _ in range(_LATE_ATTEMPTS):
            await asyncio.sleep(LATE_PAUSE)
            with suppress(DependencyAway):
                await accounts.people.record(entry, accounts.audit_kept)
                return
    except asyncio.CancelledError:  # the process ends
        _report_lost(entry)
        raise
    _report_lost(entry)


def _report_lost(entry: AuditEntry) -> None:
    log.error(
        "A change is not in the audit log",
        workspace_id=entry.workspace,
        action=entry.action,
        by=entry.by,
        target=entry.target,
        request=entry.request,
    )


async def _entry_of(request: Request, action: str) -> AuditEntry | None:
    """Return the entry of a request that succeeded; None if it gets none."""
    note = note_of(request)
    caller: Principal | None = getattr(request.state, "caller", None)
    if note.skip or (caller is None and note.user is None):
        return None
    parts = parts_of(request)
    return AuditEntry(
        workspace=note.workspace or (caller.workspace if caller else ""),
        at=parts.clock.now(),
        action=action,
        by_kind=caller.kind if caller else "user",
        by=caller.id if caller else note.user.id if note.user else "",
        by_name=caller.name if caller else note.user.name if note.user else "",
        session=(caller.session if caller else "") or note.session,
        address=client_of(request.scope),
        target=note.target or _target(request, action),
        fields=note.fields or await _fields(request),
        values=note.values,
        request=request_id_of(request),
    )


async def record_event(request: Request, action: str, user: User, **more: Any) -> None:
    """Write an entry for something about a user that no route's success tells, such as a refused sign-in."""
    parts = parts_of(request)
    entry = AuditEntry(
        workspace="",
        at=parts.clock.now(),
        action=action,
        by_kind="user",
        by=user.id,
        by_name=user.name,
        address=client_of(request.scope),
        target=f"user:{user.id}",
        request=request_id_of(request),
        **more,
    )
    await parts.accounts.people.record(entry, parts.accounts.audit_kept)


def _target(request: Request, action: str) -> str:
    """Return the resource and the first id of the path: `orders:K7M4-Q2`."""
    resource = action.partition(".")[0]
    ids = [str(value) for name, value in request.path_params.items() if name != "workspace"]
    return f"{resource}:{ids[0][:_LONGEST]}" if ids else resource


async def _fields(request: Request) -> tuple[str, ...]:
    """Return the names of the body's fields, never their values."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return ()
    try:
        body = msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, RuntimeError):
        return ()
    return tuple(sorted(map(str, body))[:_MOST_FIELDS]) if isinstance(body, dict) else ()


def _shown(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | None) else str(value)[:_LONGEST]
