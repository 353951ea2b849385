"""Members of a workspace: roles, what they see, their sessions; and the workspace's rules for them.

Admins change agents and viewers; only owners change owners and admins.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Response
from pydantic import Field

from services.console.audit import AuditNoteOf
from services.console.caller import Principal, needs
from services.console.etags import IfMatch, check_match, etag_of
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.accounts import Member, Role, Sees, User, can_answer, is_limited, may_give
from shared.repositories.members import LastOwner, MemberRules, Members

router = workspace_router("/members", "members")
rules_router = workspace_router("/member-rules", "members")

Reader = Annotated[Principal, needs(Right.MEMBERS_READ)]
Writer = Annotated[Principal, needs(Right.MEMBERS_WRITE)]
Channels = Annotated[list[str], Field(max_length=100)]


class MemberAnswer(AnswerModel):
    """A member. channels: empty: all. assignable: conversations may be assigned to the member, those of `channels`.
    seen_at: to ten minutes. From `email` on: shown to owners and admins only.
    """

    id: str
    name: str
    role: Role
    sees: Sees
    channels: list[str]
    since: datetime
    assignable: bool
    email: str | None = None
    disabled: bool | None = None
    second_factor: bool | None = None
    seen_at: datetime | None = None


class MemberList(AnswerModel):
    """All members of the workspace."""

    items: list[MemberAnswer]


class MemberChange(RequestModel):
    """Fields that are absent stay."""

    role: Role | None = None
    sees: Sees | None = None
    channels: Channels | None = None


class Rules(RequestModel):
    """The rules of a workspace for its members. second_factor: whether the workspace admits only sessions with a second
    factor. agents_see_numbers: whether agents see phone numbers in full; null: as before.
    """

    second_factor: bool
    agents_see_numbers: bool | None = None


class EndedSessions(AnswerModel):
    """The number of sessions that ended."""

    ended: int


@router.get("")
async def list_members(caller: Reader, parts: PartsOf) -> MemberList:
    """List the members, for example to assign a conversation to one."""
    members = await Members(parts.mongo, caller.workspace).all()
    users = await parts.accounts.users.many([one.user for one in members])
    full = _sees_all(caller)
    seen = await parts.accounts.sessions.last_seen(list(users)) if full else {}
    return MemberList(items=[_answer(one, users.get(one.user), full, seen.get(one.user)) for one in members])


@router.get("/{member}")
async def get_member(member: str, response: Response, caller: Reader, parts: PartsOf) -> MemberAnswer:
    """Return one member."""
    found = await _member(member, caller, parts)
    response.headers["ETag"] = etag_of(found.revision)
    return _answer(found, await parts.accounts.users.get(member), _sees_all(caller))


@router.patch("/{member}")
async def change_member(
    member: str,
    body: MemberChange,
    response: Response,
    caller: Writer,
    parts: PartsOf,
    note: AuditNoteOf,
    if_match: IfMatch = None,
) -> MemberAnswer:
    """Change role, conversations and channels that a member sees. It counts within five seconds, everywhere.
    Conversations that the member can no longer answer go back to the queue.
    """
    check_may_admit(caller)
    found = await _member(member, caller, parts)
    check_match(if_match, etag_of(found.revision))
    role = body.role or found.role
    check_may_give(caller, found.role, role)
    await check_channels(caller, parts, body.channels or [])
    members = Members(parts.mongo, caller.workspace)
    channels = found.channels if body.channels is None else body.channels
    if (role, channels) != (found.role, found.channels):
        await members.begin_release(member, parts.clock.now())
    try:
        changed = await members.change(
            member, found.revision, role=role, sees=body.sees or found.sees, channels=channels
        )
    except LastOwner as error:
        raise Problem("conflict", str(error), reason="last-owner") from None
    await parts.accounts.people.withdraw_invitations(changed)
    parts.accounts.cache.forget(user=member)
    note.target = f"member:{member}"
    for name in ("role", "sees", "channels"):
        note.change(name, getattr(found, name), getattr(changed, name))
    response.headers["ETag"] = etag_of(changed.revision)
    return _answer(changed, await parts.accounts.users.get(member), full=True)


@router.delete("/{member}", status_code=204)
async def remove_member(member: str, caller: Writer, parts: PartsOf, note: AuditNoteOf) -> None:
    """Remove a member. The person keeps the account and other workspaces; conversations go back to the queue."""
    found = await _member(member, caller, parts)
    check_may_give(caller, found.role)
    try:
        await parts.accounts.people.remove(caller.workspace, member)
    except LastOwner as error:
        raise Problem("conflict", str(error), reason="last-owner") from None
    parts.accounts.cache.forget(user=member)
    note.target = f"member:{member}"
    note.change("role", found.role, None)


@router.delete("/{member}/sessions")
async def end_member_sessions(member: str, caller: Writer, parts: PartsOf, note: AuditNoteOf) -> EndedSessions:
    """End all sessions of a member, for example after a telephone was lost."""
    found = await _member(member, caller, parts)
    check_may_give(caller, found.role)
    ended = await parts.accounts.sessions.end_all(member, "ended by an administrator")
    parts.accounts.cache.forget_all()
    note.target = f"member:{member}"
    return EndedSessions(ended=ended)


@rules_router.get("")
async def get_member_rules(caller: Reader, parts: PartsOf) -> Rules:
    """Return the workspace's rules for its members."""
    found = await Members(parts.mongo, caller.workspace).rules()
    return Rules(second_factor=found.second_factor, agents_see_numbers=found.agents_see_numbers)


