"""The own account: profile, password, sessions, second factor, notifications."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request, Response
from pydantic import Field, JsonValue, field_validator

from services.console.api.auth import Code, NewPassword, Password, PersonName, check_new_password
from services.console.audit import record_event
from services.console.auth.cookies import clear
from services.console.auth.requests import refused, too_many
from services.console.auth.sign_in import SignInRefused
from services.console.auth.throttle import TooManyAttempts
from services.console.caller import Principal, needs
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import api_router
from shared.domain.accounts import Role, Sees, User
from shared.repositories.memberships import Memberships

router = api_router("/me", "me")

Self = Annotated[Principal, needs(Right.SELF)]
Proved = Annotated[Principal, needs(Right.SELF_SENSITIVE)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
_MOST_SETTINGS = 50


class OwnMembership(AnswerModel):
    """A workspace of the caller's. name: of the business; its id if it has none. channels: the only ones that are seen;
    empty: all. second_factor: whether the workspace requires one.
    """

    workspace: str
    name: str
    role: Role
    sees: Sees
    channels: list[str]
    second_factor: bool


class Me(AnswerModel):
    """The person who is signed in. proved_at: when the password or a code was last given."""

    id: str
    email: str
    name: str
    zone: str
    language: str
    second_factor: bool
    recovery_codes: int
    session: str
    proved_at: datetime | None
    workspaces: list[OwnMembership]


class ProfileChange(RequestModel):
    """Fields that are absent stay."""

    name: PersonName | None = None
    zone: Annotated[str, Field(max_length=64, examples=["Europe/Berlin"])] | None = None
    language: Language | None = None

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            return ZoneInfo(value).key if value else value
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is not a time zone, such as Europe/Berlin") from None


class PasswordChange(RequestModel):
    current: Password
    new: NewPassword


class Proof(RequestModel):
    """A proof that the caller is at the browser. code: of the second factor, if there is one; otherwise the
    password.
    """

    password: Password = ""
    code: Annotated[str, Field(max_length=32)] = ""


class OwnSession(AnswerModel):
    """A session of the caller's. address: shortened. current: this one."""

    id: str
    made_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    agent: str
    second_factor: bool
    current: bool


class Ended(AnswerModel):
    """The number of sessions that ended."""

    ended: int


class SecondFactorProposal(AnswerModel):
    """To be stored in an authenticator app; it is shown only now. uri: for a QR code."""

    secret: str
    uri: str


class FirstCode(RequestModel):
    code: Code


class RecoveryCodes(AnswerModel):
    """Each replaces a code of the app, once. They are shown only now."""

    codes: list[str]


@router.get("")
async def me(caller: Self, parts: PartsOf) -> Me:
    """Return the own account and workspaces."""
    user = await _user(caller, parts)
    members = await Memberships(parts.mongo).of_user(user.id)
    return Me(
        id=user.id,
        email=user.email,
        name=user.name,
        zone=user.zone,
        language=user.language,
        second_factor=user.has_second_factor,
        recovery_codes=len(user.second_factor.recovery) if user.second_factor else 0,
        session=caller.session,
        proved_at=caller.proved_at,
        workspaces=[
            OwnMembership(
                workspace=member.workspace,
                name=await _name(parts, member.workspace),
                role=member.role,
                sees=member.sees,
                channels=list(member.channels),
                second_factor=(await parts.accounts.cache.rules(member.workspace)).second_factor,
            )
            for member in members
        ],
    )


async def _name(parts: Parts, workspace: str) -> str:
    found = await parts.workspaces.get(workspace)
    return (found.name if found else "") or workspace


@router.patch("", status_code=204)
async def change_profile(body: ProfileChange, caller: Self, parts: PartsOf) -> None:
    """Change name, time zone or language."""
    changes = body.model_dump(exclude_none=True)
    if changes:
        await parts.accounts.users.change_profile(caller.id, changes)
        parts.accounts.cache.forget(user=caller.id)


@router.get("/notifications")
async def notifications(caller: Self, parts: PartsOf) -> dict[str, Any]:
    """Return the settings of notifications, as the console stored them."""
    return (await _user(caller, parts)).notifications


@router.patch("/notifications", status_code=204)
async def change_notifications(body: dict[str, JsonValue], caller: Self, parts: PartsOf) -> None:
    """Change some of the settings of notifications; null removes one."""
    user = await _user(caller, parts)
    changed = {name: value for name, value in {**user.notifications, **body}.items() if value is not None}
    if len(changed) > _MOST_SETTINGS or len(str(changed)) > 10_000:
        raise Problem("too-large", f"at most {_MOST_SETTINGS} settings and 10,000 characters")
    await parts.accounts.users.change_profile(caller.id, {"notifications": changed})
    parts.accounts.cache.forget(user=caller.id)


