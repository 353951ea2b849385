"""Becoming a member by an invitation, or by registering with an e-mail address (`CONSOLE_SIGNUP=open`)."""

from datetime import datetime

from fastapi import BackgroundTasks, Request, Response

from services.console.api.auth import (
    AccountsOf,
    Email,
    NewPassword,
    PersonName,
    Queued,
    SignedInAnswer,
    Token,
    check_new_password,
    granted_answer,
    link_unusable,
    may_mail,
    note_user,
    user_of_link,
)
from services.console.audit import AuditNote, AuditNoteOf
from services.console.auth.accounts import Accounts
from services.console.auth.requests import client_of_request
from services.console.caller import PUBLIC
from services.console.founding import founding
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.routing import api_router
from shared.domain.accounts import LinkKind, Role, User, token_digest
from shared.operations.accounts.links import REGISTER
from shared.operations.accounts.people import NotAnEmail, canonical
from shared.operations.accounts.registration import check_workspace_is_free, register_workspace
from shared.repositories.account_links import AccountLinks
from shared.repositories.memberships import Memberships
from shared.validation.field_types import Name

router = api_router("/auth", "auth")


class InvitationToken(RequestModel):
    token: Token


class AcceptInvitation(RequestModel):
    """The answer to an invitation. email: only for an invitation without one. name, password: only for a new person."""

    token: Token
    email: Email | None = None
    name: PersonName | None = None
    password: NewPassword | None = None


class Register(RequestModel):
    email: Email


class ConfirmRegistration(RequestModel):
    """The end of a registration. workspace: the name of the new workspace, part of all its addresses."""

    token: Token
    name: PersonName
    password: NewPassword
    workspace: Name


class OpenInvitation(AnswerModel):
    """The purpose of an invitation. known: whether the person has an account and signs in to accept."""

    workspace: str
    email: str
    role: Role
    ends_at: datetime
    known: bool


@router.post("/invitation", dependencies=[PUBLIC])
async def invitation(body: InvitationToken, accounts: AccountsOf, note: AuditNoteOf) -> OpenInvitation:
    """Show what an invitation is for."""
    note.skip = True
    found = await accounts.people.invitation(body.token)
    known = await accounts.users.by_email(found.email) if found.email else None
    return OpenInvitation(
        workspace=found.workspace,
        email=found.email,
        role=found.role,
        ends_at=found.ends_at,
        known=known is not None and bool(known.password),
    )


@router.post("/accept-invitation", dependencies=[PUBLIC])
async def accept_invitation(
    body: AcceptInvitation,
    request: Request,
    response: Response,
    parts: PartsOf,
    accounts: AccountsOf,
    note: AuditNoteOf,
) -> SignedInAnswer:
    """Become a member. A new person chooses a name and a password; one with an account signs in first."""
    found = await accounts.people.invitation(body.token)
    email = _invited_email(found.email, body.email)
    known = await accounts.users.by_email(email)
    note.workspace, note.target = found.workspace, f"invitation:{found.id}"
    if known is not None and known.disabled_at is not None:
        raise Problem("conflict", "the account is disabled", reason="account-disabled")
    if known is not None and known.password:
        return await _join(known, body.token, request, response, parts, note)
    if known is not None and await Memberships(parts.mongo).of_user(known.id):  # or the link would open another account
        detail = "the account has no password yet: set it with its own link, then sign in"
        raise Problem("conflict", detail, reason="account-without-password")
    check_new_password(body.password or "", body.name or "", email, found.workspace)
    hashed = await accounts.passwords.hash(body.password or "")
    user, made = await accounts.people.get_or_create(email, body.name or "", hashed)
    if not made and user.password:
        detail = "the account was made meanwhile: sign in, then accept the invitation"
        raise Problem("conflict", detail, reason="account-exists")
    await accounts.people.accept(found, user)
    if not made:  # made on the command line, without a password
        await accounts.users.set_password(user.id, hashed, parts.clock.now())
    accounts.cache.forget(user=user.id)
    granted = await accounts.sessions.start(user, client_of_request(request), factor=False)
    note_user(note, user, granted.session.id)
    return granted_answer(user, granted, response, accounts)


@router.post("/register", status_code=202, dependencies=[PUBLIC])
async def register(
    body: Register,
    request: Request,
    later: BackgroundTasks,
    parts: PartsOf,
    note: AuditNoteOf,
) -> Queued:
    """Send a link that proves an e-mail address. Only with `CONSOLE_SIGNUP=open`."""
    note.skip = True
    _check_open(parts)
    email = _canonical(body.email)
    user = await user_of_link(request, email)
    later.add_task(_send_registration, parts, email, user)
    return Queued()