@rules_router.put("")
async def set_member_rules(body: Rules, caller: Writer, parts: PartsOf, note: AuditNoteOf) -> Rules:
    """Require a second factor of everybody, which needs a session that has one, and say whether agents see phone
    numbers in full; owners only. It counts within five seconds, everywhere.
    """
    if caller.role is not Role.OWNER:
        raise Problem("not-allowed")
    members = Members(parts.mongo, caller.workspace)
    session = await parts.accounts.sessions.get(caller.session)
    if body.second_factor and not (session is not None and session.factor):
        detail = "set up your own second factor first: you would lock yourself out"
        raise Problem("conflict", detail, reason="own-second-factor-first")
    before = await members.rules()
    numbers = before.agents_see_numbers if body.agents_see_numbers is None else body.agents_see_numbers
    await members.set_rules(MemberRules(second_factor=body.second_factor, agents_see_numbers=numbers))
    parts.accounts.cache.forget(workspace=caller.workspace)
    note.target = f"workspace:{caller.workspace}"
    note.change("second_factor", before.second_factor, body.second_factor)
    note.change("agents_see_numbers", before.agents_see_numbers, numbers)
    return Rules(second_factor=body.second_factor, agents_see_numbers=numbers)


def check_may_give(caller: Principal, *roles: Role) -> None:
    """Raise Problem unless the caller may give and take these roles."""
    if caller.role is None or not all(may_give(caller.role, role) for role in roles):
        raise Problem("not-allowed", "only owners give and take the roles owner and admin")


def check_may_admit(caller: Principal) -> None:
    """Raise Problem for callers who see some conversations only: what they give would be without the limit."""
    if caller.role is not None and is_limited(caller.role, caller.sees, caller.channels):
        raise Problem("not-allowed", "you see some of the conversations only, so you cannot give access to others")


async def check_channels(caller: Principal, parts: Parts, channels: Sequence[str]) -> None:
    """Raise Problem for channels that the workspace does not have."""
    workspace = await parts.workspaces.current(caller.workspace) if channels else None
    if workspace is not None and (unknown := sorted(set(channels) - {one.id for one in workspace.channels})):
        raise Problem("invalid", errors=[FieldError("#/channels", f"there is no channel {', '.join(unknown)[:200]}")])


async def _member(user: str, caller: Principal, parts: Parts) -> Member:
    found = await Members(parts.mongo, caller.workspace).get(user)
    if found is None:
        raise Problem("not-found")
    return found


def _sees_all(caller: Principal) -> bool:
    return caller.role in (Role.OWNER, Role.ADMIN)


def _answer(member: Member, user: User | None, full: bool, seen_at: datetime | None = None) -> MemberAnswer:
    more: dict[str, Any] = {}
    if full and user is not None:
        more = {
            "email": user.email,
            "disabled": user.disabled_at is not None,
            "second_factor": user.has_second_factor,
            "seen_at": seen_at,
        }
    return MemberAnswer(
        id=member.user,
        name=user.name if user else "",
        role=member.role,
        sees=member.sees,
        channels=list(member.channels),
        since=member.since,
        assignable=can_answer(member, user),
        **more,
    )