@router.post("/proof", status_code=204)
async def prove(body: Proof, request: Request, caller: Self, parts: PartsOf) -> None:
    """Prove that it is still you: sensitive routes want that within the last ten minutes (`proof-needed`)."""
    accounts = parts.accounts
    try:
        await accounts.sign_in.prove(caller.id, caller.session, password=body.password, code=body.code)
    except TooManyAttempts as error:
        raise too_many(error) from None
    except SignInRefused as error:
        if error.user is not None:
            await record_event(request, "me.proof_refused", error.user, session=caller.session)
        raise refused() from None
    user = await _user(caller, parts)
    await accounts.sessions.prove(caller.session, factor=user.has_second_factor)
    accounts.cache.forget(session=caller.session)


@router.post("/password", status_code=204)
async def change_password(body: PasswordChange, request: Request, caller: Self, parts: PartsOf) -> None:
    """Set a new password. All other sessions end."""
    accounts, user = parts.accounts, await _user(caller, parts)
    try:
        await accounts.sign_in.check_password(user, body.current, caller.session)
    except TooManyAttempts as error:
        raise too_many(error) from None
    except SignInRefused:
        await record_event(request, "me.change_password_refused", user, session=caller.session)
        raise refused() from None
    check_new_password(body.new, user.name, user.email)
    await accounts.users.set_password(user.id, await accounts.passwords.hash(body.new), parts.clock.now())
    await accounts.people.end_links(user)
    await accounts.sessions.end_all(user.id, "the password was changed", but=caller.session)
    accounts.cache.forget_all()


@router.get("/sessions")
async def sessions(caller: Self, parts: PartsOf) -> list[OwnSession]:
    """List the own sessions, the last seen first."""
    return [
        OwnSession(
            id=one.id,
            made_at=one.made_at,
            seen_at=one.seen_at,
            ends_at=one.ends_at,
            address=one.address,
            agent=one.agent,
            second_factor=one.factor,
            current=one.id == caller.session,
        )
        for one in await parts.accounts.sessions.of_user(caller.id)
    ]


@router.delete("/sessions")
async def end_other_sessions(caller: Self, parts: PartsOf) -> Ended:
    """End all own sessions but this one."""
    ended = await parts.accounts.sessions.end_all(caller.id, "ended by the person", but=caller.session)
    parts.accounts.cache.forget_all()
    return Ended(ended=ended)


@router.delete("/sessions/{session}", status_code=204)
async def end_session(session: str, response: Response, caller: Self, parts: PartsOf) -> None:
    """End one of the own sessions."""
    stored = parts.accounts.sessions
    found = await stored.get(session)
    if found is None or found.user != caller.id or not await stored.end(session, "ended by the person"):
        raise Problem("not-found")
    parts.accounts.cache.forget(session=session)
    if session == caller.session:
        clear(response, parts.accounts.cookies)


@router.post("/second-factor")
async def propose_second_factor(caller: Proved, parts: PartsOf) -> SecondFactorProposal:
    """Make a secret for an authenticator app; it counts once a first code confirms it."""
    proposal = await parts.accounts.factors.propose(await _user(caller, parts))
    if proposal is None:
        raise Problem("conflict", "there is a second factor: remove it first", reason="second-factor-exists")
    return SecondFactorProposal(secret=proposal.secret, uri=proposal.uri)


@router.put("/second-factor")
async def confirm_second_factor(body: FirstCode, caller: Proved, parts: PartsOf) -> RecoveryCodes:
    """Turn on the second factor with a first code of the app. The other sessions end."""
    accounts, user = parts.accounts, await _user(caller, parts)
    codes = await accounts.factors.confirm(user, body.code)
    if codes is None:
        raise Problem("invalid", errors=[FieldError("#/code", "is not the code of the proposed secret")])
    await accounts.sessions.end_all(user.id, "a second factor was set up", but=caller.session)
    await accounts.sessions.prove(caller.session, factor=True)
    accounts.cache.forget_all()
    return RecoveryCodes(codes=codes)


@router.delete("/second-factor", status_code=204)
async def remove_second_factor(caller: Proved, parts: PartsOf) -> None:
    """Turn off the second factor, unless a workspace requires it."""
    requiring = [
        member.workspace
        for member in await Memberships(parts.mongo).of_user(caller.id)
        if (await parts.accounts.cache.rules(member.workspace)).second_factor
    ]
    if requiring:
        detail = f"{', '.join(requiring)} requires a second factor"
        raise Problem("conflict", detail, reason="second-factor-required")
    if not await parts.accounts.factors.remove(caller.id):
        raise Problem("not-found", "there is no second factor")
    parts.accounts.cache.forget_all()


@router.post("/recovery-codes")
async def new_recovery_codes(caller: Proved, parts: PartsOf) -> RecoveryCodes:
    """Replace all recovery codes."""
    codes = await parts.accounts.factors.new_recovery_codes(await _user(caller, parts))
    if codes is None:
        raise Problem("conflict", "there is no second factor", reason="no-second-factor")
    return RecoveryCodes(codes=codes)


async def _user(caller: Principal, parts: Parts) -> User:
    user = await parts.accounts.users.get(caller.id)
    if user is None:
        raise Problem("not-signed-in")
    return user