async def _send_registration(parts: Parts, email: str, known: User | None) -> None:
    """Runs after the answer, which therefore takes the same time for known addresses."""
    accounts = parts.accounts
    if not await may_mail(parts, "register"):
        return
    if known is not None and not await _may_register(known, parts):
        text = _KNOWN.format(link=f"{accounts.url}/sign-in")
    else:
        text = _REGISTER.format(link=accounts.link(REGISTER, await accounts.people.registration_link(email)))
    accounts.mail(email, "Your Parley account", text)


@router.post("/confirm-registration", dependencies=[PUBLIC])
async def confirm_registration(
    body: ConfirmRegistration,
    request: Request,
    response: Response,
    parts: PartsOf,
    accounts: AccountsOf,
    note: AuditNoteOf,
) -> SignedInAnswer:
    """Make the account and an empty workspace, of which the person is the owner. Repeat it if it fails half-way."""
    _check_open(parts)
    links, digest, now = AccountLinks(parts.mongo), token_digest(body.token), parts.clock.now()
    link = await links.get(digest, LinkKind.REGISTER, now)
    if link is None:
        raise link_unusable()
    check_new_password(body.password, body.name, link.email, body.workspace)
    known = await accounts.users.by_email(link.email)
    await check_workspace_is_free(parts.mongo, parts.clock, body.workspace, known.id if known else "")
    user = await _registering(link.email, body, accounts)
    async with founding(parts, user.id):
        if not await _may_register(user, parts):
            raise Problem("conflict", _MADE_MEANWHILE, reason="account-exists")
        await register_workspace(parts.mongo, parts.redis, parts.secrets, parts.clock, body.workspace, user)
        await links.take(digest, LinkKind.REGISTER, now)  # last: with it, a registration that fails can be repeated
    accounts.cache.forget(user=user.id)
    granted = await accounts.sessions.start(user, client_of_request(request), factor=False)
    note.workspace, note.target = body.workspace, f"workspace:{body.workspace}"
    note_user(note, user, granted.session.id)
    return granted_answer(user, granted, response, accounts)


async def _registering(email: str, body: ConfirmRegistration, accounts: Accounts) -> User:
    """Return the new account; after a registration that failed half-way, the one that it made with this password."""
    known = await accounts.users.by_email(email)
    if known is None:
        hashed = await accounts.passwords.hash(body.password)
        known, made = await accounts.people.get_or_create(email, body.name, hashed)
        if made:
            return known
    if not await accounts.passwords.verify(known.password, body.password):
        raise Problem("conflict", _MADE_MEANWHILE, reason="account-exists")
    return known


async def _may_register(user: User, parts: Parts) -> bool:
    """Return whether a registration may make the first workspace of a user, and may sign the user in."""
    if user.disabled_at is not None or user.has_second_factor:
        return False
    return not await Memberships(parts.mongo).of_user(user.id)


async def _join(
    known: User, token: str, request: Request, response: Response, parts: Parts, note: AuditNote
) -> SignedInAnswer:
    """Make a person with an account a member: only in the person's own session."""
    accounts = parts.accounts
    signed_in = await parts.authenticator.session(request.cookies, client_of_request(request).address)
    if signed_in is None or signed_in.user != known.id:
        detail = "sign in with the invited e-mail address, then accept the invitation"
        # The header asks the browser to renew an expired session; it would not help another person's.
        raise Problem("not-signed-in", detail, headers={} if signed_in else {"WWW-Authenticate": "Bearer"})
    session = await accounts.sessions.get(signed_in.session)
    await accounts.people.accept(await accounts.people.invitation(token), known)
    accounts.cache.forget(user=known.id)
    note_user(note, known, signed_in.session)
    if session is None:
        raise Problem("not-signed-in")
    return SignedInAnswer(user=known.id, name=known.name, ends_at=session.ends_at)


def _invited_email(invited: str, given: str | None) -> str:
    if invited and given is not None and _canonical(given) != invited:
        raise Problem("invalid", errors=[FieldError("#/email", "the invitation is for another address")])
    if not invited and given is None:
        raise Problem("invalid", errors=[FieldError("#/email", "is required for this invitation")])
    return invited or _canonical(given or "")


def _canonical(email: str) -> str:
    try:
        return canonical(email)
    except NotAnEmail as error:
        raise Problem("invalid", errors=[FieldError("#/email", str(error))]) from None


def _check_open(parts: Parts) -> None:
    if parts.settings.console_signup != "open" or parts.accounts.mailer is None:
        raise Problem("not-found", "this installation admits people by invitation")


_MADE_MEANWHILE = "the account was made meanwhile: sign in"
_REGISTER = """Welcome to Parley.

With this link you finish your registration within 24 hours. It works once:

{link}

If you did not ask for it, do nothing: no account is made.
"""
_KNOWN = """Somebody wants to register with your e-mail address, but you have an account already.

Sign in here, or ask for a new password: {link}
"""
