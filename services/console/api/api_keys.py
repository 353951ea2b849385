"""API keys: for programs, without a person. A key has scopes and may have an end; only its digest is stored."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET
from pydantic import Field

from services.console.api.members import check_may_admit
from services.console.audit import AuditNoteOf
from services.console.caller import Principal, needs
from services.console.idempotency import RequestKey, idempotent
from services.console.models import AnswerModel, RequestModel, Time
from services.console.parameters import PartsOf
from services.console.problems import FieldError, Problem
from services.console.rights import SCOPES, Right, Role
from services.console.routing import workspace_router
from shared.domain.accounts import ApiKey, token_digest
from shared.operations.accounts.tokens import new_key
from shared.repositories.api_keys import ApiKeys, key_id
from shared.repositories.members import KEY_HOLDER, Members

router = workspace_router("/api-keys", "api-keys")

Reader = Annotated[Principal, needs(Right.KEYS_READ)]
Writer = Annotated[Principal, needs(Right.KEYS_WRITE)]
KeyName = Annotated[str, Field(min_length=1, max_length=100)]
Scopes = Annotated[list[str], Field(min_length=1, max_length=50)]
_READ = ":read"


class NewKey(RequestModel):
    """A key to be made. scopes: such as `orders:read`. ends_at: null: no end."""

    name: KeyName
    scopes: Scopes
    ends_at: Time | None = None


class KeyChange(RequestModel):
    """Fields that are absent stay; `ends_at: null` removes the end."""

    name: KeyName | None = None
    scopes: Scopes | None = None
    ends_at: Time | None = None


class KeyAnswer(AnswerModel):
    """A key without its secret. used_at: to the minute. made_by: `user:<id>`."""

    id: str
    name: str
    scopes: list[str]
    made_by: str
    made_at: datetime
    ends_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


class KeyList(AnswerModel):
    """All keys, the oldest first; scopes: all that a key can have."""

    items: list[KeyAnswer]
    scopes: list[str]


class MadeKey(KeyAnswer):
    """A new key with its secret. key: shown only now."""

    key: str


@router.get("")
async def list_keys(caller: Reader, parts: PartsOf) -> KeyList:
    """List the keys of the workspace, revoked ones too."""
    found = await ApiKeys(parts.mongo, caller.workspace).all()
    return KeyList(items=[KeyAnswer(**_fields(one)) for one in found], scopes=sorted(SCOPES))


@router.post("", status_code=201)
async def make_key(
    body: NewKey,
    caller: Writer,
    key: Annotated[RequestKey, idempotent(keep_answer=False)],
    parts: PartsOf,
    note: AuditNoteOf,
) -> MadeKey:
    """Make a key. Admins make keys that only read; owners any."""
    check_may_admit(caller)
    _check_scopes(caller, body.scopes)
    now = parts.clock.now()
    _check_end(body.ends_at, now)
    secret = new_key()
    digest = token_digest(secret)
    made = ApiKey(
        id=key_id(digest),
        workspace=caller.workspace,
        digest=digest,
        name=body.name,
        scopes=tuple(sorted(set(body.scopes))),
        made_by=caller.caller,
        made_at=now,
        ends_at=body.ends_at,
    )
    await ApiKeys(parts.mongo, caller.workspace).create(made)
    note.target = f"api-key:{made.id}"
    note.change("scopes", None, ", ".join(made.scopes))
    return MadeKey(**_fields(made), key=secret)


@router.patch("/{key}", status_code=204)
async def change_key(key: str, body: KeyChange, caller: Writer, parts: PartsOf, note: AuditNoteOf) -> None:
    """Change name, scopes or end of a key."""
    check_may_admit(caller)
    keys = ApiKeys(parts.mongo, caller.workspace)
    found = await keys.get(key)
    if found is None or found.revoked_at is not None:
        raise Problem("not-found")
    scopes = tuple(sorted(set(body.scopes))) if body.scopes is not None else found.scopes
    _check_scopes(caller, [*scopes, *found.scopes])
    ends_at = body.ends_at if "ends_at" in body.model_fields_set else found.ends_at
    _check_end(body.ends_at, parts.clock.now())
    await keys.change(
        key,
        name=body.name,
        scopes=None if body.scopes is None else scopes,
        ends_at=ends_at if "ends_at" in body.model_fields_set else UNSET,
    )
    parts.accounts.cache.forget(key=found.digest)
    note.target = f"api-key:{key}"
    note.change("scopes", ", ".join(found.scopes), ", ".join(scopes))
    note.change("ends_at", found.ends_at, ends_at)
    note.change("name", found.name, body.name or found.name)


@router.delete("/{key}", status_code=204)
async def revoke_key(key: str, caller: Writer, parts: PartsOf, note: AuditNoteOf) -> None:
    """Revoke a key, for ever. It is refused within five seconds, everywhere; its conversations go back to the queue."""
    keys = ApiKeys(parts.mongo, caller.workspace)
    found = await keys.get(key)
    if found is not None:
        await Members(parts.mongo, caller.workspace).begin_release(f"{KEY_HOLDER}{key}", parts.clock.now())
    if found is None or not await keys.revoke(key, parts.clock.now()):
        raise Problem("not-found")
    parts.accounts.cache.forget(key=found.digest)
    note.target = f"api-key:{key}"


def _check_scopes(caller: Principal, scopes: list[str]) -> None:
    if unknown := sorted(set(scopes) - SCOPES):
        raise Problem("invalid", errors=[FieldError("#/scopes", f"there is no scope {', '.join(unknown)[:200]}")])
    if caller.role is not Role.OWNER and not all(scope.endswith(_READ) for scope in scopes):
        raise Problem("not-allowed", "only owners make and change keys that change something")


def _check_end(ends_at: datetime | None, now: datetime) -> None:
    if ends_at is not None and ends_at <= now:
        raise Problem("invalid", errors=[FieldError("#/ends_at", "is in the past")])


def _fields(one: ApiKey) -> dict[str, Any]:
    names = ("id", "name", "made_by", "made_at", "ends_at", "used_at", "revoked_at")
    return {"scopes": list(one.scopes), **{name: getattr(one, name) for name in names}}
